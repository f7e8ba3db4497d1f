"""How much there is of what, for the operator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CompoundSelect, Connection, Engine, Row, exists, func, select, text, union
from sqlmodel import Session, col

from db.casework import Case
from db.intake import Inbox
from db.outreach import UNSETTLED, Alert
from domain.words import Stage

PATIENCE = timedelta(seconds=3)
"""How long anything is waited for that an operator asks about."""
GIVEN_UP = timedelta(days=2)
"""Older messages are settled, or given up."""
FACT_STUCK = "fact_stuck"
UNSEEN = (col(Alert.ended_at).is_(None), col(Alert.acknowledged_at).is_(None))
"""The cause of the alert lasts, and nobody has acknowledged it."""
ALARMED = exists().where(col(Alert.case_id) == col(Case.id), col(Alert.kind) != FACT_STUCK, *UNSEEN)
"""The case has such an alert: its workflow runs, though it may be closed on record."""
DOUBTFUL = tuple(sorted(UNSETTLED))
RESULTS = ("kept", "broken", "moved", "void", "open")

_PROMISES = text("""
select count(*) filter (where undecided and promise_due between :now and :now + interval '15 minutes'),
  count(*) filter (where undecided and promise_due < :now - interval '1 minute' and not exists (
    select from attempt where attempt.case_id = cases.id and ended_at is null and answered_at <= promise_due)),
  count(*) filter (where promise_broken_at is not null and reached_at is null and resolved_at is null)
from cases, lateral (select coalesce(promise_kept_at, promise_broken_at, promise_moved_at) is null
  and not promise_void as undecided) as promise
where closed_at is null
""")
_MESSAGES = text("""
select state, count(*) from message
where id > :since and state = any(:states) and created_at < :now - interval '15 minutes' group by state
""")
_LAST_DAY = text("""
select case when promise_void or promise_due is null then 'void' when promise_broken_at is not null then 'broken'
  when promise_kept_at is not null then 'kept' when promise_moved_at is not null then 'moved' else 'open' end, count(*)
from cases where requested_at > :now - interval '1 day' group by 1
""")


@dataclass(frozen=True)
class InboxAge:
    """Facts on their way to their cases."""

    waiting: int
    oldest: datetime | None


@dataclass(frozen=True)
class Gauges:
    """Counts of the moment."""

    inbox_waiting: int
    inbox_oldest_age_seconds: float
    facts_stuck: int
    alerts_unacknowledged: int
    cases_overdue: int
    cases_alive: int
    promises_due_soon: int
    promises_undecided: int
    promises_broken_waiting: int
    stages: Mapping[str, int]
    messages: Mapping[str, int]
    """By state, of those that should have been settled long ago."""
    promises: Mapping[str, int]
    """Of the last day's requests, by what has become of the promise."""


def inbox(engine: Engine) -> InboxAge:
    """How many facts wait, and since when the oldest does."""
    with Session(engine) as session:
        return _inbox(session)


def gauges(engine: Engine, at: datetime) -> Gauges:
    """Everything that is shown to Prometheus, by few statements that only read what is open or recent."""
    with Session(engine) as session:
        age, connection = _inbox(session), session.connection()
        soon, undecided, waiting = connection.execute(_PROMISES, {"now": at}).one()
        stuck, unseen = _alerts(session)
        return Gauges(
            inbox_waiting=age.waiting,
            inbox_oldest_age_seconds=(at - age.oldest).total_seconds() if age.oldest else 0.0,
            facts_stuck=stuck,
            alerts_unacknowledged=unseen,
            cases_overdue=_overdue(session, at),
            cases_alive=session.scalar(select(func.count()).select_from(_alive().subquery())) or 0,
            promises_due_soon=soon,
            promises_undecided=undecided,
            promises_broken_waiting=waiting,
            stages={stage.value: count for stage, count in stages(session).items()},
            messages=dict.fromkeys(DOUBTFUL, 0) | _messages(connection, at),
            promises=dict.fromkeys(RESULTS, 0) | _counted(connection.execute(_LAST_DAY, {"now": at}).all()),
        )


def stages(session: Session) -> Mapping[Stage, int]:
    """Cases that are not closed, by stage; stages without cases too."""
    open_cases = select(col(Case.stage), func.count()).where(col(Case.closed_at).is_(None)).group_by(col(Case.stage))
    counted = _counted(session.execute(open_cases).all())
    return {stage: counted.get(stage, 0) for stage in Stage if stage is not Stage.CLOSED}


def alive(session: Session) -> set[UUID]:
    """Cases whose workflow ought to run: open ones, and closed ones with an alert that nobody has acknowledged."""
    return {case_id for (case_id,) in session.execute(_alive()) if case_id}


def is_alive(session: Session, case_id: UUID) -> bool:
    """Whether this case's workflow ought to run."""
    these = _alive().subquery()
    return session.execute(select(these).where(these.c[0] == case_id)).first() is not None


def _alive() -> CompoundSelect[UUID | None]:
    """From the rows of alerts, not from snapshots: those of all closed cases would have to be read."""
    open_cases = select(col(Case.id)).where(col(Case.closed_at).is_(None))
    of_cases = (col(Alert.kind) != FACT_STUCK, col(Alert.case_id).is_not(None))
    return union(open_cases, select(col(Alert.case_id)).where(*of_cases, *UNSEEN))


def _inbox(session: Session) -> InboxAge:
    waiting = select(func.count(), func.min(Inbox.received_at)).where(col(Inbox.done_at).is_(None))
    return InboxAge(*session.execute(waiting).one())


def _alerts(session: Session) -> tuple[int, int]:
    """How many facts are stuck, and how many alerts of any kind nobody has acknowledged."""
    stuck = func.count().filter(col(Alert.kind) == FACT_STUCK)
    return session.execute(select(stuck, func.count()).where(*UNSEEN)).one()


def _overdue(session: Session, at: datetime) -> int:
    late = select(func.count()).where(col(Case.closed_at).is_(None), col(Case.urgent_at) < at)
    return session.scalar(late) or 0


def _messages(connection: Connection, at: datetime) -> dict[str, int]:
    since = _earliest_id(at - GIVEN_UP)  # ids sort by time, so the primary key finds the recent ones
    return _counted(connection.execute(_MESSAGES, {"now": at, "since": since, "states": list(DOUBTFUL)}).all())


def _earliest_id(at: datetime) -> UUID:
    """No id made since is smaller."""
    return UUID(bytes=int(at.timestamp() * 1000).to_bytes(6, "big") + bytes(10))


def _counted(rows: Sequence[Row[str, int]]) -> dict[str, int]:
    return {row[0]: row[1] for row in rows}
