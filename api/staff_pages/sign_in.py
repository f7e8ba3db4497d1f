"""Signing in and out, one's password, one's language."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
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


@router.get("/sign-in")
def show_sign_in(request: Request, next: str = "") -> HTMLResponse:
    """Ask who it is."""
    return _ask(request, next)


@router.post("/sign-in", dependencies=[Depends(refuse_cross_site)])
def sign_in(
    request: Request,
    session: SessionDep,
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
    account = accounts.by_login(session, login)
    right = passwords.fits(password, account.password_hash if account else passwords.NOBODYS)
    if account is None or not right or not accounts.has_still(session, account.staff_id, account.password_hash):
        return _ask(request, next, login=login, complaint=WRONG, status=401)
    if account.is_over(now):  # told to nobody who does not know it
        return _ask(request, next, login=login, complaint=OVER, status=401)
    staff = session.get_one(Staff, account.staff_id)
    room = "/password" if account.one_time else first_room(Role(staff.role), next)
    answer = RedirectResponse(room, 303)
    secret = cookies.new()
    accounts.sign_in(session, account.staff_id, digest(secret), at=now, until=now + cookies.SHIFT)
    cookies.give(request, answer, secret)
    return answer


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


@router.post("/password")
def change_password(
    request: Request,
    person: WhoeverDep,
    session: SessionDep,
    old: Text,
    new: Text,
    again: Text,
) -> Response:
    """Replace it; every other browser of this person is signed out."""
    complaint = _complaint(request, session, person, old, new, again)
    if complaint:
        return _ask_password(request, person, complaint)
    accounts.change_password(session, person.id, passwords.hashed(new), stays=digest(cookies.read(request) or ""))
    return RedirectResponse(first_room(person.role), 303)


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


def _complaint(request: Request, session: Session, person: Person, old: str, new: str, again: str) -> str | None:
    account = session.get_one(accounts.Account, person.id)
    if _EACH_LOGIN.wait(request, "login", account.login):
        return TOO_OFTEN
    if not passwords.fits(old, account.password_hash):
        return N_("The present password is wrong.")
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
