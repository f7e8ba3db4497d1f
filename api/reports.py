"""Reports: what was promised, and what became of it."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Response
from pydantic import AwareDatetime, BeforeValidator, StringConstraints

from api.auth import Person, require
from api.deps import NowDep, PartsDep
from api.problems import Problem, responses
from api.report_csv import to_csv
from api.report_example import EXAMPLE
from db.report import loop_report
from domain.policies import STANDARD
from domain.report import By, LoopReport, Question, goals_of
from domain.words import Role
from surveys.response import iso_8601

router = APIRouter(tags=["reports"])

CSV = "text/csv"
Moment = Annotated[AwareDatetime, BeforeValidator(iso_8601)]
"""In the zone it was given in, as it is only compared: so near an end of the calendar that it is none in UTC, too."""
Name = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
"""As PostgreSQL can store it."""
NAMED = 50
"""So many names at most, in one question."""
USUAL = timedelta(days=30)
LONGEST = timedelta(days=3 * 366)
_VARY = {"Vary": "Accept"}
_ANSWERS: dict[int | str, dict[str, object]] = {
    200: {
        "description": "The report; as CSV one row for all cases and one for each group.",
        "content": {"application/json": {"example": EXAMPLE}, CSV: {"schema": {"type": "string"}}},
    },
    **responses(401, 403, 422),
}
_FROM = Query(alias="from", description="Contact requests at or after this time, with its zone. Default: 30 days ago.")
_TO = Query(alias="to", description="Contact requests before this time, with its zone. Default: now.")
_PRODUCT = Query(max_length=NAMED, description="Of this product only; repeated: of these. Default: all.")
_SOURCE = Query(max_length=NAMED, description="From this source only; repeated: from these. Default: all.")
_FORMAT = Query(alias="format", description="Goes before `Accept`.")


@router.get("/reports/loop", response_model=LoopReport, responses=_ANSWERS)
def read_loop(
    _: Annotated[Person, require(Role.MANAGER)],
    parts: PartsDep,
    now: NowDep,
    response: Response,
    since: Annotated[Moment | None, _FROM] = None,
    until: Annotated[Moment | None, _TO] = None,
    by: Annotated[By, Query(description="Groups beside the total. Weeks and months are the company's.")] = By.NONE,
    product: Annotated[list[Name] | None, _PRODUCT] = None,
    source: Annotated[list[Name] | None, _SOURCE] = None,
    wanted: Annotated[Literal["json", "csv"] | None, _FORMAT] = None,
    accept: Annotated[str, Header(description="`text/csv` for a table.")] = "",
) -> LoopReport | Response:
    """How the promise was kept, for the contact requests of a period, as of now. Changes nothing; names no person.

    Every share has its n and its 95 % Wilson interval, the tNPS its adjusted Wald interval, a median and a 90th
    percentile the interval of their order statistics (null when the cases are too few). An open case past its due time
    counts as broken. A period is at most three years.
    """
    start, end = _period(since, until, now)
    zone, goals = parts.policies[STANDARD].company.zone, goals_of(parts.policies)
    wanted_names = {"products": tuple(product or ()), "sources": tuple(source or ())}
    question = Question(since=start, until=end, by=by, zone=zone, goals=goals, now=now, **wanted_names)
    report = loop_report(parts.engine, question)
    if wanted == "csv" or (wanted is None and CSV in accept):
        return _file(report)
    response.headers.update(_VARY)
    return report


def _period(since: datetime | None, until: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    end = until or now
    try:
        start = since or end - USUAL
    except OverflowError:
        raise _refused("`to` is too early to have 30 days before it. Name `from` too.") from None
    if start >= end:
        raise _refused("`from` must come before `to`.")
    if end - start > LONGEST:
        raise _refused("The period is longer than three years. Ask for several shorter ones.")
    return start, end


def _refused(detail: str) -> Problem:
    return Problem(422, "bad_period", detail)


def _file(report: LoopReport) -> Response:
    name = f"loop-{report.since:%Y-%m-%d}-{report.until:%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', **_VARY}
    return Response(to_csv(report), media_type=CSV, headers=headers)
