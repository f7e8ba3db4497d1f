"""The desk: the queue by urgency, live, and the next case for whoever asks."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from api.auth import CASEWORK, DESK, Person
from api.commands import Command
from api.next_case import claim_next
from api.problems import Problem
from api.staff_pages.desk_queue import MOST, PAGE, AskedDep, queue_packed, queue_shown, rows_shown
from api.staff_pages.frame import PageRoute, page, sent, sent_packed
from api.staff_pages.renderings import Renderings, renderings_of
from api.staff_pages.signed_in import CaseworkDep, form_commanded_by, watching
from domain.state import Snapshot

router = APIRouter(route_class=PageRoute, include_in_schema=False)
WatchingDep = Annotated[Person, watching(*CASEWORK)]


@router.get("/desk")
def show_desk(
    request: Request, person: CaseworkDep, asked: AskedDep, next: Literal["none"] | None = None
) -> HTMLResponse:
    """The queue, the most urgent customer first."""
    # Read anew, not shared: whoever comes from a form of theirs sees what it did, before the feed has told.
    queue = Markup(queue_shown(request, person, asked, Renderings()))  # made by a template
    shown = {"asked": asked, "queue": queue, "takes": person.role in DESK, "nobody_waits": next == "none"}
    shown |= {"page": PAGE, "most": MOST}
    return page(request, "desk.html", person, shown)


@router.get("/desk/queue")
async def show_queue(request: Request, person: WatchingDep, asked: AskedDep) -> HTMLResponse:
    """The same as a fragment, for a desk that heard of a change."""
    return sent_packed(request, await queue_packed(request, person, asked, renderings_of(request)))


@router.get("/desk/rows")
def show_rows(request: Request, person: CaseworkDep, asked: AskedDep) -> HTMLResponse:
    """The rows that come next, for a desk that is scrolled."""
    return sent(request, rows_shown(request, person, asked, renderings_of(request)))


@router.get("/desk/next")
def come_back(_: CaseworkDep) -> RedirectResponse:
    """Whoever opens the address of the form, as after choosing a language there, is shown the desk."""
    return RedirectResponse("/desk", 303)


@router.post("/desk/next")
async def take_next(command: Annotated[Command, form_commanded_by(*DESK)]) -> RedirectResponse:
    """Claim the most urgent case that nobody has, and go to it."""
    try:
        snapshot = await command.once(Snapshot, lambda: claim_next(command))
    except Problem as problem:
        if problem.code != "queue_empty":
            raise
        return RedirectResponse("/desk?next=none", 303)
    return RedirectResponse(f"/desk/cases/{snapshot.case}", 303)
