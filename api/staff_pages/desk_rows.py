"""Cases as rows of a list: each with its reason, its names, and whether whoever looks may take it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from api.staff_pages.urgency import Urgency, urgency
from db import card
from db.casework import Case
from db.people import Customer
from db.queue import Line
from db.staff import Staff
from domain.desk import may_take
from domain.state import Snapshot
from domain.words import Role


@dataclass(frozen=True)
class Row:
    """One case in a list."""

    case: Case
    customer: Customer
    owner: Staff | None
    offered_to: str | None
    """The name of whom it is offered to, while nobody has it."""
    urgency: Urgency
    claimable: bool


def rows_of(session: Session, lines: Sequence[Line], role: Role, at: datetime) -> list[Row]:
    """These cases as somebody of this role sees them at this moment."""
    offered = any(line.case.offered_to for line in lines)
    names = card.staff_names(session) if offered else {}
    return [_row(line, names.get(line.case.offered_to) if line.case.offered_to else None, role, at) for line in lines]


def _row(line: Line, offered_to: str | None, role: Role, at: datetime) -> Row:
    case = line.case
    why = urgency(Snapshot.model_validate(case.snapshot), at)
    free = line.owner is None and case.urgent_at is not None and case.outcome is None
    claimable = free and may_take(role, broken=case.promise_broken_at)
    return Row(case, line.customer, line.owner, None if line.owner else offered_to, why, claimable)
