"""Errors as problem+json (RFC 9457): one shape, one table, always saying what to do."""

import logging

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg.errors import IdleInTransactionSessionTimeout
from pydantic import BaseModel, Field
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

_log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Not possible now",
    413: "Too large",
    415: "Wrong content type",
    422: "Not understood",
    429: "Too many requests",
    500: "Unforeseen",
    503: "Unavailable",
}
EVERYWHERE = (400, 408, 413, 503)
"""What every route may answer: a body that cannot be read, is too slow or too large; a database that is away."""
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)


class ProblemOut(BaseModel):
    """The shape of every error."""

    type: str = Field(examples=["urn:close-the-loop:problem:owned_by_another"])
    title: str = Field(examples=["Not possible now"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["Anna Orlova already has this case. Refresh, and take another one."])
    code: str = Field(examples=["owned_by_another"])
    errors: list[dict[str, str]] = Field(default_factory=list, description="For 422: each field with its reason.")


class Problem(Exception):
    """An error with its status, a stable code, and a sentence that says what to do."""

    def __init__(self, status: int, code: str, detail: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.detail, self.headers = status, code, detail, headers


def answer(
    status: int,
    code: str,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    errors: list[dict[str, str]] | None = None,
) -> JSONResponse:
    """The response for a problem; usable where no exception handler reaches (middleware)."""
    body = ProblemOut(
        type=f"urn:close-the-loop:problem:{code}",
        title=TITLES.get(status, "Error"),
        status=status,
        detail=detail,
        code=code,
        errors=errors or [],
    )
    return JSONResponse(jsonable_encoder(body), status_code=status, headers=headers, media_type=MEDIA_TYPE)


def responses(*statuses: int) -> dict[int | str, dict[str, object]]:
    """The `responses=` of a route that may answer with these problems."""
    return {
        status: {
            "model": ProblemOut,
            "description": TITLES[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}},
        }
        for status in statuses
    }


async def _problem(_: Request, problem: Problem) -> JSONResponse:
    return answer(problem.status, problem.code, problem.detail, headers=problem.headers)


async def _invalid(_: Request, invalid: RequestValidationError) -> JSONResponse:
    # The rejected value is left out on purpose: it may be a phone number.
    errors = [
        {"field": ".".join(str(part) for part in error["loc"]), "reason": str(error["msg"])}
        for error in invalid.errors()
    ]
    return answer(422, "invalid", "Correct the fields named in `errors` and send it again.", errors=errors)


async def _http(_: Request, error: HTTPException) -> JSONResponse:
    code = TITLES.get(error.status_code, "error").lower().replace(" ", "_")
    return answer(error.status_code, code, str(error.detail), headers=dict(error.headers or {}))


async def _database_away(_: Request, away: Exception) -> JSONResponse:
    _log.error("the database does not answer: %s", type(away).__name__)
    detail = (
        "The database does not answer. Repeat the request in a moment, with the same Idempotency-Key if it had one."
    )
    return answer(503, "database_unavailable", detail, headers={"Retry-After": "2"})


async def _cut_off(request: Request, error: Exception) -> JSONResponse:
    """We stood still within a transaction for so long that the server has ended it."""
    if isinstance(error, InternalError) and isinstance(error.orig, IdleInTransactionSessionTimeout):
        return await _database_away(request, error)
    raise error


async def _unforeseen(_: Request, __: Exception) -> JSONResponse:
    detail = "Something went wrong here, and has been logged. Repeat it in a moment; if it stays, tell the operator."
    return answer(500, "unforeseen", detail)


def install(app: FastAPI) -> None:
    """Make every error of this app a problem."""
    app.exception_handler(Problem)(_problem)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http)
    for away in DATABASE_AWAY:
        app.exception_handler(away)(_database_away)
    app.exception_handler(InternalError)(_cut_off)
    app.exception_handler(Exception)(_unforeseen)
