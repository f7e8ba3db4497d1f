"""Administration: the managed list of causes."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, StringConstraints
from sqlmodel import Session

from api.auth import Person
from api.causes import CODE, KEEPERS
from api.commands import Command
from api.deps import NowDep, SessionDep
from api.problems import Problem
from api.shapes import Line
from api.staff_pages.admin_forms import checked
from api.staff_pages.admin_once import once
from api.staff_pages.frame import PageRoute, page
from api.staff_pages.signed_in import form_commanded_by, signed_in
from api.staff_pages.translations import N_
from db import causes
from db.causes import Cause

router = APIRouter(route_class=PageRoute, include_in_schema=False)
KeeperDep = Annotated[Person, signed_in(*KEEPERS)]
KeeperForm = Annotated[Command, form_commanded_by(*KEEPERS)]
NEW = ""
"""What the form of a new cause is called."""
WRONG = {
    "code": N_("A code is one word of small Latin letters, digits and underscores, such as network_setup."),
    "name_en": N_("An English name is needed."),
    "name_ru": N_("A Russian name is needed."),
    "taken": N_("There is a cause with this code already: change it in the list."),
}


class Filled(BaseModel):
    """The form as typed."""

    code: str = ""
    name_en: str = ""
    name_ru: str = ""
    active: str = ""


class Checked(BaseModel):
    """The form when it will do."""

    code: Annotated[str, StringConstraints(pattern=CODE)]
    name_en: Line
    name_ru: Line


@router.get("/admin/causes")
def list_causes(request: Request, person: KeeperDep, session: SessionDep) -> HTMLResponse:
    """The list with how often each was used."""
    return _shown(request, person, session, {}, {})


@router.post("/admin/causes")
def add_cause(
    request: Request,
    person: KeeperDep,
    command: KeeperForm,
    session: SessionDep,
    now: NowDep,
    filled: Annotated[Filled, Form()],
) -> Response:
    """A new cause."""
    good, errors = checked(Checked, filled, WRONG)
    if good is None:
        return _shown(request, person, session, {NEW: filled}, {NEW: errors}, status=422)
    cause = Cause(**good.model_dump())
    try:
        once(session, command, lambda: causes.add(session, cause), at=now)
    except causes.CodeTaken:
        return _shown(request, person, session, {NEW: filled}, {NEW: {"code": WRONG["taken"]}}, status=422)
    return RedirectResponse("/admin/causes", 303)


@router.get("/admin/causes/{_code}")
def come_back(_code: str, _: KeeperDep) -> RedirectResponse:
    """Whoever opens the address of a form, as after choosing a language there, is shown the list."""
    return RedirectResponse("/admin/causes", 303)


@router.post("/admin/causes/{code}")
def change_cause(
    code: Annotated[str, Path(pattern=CODE)],
    request: Request,
    person: KeeperDep,
    session: SessionDep,
    filled: Annotated[Filled, Form()],
) -> Response:
    """Name it anew, or put it out of use or back; its code stays."""
    if session.get(Cause, code) is None:
        raise Problem(404, "no_such_cause", "There is no such cause.")
    good, errors = checked(Checked, filled.model_copy(update={"code": code}), WRONG)
    if good is None:
        return _shown(request, person, session, {code: filled}, {code: errors}, status=422)
    session.merge(Cause(**good.model_dump(), active=bool(filled.active)))
    return RedirectResponse("/admin/causes", 303)


def _shown(
    request: Request,
    person: Person,
    session: Session,
    typed: Mapping[str, Filled],
    wrong: Mapping[str, Mapping[str, str]],
    *,
    status: int = 200,
) -> HTMLResponse:
    """Each form is called by its cause's code; those that are not `typed` show what is kept."""
    shown = {
        "causes": causes.all_of_them(session),
        "uses": causes.uses(session),
        "typed": {NEW: Filled(), **typed},
        "wrong": wrong,
    }
    return page(request, "admin_causes.html", person, shown, status=status)
