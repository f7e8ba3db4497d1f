"""Commands already given: one execution and one answer for each person, route and idempotency key."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from db.staff import IdempotencyKey


@dataclass(frozen=True)
class KeyUse:
    """One use of a key. `body_hash` tells whether a repeat asks for the same."""

    staff: UUID
    route: str
    key: str
    body_hash: str


class Standing(StrEnum):
    """What a use of a key meets."""

    MINE = "mine"
    """Carry it out, then `settle` or `free` it."""
    RUNNING = "running"
    """Somebody is carrying it out."""
    ANSWERED = "answered"
    OTHER_BODY = "other_body"


def begin(session: Session, use: KeyUse, *, now: datetime, lease: timedelta) -> tuple[Standing, IdempotencyKey]:
    """Take the key unless it is taken. One that was not settled within its lease may be taken again."""
    keys = {"staff_id": use.staff, "route": use.route, "key": use.key}
    session.execute(insert(IdempotencyKey).values(**keys, body_hash=use.body_hash).on_conflict_do_nothing())
    row = session.get_one(IdempotencyKey, tuple(keys.values()), with_for_update=True)
    standing = _standing(row, use, now)
    if standing is Standing.MINE:
        row.running_until = now + lease
    return standing, row


def settle(session: Session, use: KeyUse, *, status: int, answer: dict[str, object]) -> None:
    """From now on every repeat gets this answer."""
    row = _row(session, use)
    row.status, row.answer, row.running_until = status, answer, None


def free(session: Session, use: KeyUse) -> None:
    """It did not come to an answer: a repeat may try again at once."""
    _row(session, use).running_until = None


def remember_case(session: Session, use: KeyUse, case_id: UUID) -> None:
    """A repeat starts with this case."""
    _row(session, use).case_id = case_id


def _row(session: Session, use: KeyUse) -> IdempotencyKey:
    return session.get_one(IdempotencyKey, (use.staff, use.route, use.key))


def _standing(row: IdempotencyKey, use: KeyUse, now: datetime) -> Standing:
    if row.body_hash != use.body_hash:
        return Standing.OTHER_BODY
    if row.status is not None:
        return Standing.ANSWERED
    if row.running_until and row.running_until > now:
        return Standing.RUNNING
    return Standing.MINE
