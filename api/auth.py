"""Who asks: bearer tokens and browser sessions, kept as hashes, and the roles each route names."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from sqlalchemy import or_
from sqlmodel import Session, col, select

from api import cookies
from api.deps import NowDep, PartsDep
from api.problems import Problem
from db import accounts
from db.accounts import SignedIn
from db.staff import ApiToken, Staff
from domain import messages
from domain.policy import Frozen
from domain.words import Language, Role

PREFIX = "ctl_"
ALL = tuple(Role)
CASEWORK = (Role.SPECIALIST, Role.SECOND_LINE, Role.LEAD, Role.MANAGER)
"""Everybody who may see customers: admin keeps the system, and sees none."""
DESK = (Role.SPECIALIST, Role.SECOND_LINE, Role.LEAD)
"""Who may own a case."""
LEADS = (Role.LEAD, Role.MANAGER)
"""Who looks after how it all goes."""

bearer = HTTPBearer(
    scheme_name="staff",
    bearerFormat="ctl_…",
    auto_error=False,
    description="A staff token. The list beside the scheme names the roles, any one of which is enough.",
)


class Person(Frozen):
    """The member of staff behind a request."""

    id: UUID
    name: str
    role: Role
    language: Language

    @property
    def staff(self) -> messages.Staff:
        """As a case is told who asks."""
        return messages.Staff(id=self.id, role=self.role)


def new_token() -> str:
    """256 random bits to hand out once."""
    return token_of(secrets.token_bytes(32))


def token_of(bits: bytes) -> str:
    """The token made of these bits, which nobody else may know."""
    return PREFIX + urlsafe_b64encode(bits).decode().rstrip("=")


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def person_of(session: Session, token: str, now: datetime) -> Person | None:
    """Whose token it is; None when it is unknown, expired, or its owner has left."""
    current = or_(col(ApiToken.expires_at).is_(None), col(ApiToken.expires_at) > now)
    query = select(Staff).join(ApiToken).where(ApiToken.token_hash == digest(token), current, col(Staff.active))
    staff = session.exec(query).first()
    return person_like(staff) if staff else None


def person_by_session(session: Session, request: Request, now: datetime) -> Person | None:
    """Whose browser it is; None as well while its owner must first replace a one-time password."""
    cookie = cookies.read(request)
    found = accounts.signed_in(session, digest(cookie), now) if cookie else None
    return person_like(found) if found and not found.one_time else None


def person_asking(
    session: Session, request: Request, credentials: HTTPAuthorizationCredentials | None, now: datetime
) -> Person | None:
    """Whose token it is, else whose browser."""
    if credentials:
        return person_of(session, credentials.credentials, now)
    return person_by_session(session, request, now)


def person_like(told: Staff | SignedIn) -> Person:
    """The person who is told of."""
    return Person.model_validate(told, from_attributes=True)


def person_by_token(
    needed: SecurityScopes,
    request: Request,
    parts: PartsDep,
    now: NowDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Person:
    """Who asks, by token or session; they must have one of the roles the route names: without any, nobody passes.

    What only a session's cookie authorises must come from our own pages, unless it changes nothing.
    """
    # A transaction of its own: the route may wait long for the workflow, and must not hold one open meanwhile.
    with Session(parts.engine) as session:
        person = person_asking(session, request, credentials, now)
        if credentials is None:
            cookies.refuse_forged_change(request)
    if person is None:
        headers = {"WWW-Authenticate": "Bearer"}
        raise Problem(
            401, "not_authenticated", "Send a valid staff token as `Authorization: Bearer …`.", headers=headers
        )
    if person.role not in needed.scopes:
        raise Problem(403, "not_your_role", f"This is for: {', '.join(needed.scopes)}. You are {person.role}.")
    return person


def require(*roles: Role) -> object:
    """For `Annotated[Person, require(…)]`: the route is for these roles, and its OpenAPI says so."""
    return Security(person_by_token, scopes=[str(role) for role in roles])


AnybodyDep = Annotated[Person, require(*ALL)]
CaseworkDep = Annotated[Person, require(*CASEWORK)]
DeskDep = Annotated[Person, require(*DESK)]
