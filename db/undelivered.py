"""What follows when a message does not arrive: its case looks for another way, and our own fault is the operator's."""

import logging
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from db import inbox
from db.columns import new_id
from db.outreach import Alert
from domain.messages import MessageFailed

_log = logging.getLogger(__name__)

UNREACHABLE = "unreachable"
"""The error of an SMS that may arrive when it is sent once more, later."""
ALERT = "messages_failing"
"""The provider refuses what we send, for a key, a sender, a permission or a text is wrong; or somebody of the staff is
not reached by their alerts."""


def tell_case(session: Session, message_id: UUID, case_id: UUID, *, at: datetime) -> bool:
    """Let the case hear, once, that this message to its customer failed for good. False when it was told already."""
    failed = MessageFailed(id=f"message_failed:{message_id}", at=at, message=message_id)
    return inbox.tell(session, case_id, failed, key=str(message_id))


def alerts_to(staff: UUID) -> str:
    """What `raise_alert` and `end_alert` know the alerts of this member of staff by."""
    return f"alert:{staff}"


def raise_alert(session: Session, what: str) -> None:
    """The operator learns that this channel (sms, mail) refuses us, or that `alerts_to` somebody come back.

    Once, until something arrives by it again.
    """
    at = func.clock_timestamp()
    anew = {"raised_at": at, "due": at, "ended_at": None}
    alert = insert(Alert).values(id=new_id(), key=_key(what), kind=ALERT, due=at, raised_at=at, repeats=0)
    once = alert.on_conflict_do_update(index_elements=["key"], set_=anew, where=col(Alert.ended_at).is_not(None))
    if session.execute(once.returning(col(Alert.id))).first():
        _log.warning("messages do not arrive: %s", what)


def end_alert(session: Session, what: str) -> None:
    """Something has arrived by it. Whoever else says so at this moment need not be waited for."""
    still = select(col(Alert.id)).where(col(Alert.key) == _key(what), col(Alert.ended_at).is_(None))
    free = still.with_for_update(skip_locked=True).scalar_subquery()
    session.execute(update(Alert).where(col(Alert.id) == free).values(ended_at=func.clock_timestamp()))


def _key(what: str) -> str:
    return f"messages:{what}"
