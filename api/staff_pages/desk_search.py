"""Finding cases by what a customer says of themselves: one field, read as what it looks like."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError
from sqlmodel import Session

from api.cases import AT_MOST, terms_of
from api.deps import NowDep, PartsDep, SessionDep
from api.shapes import SearchIn
from api.staff_pages.desk_rows import rows_of
from api.staff_pages.frame import PageRoute, page
from api.staff_pages.signed_in import CaseworkDep
from api.staff_pages.translations import N_
from db import queue
from db.queue import Line
from settings import Settings

router = APIRouter(route_class=PageRoute, include_in_schema=False)
FEWEST_DIGITS = 5
_OF_NUMBERS = frozenset("+-() ./")
NOTHING_TYPED = N_("Type two characters at least.")


def readings(typed: str) -> Sequence[SearchIn]:
    """What the text may be, the likeliest first. Nothing when it is too short."""
    told = typed.strip()
    if "@" in told:
        wanted = [{"email": told}]
    elif _is_number(told):
        wanted = [{"phone": told}, {"customer_id": told}]
    else:
        wanted = [{"customer_id": told}, {"name": told}]
    try:
        return [SearchIn.model_validate(one) for one in wanted]
    except ValidationError:
        return []


@router.get("/desk/search")
def show_search(request: Request, person: CaseworkDep) -> HTMLResponse:
    """Ask for whom to look."""
    return page(request, "desk_search.html", person, {"typed": "", "rows": None, "complaint": None})


@router.post("/desk/search")
def search(
    request: Request,
    person: CaseworkDep,
    session: SessionDep,
    parts: PartsDep,
    at: NowDep,
    q: Annotated[str, Form(max_length=200)] = "",
) -> HTMLResponse:
    """Cases that match, unfinished ones first. What was typed stays out of every address."""
    wanted = readings(q)
    if not wanted:
        shown = {"typed": q, "rows": None, "complaint": NOTHING_TYPED}
        return page(request, "desk_search.html", person, shown, status=422)
    rows = rows_of(session, _found(session, wanted, parts.settings), person.role, at)
    return page(request, "desk_search.html", person, {"typed": q, "rows": rows, "complaint": None, "most": AT_MOST})


def _found(session: Session, wanted: Sequence[SearchIn], settings: Settings) -> Sequence[Line]:
    for terms in wanted:
        if lines := queue.found(session, *terms_of(terms, settings), limit=AT_MOST):
            return lines
    return []


def _is_number(told: str) -> bool:
    digits = sum(one.isdigit() for one in told)
    return digits >= FEWEST_DIGITS and all(one.isdigit() or one in _OF_NUMBERS for one in told)
