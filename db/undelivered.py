"""What follows when a message does not arrive: its case looks for another way, and our own fault is the operator's."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from db import inbox
from db.columns import new_id
from db.outreach import Alert
from domain.messages import MessageFailed

UNREACHABLE = "unreachable"
"""The error of an SMS that may arrive when it is sent once more, later."""
ALERT = "messages_failing"
"""The provider refuses what we send: a key, a sender, a permission or a text is wrong."""


def tell_case(session: Session, message_id: UUID, case_id: UUID, *, at: datetime) -> bool:
    """Let the case hear, once, that this message to its customer failed for good. False when it was told already."""
    failed = MessageFailed(id=f"message_failed:{message_id}", at=at, message=message_id)
    return inbox.put(
        session, kind="message_failed", key=str(message_id), case_id=case_id, body=failed, urgent_at=failed.at
    )


def raise_alert(session: Session, channel: str) -> None:
    """The operator learns that this channel (sms, mail) refuses us; once, until something arrives by it again."""
    at = func.clock_timestamp()
    anew = {"raised_at": at, "due": at, "ended_at": None}
    alert = insert(Alert).values(id=new_id(), key=_key(channel), kind=ALERT, due=at, raised_at=at, repeats=0)
    session.execute(
        alert.on_conflict_do_update(index_elements=["key"], set_=anew, where=col(Alert.ended_at).is_not(None))
    )


def end_alert(session: Session, channel: str) -> None:
    """Something has arrived by this channel. Whoever else says so at this moment need not be waited for."""
    still = select(col(Alert.id)).where(col(Alert.key) == _key(channel), col(Alert.ended_at).is_(None))
    free = still.with_for_update(skip_locked=True).scalar_subquery()
    session.execute(update(Alert).where(col(Alert.id) == free).values(ended_at=func.clock_timestamp()))


def _key(channel: str) -> str:
    return f"messages:{channel}"
