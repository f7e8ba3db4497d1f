"""Administration: who works here, in which role, and with which account."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, BeforeValidator, StringConstraints
from sqlmodel import Session

from api import passwords
from api.auth import Person
from api.commands import Command
from api.deps import NowDep, SessionDep
from api.problems import Problem
from api.shapes import Line
from api.staff_pages.admin_forms import checked
from api.staff_pages.admin_once import AdminDep, AdminForm, bits_for, may_be_shown, once
from api.staff_pages.frame import PageRoute, page
from api.staff_pages.translations import N_
from db import accounts, workforce
from db.staff import Staff
from domain.words import Language, Role
from provider_settings import E164, MailAddress

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Typed = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
WRONG: Mapping[str, str] = {
    "name": N_("A name is needed: the customer hears it."),
    "role": N_("Choose a role."),
    "phone": N_("A telephone number looks like +74950000001."),
    "email": N_("An e-mail address looks like anna@example.com."),
    "picture": N_("The address of a picture begins with https://."),
    "language": N_("Choose a language."),
    "login": N_("A login has 2 to 60 letters, digits, dots, dashes or underscores."),
    "taken": N_("Somebody else has this login."),
}


def _or_nothing(typed: object) -> object:
    return (typed.strip() or None) if isinstance(typed, str) else typed


Optional = BeforeValidator(_or_nothing)


class Filled(BaseModel):
    """The form as typed."""

    name: Typed = ""
    role: Typed = ""
    phone: Typed = ""
    email: Typed = ""
    picture: Typed = ""
    language: Typed = "ru"
    active: Typed = ""

    @classmethod
    def of(cls, staff: Staff) -> Self:
        """As the row has it."""
        row = staff.model_dump(exclude={"id", "active"})
        return cls(**{name: value or "" for name, value in row.items()}, active="yes" if staff.active else "")


class Checked(BaseModel):
    """The form when it will do."""

    name: Line
    role: Role
    phone: Annotated[E164 | None, Optional]
    email: Annotated[MailAddress | None, Optional]
    picture: Annotated[Annotated[str, StringConstraints(pattern=r"^https://[^\s\p{C}]+$")] | None, Optional]
    language: Language


@router.get("/admin/staff")
def list_staff(request: Request, person: AdminDep, session: SessionDep) -> HTMLResponse:
    """Everybody who works here or did."""
    shown = {"workers": workforce.everybody(session), "filled": Filled(), "errors": {}, "roles": list(Role)}
    return page(request, "admin_staff.html", person, shown)


@router.post("/admin/staff")
def hire(
    request: Request,
    person: AdminDep,
    command: AdminForm,
    session: SessionDep,
    now: NowDep,
    filled: Annotated[Filled, Form()],
) -> Response:
    """Somebody new."""
    good, errors = checked(Checked, filled, WRONG)
    if good is None:
        shown = {"workers": workforce.everybody(session), "filled": filled, "errors": errors, "roles": list(Role)}
        return page(request, "admin_staff.html", person, shown, status=422)
    staff = Staff(id=command.derived("staff"), **good.model_dump())
    once(session, command, lambda: session.add(staff), at=now)
    return RedirectResponse(f"/admin/staff/{staff.id}", 303)


@router.get("/admin/staff/{staff_id}")
def show_worker(staff_id: UUID, request: Request, person: AdminDep, session: SessionDep) -> HTMLResponse:
    """One of them, to be changed."""
    worker = _worker(session, staff_id)
    return _shown(request, person, worker, Filled.of(worker.staff), {})


@router.get("/admin/staff/{staff_id}/account")
def come_back(staff_id: UUID, _: AdminDep) -> RedirectResponse:
    """Whoever opens the address of the form, as after choosing a language there, is shown whose account it is."""
    return RedirectResponse(f"/admin/staff/{staff_id}", 303)


@router.post("/admin/staff/{staff_id}")
def change(
    staff_id: UUID,
    request: Request,
    person: AdminDep,
    session: SessionDep,
    now: NowDep,
    filled: Annotated[Filled, Form()],
) -> Response:
    """Change what is known of them, their role, or whether they work here."""
    worker = _worker(session, staff_id)
    good, errors = checked(Checked, filled, WRONG)
    if good is None:
        return _shown(request, person, worker, filled, errors, status=422)
    if staff_id == person.id and (good.role is not Role.ADMIN or not filled.active):
        raise Problem(409, "own_rights", "Another administrator has to take your own rights away.")
    _write(session, worker.staff, good, active=bool(filled.active), at=now)
    return RedirectResponse("/admin/staff", 303)


@router.post("/admin/staff/{staff_id}/account")
def give_account(
    staff_id: UUID,
    request: Request,
    person: AdminDep,
    command: AdminForm,
    session: SessionDep,
    now: NowDep,
    login: Annotated[str, Form()] = "",
) -> Response:
    """A one-time password, shown this once; whoever was signed in with the old one no longer is."""
    worker = _worker(session, staff_id)
    login = login.strip().lower()
    refused = partial(_shown, request, person, worker, Filled.of(worker.staff), login=login, status=422)
    if not _is_login(login):
        return refused({"login": WRONG["login"]})
    try:
        password = _given(session, command, staff_id, login, now)
    except accounts.LoginTaken:
        return refused({"login": WRONG["taken"]})
    until = session.get_one(accounts.Account, staff_id).valid_until
    told = {"heading": worker.staff.name, "login": login, "until": until, "back": f"/admin/staff/{staff_id}"}
    return page(request, "admin_secret.html", person, {**told, "secret": password})


def _write(session: Session, staff: Staff, good: Checked, *, active: bool, at: datetime) -> None:
    staff.sqlmodel_update(good.model_dump())
    if active:
        staff.active = True
    elif staff.active:
        workforce.dismiss(session, staff.id, at)


def _is_login(typed: str) -> bool:
    return 2 <= len(typed) <= 60 and all(char.isalnum() or char in "._-" for char in typed)


def _given(session: Session, command: Command, staff_id: UUID, login: str, at: datetime) -> str:
    """The password. Whether the login is taken is asked of the database alone: somebody may be taking it just now."""
    password = passwords.one_time_of(bits_for(command, "password"))
    made = once(session, command, lambda: accounts.give(session, staff_id, login, passwords.hashed(password)), at=at)
    account = session.get_one(accounts.Account, staff_id, populate_existing=True)
    may_be_shown(made=made, at=at, opens=account.one_time and passwords.fits(password, account.password_hash))
    return password


def _worker(session: Session, staff_id: UUID) -> workforce.Worker:
    worker = workforce.one(session, staff_id)
    if worker is None:
        raise Problem(404, "no_such_staff", "Nobody here has this id.")
    return worker


def _shown(
    request: Request,
    person: Person,
    worker: workforce.Worker,
    filled: Filled,
    errors: Mapping[str, str],
    *,
    login: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    if login is None:
        login = worker.account.login if worker.account else ""
    shown = {"worker": worker, "filled": filled, "login": login, "errors": errors, "roles": list(Role)}
    return page(request, "admin_worker.html", person, shown, status=status)
