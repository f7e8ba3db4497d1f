"""Accounts that staff sign in with, and the sessions of their browsers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import Connection, delete, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, select

from db.columns import Instant, now
from db.staff import Staff

ONE_TIME_LIVES = timedelta(days=7)
"""So long a password that somebody else handed out opens the page where it is replaced."""


class LoginTaken(Exception):
    """Somebody else has this login. The transaction, or the savepoint within which it was asked for, has failed."""


class Account(SQLModel, table=True):
    """What a member of staff signs in with. Without one they have no pages, only tokens."""

    staff_id: UUID = Field(primary_key=True, foreign_key="staff.id")
    login: str = Field(unique=True)
    """In lower case."""
    password_hash: str
    one_time: bool = True
    """Somebody else knows it: it opens nothing but the page where it is replaced."""
    changed_at: datetime = Field(default_factory=now, sa_type=Instant)

    @property
    def valid_until(self) -> datetime | None:
        """Until when its password opens anything; None: for ever."""
        return self.changed_at + ONE_TIME_LIVES if self.one_time else None

    def is_over(self, at: datetime) -> bool:
        """Whether its password opens nothing any more."""
        return self.valid_until is not None and self.valid_until <= at


class StaffSession(SQLModel, table=True):
    """A browser in which somebody is signed in: a SHA-256 of its cookie's 256 random bits."""

    token_hash: str = Field(primary_key=True)
    staff_id: UUID = Field(foreign_key="staff.id", index=True)
    created_at: datetime = Field(default_factory=now, sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)


def by_login(session: Session, login: str) -> Account | None:
    """The account of somebody who works here, however its login is typed."""
    theirs = select(Account).join(Staff).where(Account.login == login.strip().lower(), col(Staff.active))
    return session.exec(theirs).first()


@dataclass(frozen=True)
class SignedIn:
    """Somebody who works here, and their session."""

    id: UUID
    name: str
    role: str
    language: str
    one_time: bool
    """They must first replace their password."""
    expires_at: datetime


_ALL_SIGNED_IN = text(
    "select token_hash, staff.id, name, role, language, one_time, expires_at from staffsession "
    "join staff on staff.id = staffsession.staff_id join account on account.staff_id = staff.id "
    "where token_hash = any(:hashes) and active"
)


def signed_in(session: Session, token_hash: str, at: datetime) -> SignedIn | None:
    """Whose session it is; None when it is unknown, over, or its owner has left."""
    found = all_signed_in(session.connection(), [token_hash]).get(token_hash)
    return found if found and found.expires_at > at else None


def all_signed_in(connection: Connection, token_hashes: Sequence[str]) -> dict[str, SignedIn]:
    """Whose these sessions are, by hash; also those that are over. Not there: unknown, or its owner has left."""
    rows = connection.execute(_ALL_SIGNED_IN, {"hashes": list(token_hashes)})
    return {token_hash: SignedIn(*told) for token_hash, *told in rows}


def has_still(session: Session, staff: UUID, password_hash: str) -> bool:
    """Whether this is their password even now; it stays so until the caller's transaction ends.

    To check a password takes long, and a session must not begin by one that was replaced meanwhile.
    """
    theirs = select(Account.staff_id).where(Account.staff_id == staff, Account.password_hash == password_hash)
    return session.exec(theirs.with_for_update(read=True)).first() is not None


def sign_in(session: Session, staff: UUID, token_hash: str, *, at: datetime, until: datetime) -> None:
    """Begin a session, and forget this person's that are over."""
    session.execute(delete(StaffSession).where(col(StaffSession.staff_id) == staff, col(StaffSession.expires_at) <= at))
    session.add(StaffSession(token_hash=token_hash, staff_id=staff, created_at=at, expires_at=until))


def sign_out_everywhere(session: Session, staff: UUID) -> None:
    """End all sessions of this person."""
    session.execute(delete(StaffSession).where(col(StaffSession.staff_id) == staff))


def sign_out(session: Session, token_hash: str) -> None:
    """End a session."""
    session.execute(delete(StaffSession).where(col(StaffSession.token_hash) == token_hash))


def give(session: Session, staff: UUID, login: str, password_hash: str) -> Account:
    """Give somebody an account, or a new one-time password; whoever was signed in with the old one no longer is.

    Of two who give one login to two people at once, the second is told LoginTaken.
    """
    told = {"login": login.strip().lower(), "password_hash": password_hash, "one_time": True, "changed_at": now()}
    given = insert(Account).values(staff_id=staff, **told).on_conflict_do_update(index_elements=["staff_id"], set_=told)
    session.flush()
    try:
        account = session.scalars(given.returning(Account), execution_options={"populate_existing": True}).one()
    except IntegrityError as error:
        raise (LoginTaken(login) if isinstance(error.orig, UniqueViolation) else error) from None
    sign_out_everywhere(session, staff)
    return account


def change_password(session: Session, staff: UUID, password_hash: str, *, was: str, stays: str) -> bool:
    """Their own new password; all their sessions end but the one with the hash `stays`.

    False, and nothing changes, when theirs is not the one with the hash `was` any more: somebody replaced it meanwhile.
    """
    theirs = (col(Account.staff_id) == staff, col(Account.password_hash) == was)
    new = {"password_hash": password_hash, "one_time": False, "changed_at": now()}
    if session.scalars(update(Account).where(*theirs).values(new).returning(col(Account.staff_id))).first() is None:
        return False
    others = (col(StaffSession.staff_id) == staff, col(StaffSession.token_hash) != stays)
    session.execute(delete(StaffSession).where(*others))
    return True
