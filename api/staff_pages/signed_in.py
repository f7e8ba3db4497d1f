"""Who is at the browser: each page names its roles, and commands come from our own forms."""

from collections.abc import Mapping
from typing import Annotated
from uuid import uuid5

from fastapi import Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import SecurityScopes
from sqlmodel import Session

from api import cookies
from api.auth import CASEWORK, Person, digest, person_like
from api.commands import NAMESPACE, Command
from api.deps import NowDep, PartsDep
from api.problems import Problem
from api.staff_pages.frame import SignInNeeded, sign_in_address
from api.staff_pages.who_asks import who_asks_of
from db import accounts, duty
from db.accounts import SignedIn
from db.keys import KeyUse
from domain.words import Role


def person_of_page(needed: SecurityScopes, request: Request, parts: PartsDep, now: NowDep) -> Person:
    """The person signed in, in one of the page's roles; else they are sent to sign in, or told that it is not for them.

    Marks where the live feed stood before anything is read, so that the page misses no change.
    """
    request.state.position = request.app.state.feed.position
    cookie = cookies.read(request)
    with Session(parts.engine) as session:
        found = accounts.signed_in(session, digest(cookie), now) if cookie else None
        spell = duty.spell_of(session, found.id) if found else None
    request.state.on_duty = spell is not None
    person = _admitted(needed, request, found)
    cookies.refuse_forged_change(request)
    return person


async def _person_of_fragment(needed: SecurityScopes, request: Request, now: NowDep) -> Person:
    """The same, cheaper, for what many open pages fetch at one moment and shows nothing of duty."""
    request.state.position = request.app.state.feed.position
    cookie = cookies.read(request)
    found = await who_asks_of(request).has(digest(cookie)) if cookie else None
    return _admitted(needed, request, found if found and found.expires_at > now else None)


def _admitted(needed: SecurityScopes, request: Request, found: SignedIn | None) -> Person:
    if found is None:
        raise SignInNeeded(sign_in_address(request))
    if found.one_time:
        raise SignInNeeded("/password")
    person = person_like(found)
    request.state.person = person
    if person.role not in needed.scopes:
        raise Problem(403, "not_your_role", f"This is for: {', '.join(needed.scopes)}. You are {person.role}.")
    return person


def signed_in(*roles: Role) -> object:
    """For `Annotated[Person, signed_in(…)]`: the page is for these roles."""
    return Security(person_of_page, scopes=[str(role) for role in roles])


CaseworkDep = Annotated[Person, signed_in(*CASEWORK)]


def watching(*roles: Role) -> object:
    """The same for a fragment that open pages fetch after each change, by GET; it knows nothing of their duty."""
    return Security(_person_of_fragment, scopes=[str(role) for role in roles])


async def _form_command(needed: SecurityScopes, request: Request, parts: PartsDep, now: NowDep) -> Command:
    person = await run_in_threadpool(person_of_page, needed, request, parts, now)
    form = {name: str(value) for name, value in (await request.form()).items()}
    key = form.pop("key", "")
    if not 1 <= len(key) <= 200 or "\0" in key:
        raise Problem(422, "not_understood", "The form was not understood.")
    # Of the key only a hash is kept: secrets that this form makes are derived from it.
    use = KeyUse(person.id, f"{request.method} {request.url.path}", digest(key), _hash(form))
    return Command(parts, person.staff, uuid5(NAMESPACE, f"{person.id} {use.route} {key}"), use)


def form_commanded_by(*roles: Role) -> object:
    """For `Annotated[Command, form_commanded_by(…)]`: a form of these roles, once for each of its hidden `key`s."""
    return Security(_form_command, scopes=[str(role) for role in roles])


def _hash(form: Mapping[str, str]) -> str:
    return digest(repr(sorted(form.items())))
