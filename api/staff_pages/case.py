"""The page of a case: everything a specialist needs before and during the call."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from api.commands import must_exist
from api.deps import NowDep, SessionDep
from api.staff_pages.case_page import address, case_page
from api.staff_pages.frame import PageRoute, page
from api.staff_pages.signed_in import CaseworkDep
from db import presence

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/desk/cases/{case_id}")
def show_case(request: Request, case_id: UUID, _: CaseworkDep) -> HTMLResponse:
    """The whole page."""
    return case_page(request, case_id, "case.html")


@router.get("/desk/cases/{case_id}/live")
def show_case_now(request: Request, case_id: UUID, _: CaseworkDep) -> HTMLResponse:
    """Its part that follows the live feed."""
    return case_page(request, case_id, "_case.html")


@router.post("/desk/cases/{case_id}/presence")
def be_present(request: Request, case_id: UUID, person: CaseworkDep, session: SessionDep, at: NowDep) -> HTMLResponse:
    """The person looks at the case; who else does."""
    must_exist(session, case_id)
    presence.see(session, case_id, person.id, at)
    looking = presence.others(session, case_id, person.id, at)
    return page(request, "_case_presence.html", person, {"looking": looking})


@router.get("/desk/cases/{case_id}/{_command}")
def come_back(case_id: UUID, _command: str, _: CaseworkDep) -> RedirectResponse:
    """Whoever opens the address of a form, as after signing in anew, is shown the case."""
    return RedirectResponse(address(case_id), 303)
