"""A webhook's bytes, and every reason not to take them; nothing is stored unless all of it holds."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from fastapi import Request
from sqlalchemy import Engine
from sqlmodel import Session

from api.problems import Problem
from surveys.errors import (
    BadSignature,
    MissingField,
    NotJson,
    Stale,
    SurveyError,
    UnknownForm,
    WrongShape,
)
from surveys.sources import Verify

_log = logging.getLogger(__name__)

_CODES: Mapping[type[SurveyError], tuple[int, str]] = {
    Stale: (401, "stale"),
    BadSignature: (401, "bad_signature"),
    NotJson: (422, "not_json"),
    WrongShape: (422, "wrong_shape"),
    UnknownForm: (422, "unmapped_form"),
    MissingField: (422, "missing_field"),
}
PROBLEMS = (401, 415, 422)
"""What every webhook may answer, beside what every route may."""


async def read(request: Request, *, limit: int) -> bytes:
    """The JSON body, at most `limit` bytes: more is refused as soon as it is seen, whatever Content-Length says.

    Raises Problem 413 and 415.
    """
    _must_be_json(request.headers.get("content-type", ""))
    return await bounded(request, limit=limit)


async def bounded(request: Request, *, limit: int) -> bytes:
    """The body of whatever type, at most `limit` bytes. Raises Problem 413."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def verified(
    verify: Verify, request: Request, body: bytes, *, secrets: Sequence[str], window: timedelta, now: datetime
) -> None:
    """Let pass what was signed with one of the secrets, within `window` of `now` where a time is signed.

    Raises BadSignature and Stale.
    """
    verify(request.headers, body, secrets, now)
    signed_at = request.headers.get("webhook-timestamp")
    if signed_at and signed_at.isdecimal() and abs(int(signed_at) - now.timestamp()) > window.total_seconds():
        raise Stale("The signature is further away from our clock than we allow: check the sender's clock, send anew.")


@contextmanager
def refusals(source: str) -> Iterator[None]:
    """Turn what is wrong with a delivery into a problem that names it, and log it without repeating its content."""
    try:
        yield
    except SurveyError as refused:
        status, code = next(_CODES[kind] for kind in type(refused).__mro__ if kind in _CODES)
        _log.warning("delivery refused: source=%s code=%s", source, code)
        raise Problem(status, code, refused.detail) from None


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One transaction, committed at its end; while PostgreSQL is away the sender gets 503, and tries again."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


def _must_be_json(content_type: str) -> None:
    media = content_type.partition(";")[0].strip().lower()
    if media != "application/json" and not (media.startswith("application/") and media.endswith("+json")):
        raise Problem(415, "not_json", "Send JSON, with the header Content-Type: application/json.")


def _too_large(limit: int) -> Problem:
    return Problem(413, "too_large", f"The body is larger than {limit} bytes: send one response a request.")
