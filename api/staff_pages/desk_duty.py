"""Going on and off duty; whoever leaves open cases behind is asked who stands in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from api.auth import DESK, Person
from api.deps import NowDep, SessionDep
from api.problems import Problem
from api.staff import must_stand_in
from api.staff_pages import refusals
from api.staff_pages.frame import PageRoute, language_of, page
from api.staff_pages.navigation import ours
from api.staff_pages.signed_in import CaseworkDep
from db import duty, queue
from db.queue import Wanted
from db.staff import Staff
from domain.words import OPEN_STAGES

router = APIRouter(route_class=PageRoute, include_in_schema=False)
AT_MOST = 100
Back = Annotated[str, Form(max_length=2000)]


@router.get("/desk/duty")
def ask_who_stands_in(
    request: Request, person: CaseworkDep, session: SessionDep, back: Annotated[str, Query(max_length=2000)] = ""
) -> HTMLResponse:
    """What becomes of one's open cases, and who may take them over."""
    return _ask(request, person, session, ours(back))


@router.post("/desk/duty")
def set_duty(
    request: Request,
    person: CaseworkDep,
    session: SessionDep,
    at: NowDep,
    on_duty: Annotated[Literal["yes", "no"], Form()],
    back: Back = "",
    stand_in: Annotated[UUID | Literal["nobody", "ask"], Form()] = "ask",
) -> Response:
    """Go on duty, or off it: at once without open cases, else once it is said who stands in."""
    returned = RedirectResponse(ours(back) or "/desk", 303)
    if on_duty == "yes":
        duty.start(session, person.id, at)
    elif stand_in == "ask" and _theirs(session, person):
        return RedirectResponse(f"/desk/duty?{urlencode({'back': ours(back)})}", 303)
    else:
        try:
            _leave(session, person, at, stand_in if isinstance(stand_in, UUID) else None)
        except Problem as problem:
            complaint = refusals.text(problem, language_of(request, person))
            return _ask(request, person, session, ours(back), complaint=complaint, status=problem.status)
    return returned


def _leave(session: Session, person: Person, at: datetime, stand_in: UUID | None) -> None:
    if stand_in:
        must_stand_in(session, person, stand_in)
    duty.end(session, person.id, at, stand_in=stand_in)


def _theirs(session: Session, person: Person) -> Sequence[queue.Line]:
    return queue.page(session, Wanted(stages=OPEN_STAGES, owner=person.id), after=None, limit=AT_MOST)


def _ask(
    request: Request, person: Person, session: Session, back: str, *, complaint: str | None = None, status: int = 200
) -> HTMLResponse:
    lines = _theirs(session, person)
    shown = {
        "returning": [line for line in lines if line.case.reached_at is None],
        "staying": [line for line in lines if line.case.reached_at],
        "colleagues": _on_duty(session, person),
        "back": back,
        "complaint": complaint,
    }
    return page(request, "desk_duty.html", person, shown, status=status)


def _on_duty(session: Session, person: Person) -> list[Staff]:
    return [
        staff for staff, since in duty.colleagues(session) if since and staff.id != person.id and staff.role in DESK
    ]
