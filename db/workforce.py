"""Who works here, as an administrator keeps it: people, their accounts, their tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from db import accounts, duty
from db.accounts import Account
from db.staff import ApiToken, Duty, Staff


@dataclass(frozen=True)
class Worker:
    """Somebody with what else is known of them."""

    staff: Staff
    account: Account | None
    on_duty_since: datetime | None


def everybody(session: Session) -> list[Worker]:
    """Those who work here by name, then those who left."""
    return _workers(session)


def one(session: Session, staff: UUID) -> Worker | None:
    """This person."""
    return next(iter(_workers(session, staff)), None)


def dismiss(session: Session, staff: UUID, at: datetime) -> None:
    """They left: no page, no token works for them any more, and their cases return to the desk."""
    session.get_one(Staff, staff).active = False
    accounts.sign_out_everywhere(session, staff)  # or they would go on, should this person come back today
    duty.end(session, staff, at, stand_in=None)


def tokens(session: Session) -> Sequence[tuple[ApiToken, Staff]]:
    """Every token with its owner, the newest first."""
    query = select(ApiToken, Staff).join(Staff, col(Staff.id) == col(ApiToken.staff_id))
    return session.exec(query.order_by(col(ApiToken.created_at).desc())).all()


def revoke(session: Session, token_hash: str) -> None:
    """From now on nobody is let in by it."""
    if token := session.get(ApiToken, token_hash):
        session.delete(token)


def _workers(session: Session, staff: UUID | None = None) -> list[Worker]:
    spell = (col(Duty.staff_id) == col(Staff.id)) & col(Duty.ended_at).is_(None)
    query = select(Staff, Account, Duty.started_at).join(Account, isouter=True).join(Duty, spell, isouter=True)
    if staff:
        query = query.where(Staff.id == staff)
    return [Worker(*row) for row in session.exec(query.order_by(col(Staff.active).desc(), col(Staff.name)))]
