"""Signing in and out, one's password, one's language."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Engine
from sqlmodel import Session

from api import cookies, passwords
from api.auth import ALL, Person, digest, person_like
from api.deps import NowDep, PartsDep, SessionDep
from api.rate_limit import RateLimit, client_address
from api.security_headers import refuse_cross_site
from api.staff_pages.frame import PageRoute, SignInNeeded, page
from api.staff_pages.navigation import first_room, ours
from api.staff_pages.signed_in import signed_in
from api.staff_pages.translations import N_
from db import accounts
from db.staff import Staff
from domain.words import Language, Role
from surveys.reading import clean_text

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_EACH_LOGIN = RateLimit("10 per 10 minutes")
_EACH_CLIENT = RateLimit("60 per 10 minutes")
WRONG = N_("Login or password is wrong.")
OVER = N_("This one-time password is no longer valid. Ask an administrator for a new one.")
TOO_OFTEN = N_("Too many tries. Wait ten minutes, or ask an administrator for a new password.")
Text = Annotated[str, Form(max_length=passwords.LONGEST)]
Address = Annotated[str, Form()]
WRONG_NOW = N_("The present password is wrong.")


async def _turn() -> AsyncIterator[None]:
    yield


# To check a password takes long. Whoever waits for that takes no thread from others, and no connection.
TURN = Depends(_turn, scope="function", max_concurrency=passwords.AT_ONCE)


@router.get("/sign-in")
def show_sign_in(request: Request, next: str = "") -> HTMLResponse:
    """Ask who it is."""
    return _ask(request, next)


@router.post("/sign-in", dependencies=[Depends(refuse_cross_site), TURN])
def sign_in(
    request: Request,
    parts: PartsDep,
    now: NowDep,
    login: Text,
    password: Text,
    next: Address = "",
) -> Response:
    """Open a session of twelve hours. An unknown login and a wrong password get one answer, after the same time."""
    login = clean_text(login).strip().lower()
    # The client first: one that is refused can neither shut out more people nor fill the memory with logins.
    wait = _EACH_CLIENT.wait(request, "sign-in", client_address(request)) or _EACH_LOGIN.wait(request, "login", login)
    if wait:
        return _ask(request, next, login=login, complaint=TOO_OFTEN, status=429, headers={"Retry-After": str(wait)})
    account, secret = _account(parts.engine, login, password), cookies.new()
    if account and account.is_over(now):  # told to nobody who does not know it
        return _ask(request, next, login=login, complaint=OVER, status=401)
    role = _begun(parts.engine, account, secret, now) if account else None
    if account is None or role is None:
        return _ask(request, next, login=login, complaint=WRONG, status=401)
    answer = RedirectResponse("/password" if account.one_time else first_room(role, next), 303)
    cookies.give(request, answer, secret)
    return answer


def _account(engine: Engine, login: str, password: str) -> accounts.Account | None:
    """Whose login and password these are. No transaction stays open while the password is checked."""
    with Session(engine) as session:
        account = accounts.by_login(session, login)
    right = passwords.fits(password, account.password_hash if account else passwords.NOBODYS)
    return account if right else None


def _begun(engine: Engine, account: accounts.Account, secret: str, at: datetime) -> Role | None:
    """Begin their session; the role they have. None when their password was replaced since it was checked."""
    with Session(engine) as session, session.begin():
        if not accounts.has_still(session, account.staff_id, account.password_hash):
            return None
        accounts.sign_in(session, account.staff_id, digest(secret), at=at, until=at + cookies.SHIFT)
        return Role(session.get_one(Staff, account.staff_id).role)


@router.post("/sign-out")
def sign_out(request: Request, session: SessionDep) -> Response:
    """End the session."""
    cookies.refuse_forged_change(request)
    if secret := cookies.read(request):
        accounts.sign_out(session, digest(secret))
    answer = RedirectResponse("/sign-in", 303)
    cookies.take_back(request, answer)
    return answer


def _with_any_password(request: Request, parts: PartsDep, now: NowDep) -> Person:
    """The person signed in, even with a one-time password."""
    cookie = cookies.read(request)
    with Session(parts.engine) as session:
        found = accounts.signed_in(session, digest(cookie), now) if cookie else None
    if found is None:
        raise SignInNeeded("/sign-in")
    cookies.refuse_forged_change(request)
    person = person_like(found)
    request.state.person, request.state.one_time = person, found.one_time
    return person


WhoeverDep = Annotated[Person, Depends(_with_any_password)]


@router.get("/password")
def show_password(request: Request, person: WhoeverDep) -> HTMLResponse:
    """Ask for a new password."""
    return _ask_password(request, person, None)


@router.post("/password", dependencies=[TURN])
def change_password(
    request: Request,
    person: WhoeverDep,
    parts: PartsDep,
    old: Text,
    new: Text,
    again: Text,
) -> Response:
    """Replace it; every other browser of this person is signed out."""
    with Session(parts.engine) as session:
        account = session.get_one(accounts.Account, person.id)
    complaint = _complaint(request, account, old, new, again)
    if complaint is None and not _replaced(parts.engine, account, new, stays=digest(cookies.read(request) or "")):
        complaint = WRONG_NOW
    if complaint:
        return _ask_password(request, person, complaint)
    return RedirectResponse(first_room(person.role), 303)


def _replaced(engine: Engine, account: accounts.Account, new: str, *, stays: str) -> bool:
    """Whether the new password is theirs now; not when somebody gave them another since this one was checked."""
    kept = passwords.hashed(new)
    with Session(engine) as session, session.begin():
        if accounts.change_password(session, account.staff_id, kept, was=account.password_hash, stays=stays):
            return True
    with Session(engine) as session:
        present = session.get_one(accounts.Account, account.staff_id)
    return not present.one_time and passwords.fits(new, present.password_hash)  # the form was sent twice


@router.post("/language")
def choose_language(
    person: Annotated[Person, signed_in(*ALL)],
    session: SessionDep,
    language: Annotated[Language, Form()],
    back: Address = "",
) -> Response:
    """The language this person reads."""
    session.get_one(Staff, person.id).language = language
    return RedirectResponse(ours(back) or first_room(person.role), 303)


def _complaint(request: Request, account: accounts.Account, old: str, new: str, again: str) -> str | None:
    if _EACH_LOGIN.wait(request, "login", account.login):
        return TOO_OFTEN
    if not passwords.fits(old, account.password_hash):
        return WRONG_NOW
    if len(new) < passwords.SHORTEST:
        return N_("The new password is too short: ten characters at least. A sentence is easy to remember.")
    if new != again:
        return N_("The two new passwords are not the same.")
    if new == old or new.lower() == account.login:
        return N_("Choose another password than the present one or your login.")
    return None


def _ask(
    request: Request,
    next_page: str,
    *,
    login: str = "",
    complaint: str | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> HTMLResponse:
    shown = {"next": ours(next_page), "login": login, "complaint": complaint}
    return page(request, "sign_in.html", None, shown, status=status, headers=headers)


def _ask_password(request: Request, person: Person, complaint: str | None) -> HTMLResponse:
    shown = {"complaint": complaint, "one_time": request.state.one_time, "shortest": passwords.SHORTEST}
    return page(request, "password.html", person, shown, status=422 if complaint else 200)
