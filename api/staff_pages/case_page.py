"""The case page as it is answered: fresh, or with a form on it that was refused."""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from sqlmodel import Session, col, select

from api.auth import Person
from api.deps import parts_of
from api.problems import Problem
from api.staff_pages import refusals
from api.staff_pages.case_sent import Sent
from api.staff_pages.case_shown import shown
from api.staff_pages.case_times import BadField
from api.staff_pages.frame import page
from api.staff_pages.translations import N_, said
from db.casework import Case
from db.columns import now
from db.staff import Staff

Form = Mapping[str, str]
Work = Callable[[Form], Awaitable[object]]
INCOMPLETE = N_("Something is missing, or too long. Look at what you filled in, and send it again.")
UNAVAILABLE = 503


def address(case_id: UUID) -> str:
    """Where the case's page is."""
    return f"/desk/cases/{case_id}"


def case_page(
    request: Request, case_id: UUID, template: str, *, sent: Sent | None = None, status: int = 200
) -> HTMLResponse:
    """The page, or a part of it, as things stand; whoever is signed in reads it."""
    person: Person = request.state.person
    parts = parts_of(request)
    with Session(parts.engine, expire_on_commit=False) as session, session.begin():
        told = shown(session, parts, case_id, person, now())
    return page(request, template, person, {**told, "sent": sent or Sent()}, status=status)


async def carried_out(request: Request, case_id: UUID, form: str, work: Work) -> Response:
    """Do what the form asks, and show the case anew; when it is refused, show why, and keep what was typed."""
    typed = {name: str(value) for name, value in (await request.form()).items()}
    try:
        await work(typed)
    except (Problem, ValidationError, BadField) as refused:
        return await run_in_threadpool(_refused, request, case_id, form, typed, refused)
    return RedirectResponse(address(case_id), 303)


def _refused(request: Request, case_id: UUID, form: str, typed: Form, refused: Exception) -> HTMLResponse:
    """Without a case to show, the problem itself is the page."""
    status = refused.status if isinstance(refused, Problem) else 422
    sent = Sent(form, typed, complaint=_why(request, case_id, refused), again=status == UNAVAILABLE)
    return case_page(request, case_id, "case.html", sent=sent, status=status)


def _why(request: Request, case_id: UUID, refused: Exception) -> str:
    person: Person = request.state.person
    if isinstance(refused, Problem):
        return refusals.text(refused, person.language, owner=_owner(request, case_id, besides=person.id))
    return said(person.language, refused.text if isinstance(refused, BadField) else INCOMPLETE)


def _owner(request: Request, case_id: UUID, *, besides: UUID) -> str | None:
    theirs = select(Staff.name).join(Case, col(Case.owner_id) == col(Staff.id))
    with Session(parts_of(request).engine) as session:
        return session.exec(theirs.where(Case.id == case_id, Staff.id != besides)).first()
