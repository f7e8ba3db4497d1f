"""How many open cases there are, by owner, stage and urgency: one reading for all figures beside the filters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from db.casework import Case
from domain.words import OPEN_STAGES, Stage


@dataclass(frozen=True)
class Count:
    """So many cases of one owner and stage, of which so many are overdue, and so many due soon or overdue."""

    owner: UUID | None
    stage: Stage
    number: int
    overdue: int
    soon: int


def counts(session: Session, *, at: datetime, soon: datetime) -> Sequence[Count]:
    """Of open cases. `at`: what was urgent before is overdue; `soon`: what is urgent before is due soon."""
    query = (
        select(
            col(Case.owner_id),
            col(Case.stage),
            func.count(),
            func.count().filter(col(Case.urgent_at) < at),
            func.count().filter(col(Case.urgent_at) < soon),
        )
        .where(col(Case.closed_at).is_(None), col(Case.stage).in_(OPEN_STAGES))
        .group_by(col(Case.owner_id), col(Case.stage))
    )
    return [Count(owner, Stage(stage), *numbers) for owner, stage, *numbers in session.execute(query)]
