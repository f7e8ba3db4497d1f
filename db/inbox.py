"""The inbox: what has happened outside, kept until its case has been told."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from db.casework import Case
from db.columns import new_id, now
from db.intake import Inbox, InboxRow
from db.outreach import Alert
from domain.messages import Fact, name_of

CONTACT_REQUEST = "contact_request"
"""The kind that starts a case; every other kind is the name of a signal."""
FACTS: Mapping[str, type[Fact]] = MappingProxyType({name_of(fact): fact for fact in Fact.__subclasses__()})
"""What each signal carries."""


def row(*, kind: str, key: str, case_id: UUID, body: Fact | None, urgent_at: datetime) -> InboxRow:
    """What is to be stored. `urgent_at` orders the relay's work: when somebody has to act on it."""
    at = now()
    return InboxRow(
        id=new_id(),
        received_at=at,
        next_try_at=at,
        kind=kind,
        key=key,
        case_id=case_id,
        body=body.model_dump(mode="json") if body else {},
        urgent_at=urgent_at,
    )


def tell(
    session: Session, case_id: UUID, fact: Fact, *, key: str | None = None, urgent_at: datetime | None = None
) -> bool:
    """Keep a fact for its case; `key` is its id unless given, and it is as urgent as when it happened.

    The relay is woken at commit. False when a fact of this kind and key is known already.
    """
    kind = name_of(type(fact))
    return put(session, kind=kind, key=key or fact.id, case_id=case_id, body=fact, urgent_at=urgent_at or fact.at)


def put(session: Session, *, kind: str, key: str, case_id: UUID, body: Fact | None, urgent_at: datetime) -> bool:
    """Keep what is to be carried; the relay is woken at commit. False when this kind and key are known already."""
    waiting = row(kind=kind, key=key, case_id=case_id, body=body, urgent_at=urgent_at)
    added = insert(Inbox).values(stored(waiting)).on_conflict_do_nothing().returning(col(Inbox.id))
    return session.execute(added).first() is not None


def stored(waiting: InboxRow) -> dict[str, object]:
    """The row's columns. It may be leased at once by the server's clock, whatever ours says."""
    return {**waiting.model_dump(exclude_none=True), "next_try_at": func.now()}


def lease(session: Session, *, limit: int, until_after: timedelta) -> Sequence[Inbox]:
    """Take the most urgent rows that are due, in their order; nobody else gets them before the lease is over.

    Commit before acting on them: a lease that is still open is seen by nobody and holds others up.
    """
    due = (
        select(col(Inbox.id))
        .where(col(Inbox.done_at).is_(None), col(Inbox.next_try_at) <= func.now())
        .order_by(col(Inbox.urgent_at), col(Inbox.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken = (
        update(Inbox)
        .where(col(Inbox.id) == due.c.id)
        .values(attempts=col(Inbox.attempts) + 1, next_try_at=func.now() + until_after)
        .returning(Inbox)
    )
    return sorted(session.scalars(taken), key=lambda leased: (leased.urgent_at, leased.id))


def finish(session: Session, row_id: UUID, *, result: str) -> None:
    """Its case knows it, or is past needing it: started, signalled, already_closed."""
    _set(session, row_id, done_at=func.clock_timestamp(), result=result, error=None)


def postpone(session: Session, row_id: UUID, *, wait: timedelta, error: str) -> None:
    """Try again after `wait`; `error` is a code or an exception's class name, never its text."""
    _set(session, row_id, next_try_at=func.clock_timestamp() + wait, error=error)


def is_waiting_to_start(session: Session, case_id: UUID) -> bool:
    """Whether the case's contact request is still in the inbox."""
    request = exists().where(
        col(Inbox.case_id) == case_id, col(Inbox.kind) == CONTACT_REQUEST, col(Inbox.done_at).is_(None)
    )
    return bool(session.scalar(select(request)))


def tell_stuck(session: Session, row: Inbox) -> None:
    """A fact that cannot be brought to its case for reasons of its own is somebody's business."""
    alert = {"id": new_id(), "key": _alert_key(row), "case_id": row.case_id, "kind": "fact_stuck"}
    instants = {"due": row.received_at, "raised_at": func.clock_timestamp()}
    session.execute(insert(Alert).values(**alert, **instants, repeats=0).on_conflict_do_nothing())


def end_stuck(session: Session, row: Inbox) -> None:
    """It has arrived after all."""
    session.execute(update(Alert).where(col(Alert.key) == _alert_key(row)).values(ended_at=func.clock_timestamp()))


def is_closed(session: Session, case_id: UUID) -> bool:
    """Whether the case is on record as closed."""
    return bool(session.scalar(select(exists().where(col(Case.id) == case_id, col(Case.closed_at).is_not(None)))))


def _alert_key(row: Inbox) -> str:
    return f"inbox:{row.id}"


def _set(session: Session, row_id: UUID, **values: object) -> None:
    session.execute(update(Inbox).where(col(Inbox.id) == row_id).values(**values))
