"""The case page as it is answered: fresh, or with a form on it that was refused."""

from uuid import UUID

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from api.auth import Person
from api.deps import parts_of
from api.staff_pages.case_sent import Sent, Work, tried
from api.staff_pages.case_shown import shown
from api.staff_pages.frame import page
from db import presence
from db.columns import now


def address(case_id: UUID) -> str:
    """Where the case's page is."""
    return f"/desk/cases/{case_id}"


def case_page(request: Request, case_id: UUID, template: str, refused: Sent | None = None) -> HTMLResponse:
    """The page, or a part of it, as things stand; whoever is signed in reads it."""
    person: Person = request.state.person
    parts, sent = parts_of(request), refused or Sent()
    with Session(parts.engine, expire_on_commit=False) as session, session.begin():
        told = shown(session, parts, case_id, person, now())
    told |= {"sent": sent, "beat": presence.BEAT.total_seconds()}
    return page(request, template, person, told, status=sent.status)


async def carried_out(request: Request, case_id: UUID, form: str, work: Work) -> Response:
    """Do what the form asks, and show the case anew; without a case to show, the problem itself is the page."""
    refused = await tried(request, case_id, form, work)
    if refused is None:
        return RedirectResponse(address(case_id), 303)
    return await run_in_threadpool(case_page, request, case_id, "case.html", refused)
