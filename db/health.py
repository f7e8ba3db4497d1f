"""How much there is of what, for the operator."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, func, text
from sqlmodel import Session, col, select

from db.casework import Case
from db.intake import Inbox
from db.outreach import Alert
from domain.words import Stage


@dataclass(frozen=True)
class InboxAge:
    """Facts on their way to their cases."""

    waiting: int
    oldest: datetime | None


@dataclass(frozen=True)
class Numbers:
    """Counts of the moment."""

    stages: Mapping[Stage, int]
    alerts: int
    overdue: int


def inbox(engine: Engine) -> InboxAge:
    """How many facts wait, and since when the oldest does."""
    waiting = select(func.count(), func.min(Inbox.received_at)).where(col(Inbox.done_at).is_(None))
    with Session(engine) as session:
        return InboxAge(*session.exec(waiting).one())


def numbers(engine: Engine) -> Numbers:
    """Open cases, alerts and overdue cases."""
    unseen = select(func.count()).where(col(Alert.ended_at).is_(None), col(Alert.acknowledged_at).is_(None))
    late = select(func.count()).where(col(Case.closed_at).is_(None), col(Case.urgent_at) < func.now())
    with Session(engine) as session:
        return Numbers(stages(session), session.exec(unseen).one(), session.exec(late).one())


def stages(session: Session) -> Mapping[Stage, int]:
    """Cases that are not closed, by stage; stages without cases too."""
    open_cases = select(Case.stage, func.count()).where(col(Case.closed_at).is_(None)).group_by(Case.stage)
    counted = dict(session.exec(open_cases).all())
    return {stage: counted.get(stage, 0) for stage in Stage if stage is not Stage.CLOSED}


def alive(session: Session) -> set[UUID]:
    """Cases whose workflow ought to run: open ones, and closed ones with an alert that nobody has acknowledged."""
    alarmed = text("cases.snapshot -> 'alarms' is not null and cases.snapshot -> 'alarms' <> '{}'::jsonb")
    return set(session.exec(select(Case.id).where(col(Case.closed_at).is_(None) | alarmed)).all())
