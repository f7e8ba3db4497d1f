"""Which ways a message to a customer takes, and which other one when it did not arrive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from activities.tact import is_decent
from db.columns import now
from db.outreach import Message, MessageState
from db.recipients import Recipient
from db.undelivered import UNREACHABLE
from domain.letters import LETTERS, By, Letter
from domain.policy import Policy

MAIL, SMS = "mail", "sms"
CUSTOMER = "customer"
INSTEAD, AGAIN = "instead", "again"
AGAIN_AFTER = timedelta(minutes=5)
"""A telephone that was off is tried once more after this time."""


@dataclass(frozen=True)
class Hour:
    """When it is, and what counts as a decent hour."""

    policy: Policy
    at: datetime

    def is_decent_for(self, customer: Recipient) -> bool:
        """Whether an SMS may arrive now."""
        return is_decent(customer, self.policy, max(self.at, now()))


@dataclass(frozen=True)
class Substitute:
    """What goes in place of a message that failed."""

    template: str
    due: datetime | None
    channel: str
    whose: str
    """The end of its key: how it came about, and of which moment it is."""


def channels_for(template: str, customer: Recipient, hour: Hour) -> list[str]:
    """The ways a message takes. SMS keep quiet hours; `customer.sms` None: none may be sent."""
    letter = LETTERS[template]
    mail, sms = customer.mail is not None, _takes_sms(letter, customer, hour)
    if letter.by is By.BOTH:
        return [channel for channel, has in ((MAIL, mail), (SMS, sms)) if has]
    if letter.by is By.MAIL_ONLY:
        return [MAIL] if mail else []
    order = ((SMS, sms), (MAIL, mail)) if letter.by is By.SMS_FIRST else ((MAIL, mail), (SMS, sms))
    return [channel for channel, has in order if has][:1]


def substitute(session: Session, failed_id: UUID | None, customer: Recipient, hour: Hour) -> Substitute | None:
    """The other way of a moment of which nothing has arrived, or an SMS once more to a telephone that was off.

    None when there is no such way, when something else is on its way, when it is out of date, and for a substitute:
    each moment gets one.
    """
    failed = session.get(Message, failed_id) if failed_id else None
    if failed is None or failed.staff_id or _is_substitute(failed) or _out_of_date(failed, customer, hour):
        return None
    sent = _of_its_moment(session, failed)
    if any(_may_arrive(message) or _is_substitute(message) for message in sent):
        return None
    found = _another_way({message.channel for message in sent}, failed.template, customer, hour)
    if found is None and _was_off(sent) and customer.sms:
        return Substitute(failed.template, failed.due, SMS, f"{CUSTOMER}:{AGAIN}:{_moment(failed)}")
    return Substitute(failed.template, failed.due, found, f"{CUSTOMER}:{INSTEAD}:{_moment(failed)}") if found else None


def not_before(message: Message) -> datetime:
    """When this message may go out, quiet hours aside."""
    again = f":{CUSTOMER}:{AGAIN}:" in message.key
    return message.created_at + AGAIN_AFTER if again else message.created_at


def _takes_sms(letter: Letter, customer: Recipient, hour: Hour) -> bool:
    return customer.sms is not None and (letter.can_wait or hour.is_decent_for(customer))


def _another_way(used: set[str], template: str, customer: Recipient, hour: Hour) -> str | None:
    letter = LETTERS[template]
    if letter.by is By.MAIL_ONLY:
        return None
    open_ways = {MAIL: customer.mail is not None, SMS: _takes_sms(letter, customer, hour)}
    return next((channel for channel, has in open_ways.items() if has and channel not in used), None)


def _out_of_date(failed: Message, customer: Recipient, hour: Hour) -> bool:
    """They have spoken with us since, or the time it names has passed."""
    letter = LETTERS[failed.template]
    if letter.can_wait:
        return False
    if customer.spoken_at and customer.spoken_at >= failed.created_at:
        return True
    return not letter.about_reaching and failed.due is not None and failed.due <= max(hour.at, now())


def _of_its_moment(session: Session, failed: Message) -> Sequence[Message]:
    """Everything that told the customer of the same event, the failed one too."""
    theirs = (Message.case_id == failed.case_id, Message.template == failed.template, col(Message.staff_id).is_(None))
    moment = _moment(failed)
    return [message for message in session.exec(select(Message).where(*theirs)) if _moment(message) == moment]


def _moment(message: Message) -> str:
    """The number of the event it tells of; a substitute's, of the event that was to be told."""
    parts = message.key.split(":")
    return parts[-1] if _is_substitute(message) else parts[1]


def _is_substitute(message: Message) -> bool:
    return f":{CUSTOMER}:" in message.key


def _may_arrive(message: Message) -> bool:
    return message.state not in (MessageState.FAILED, MessageState.SKIPPED)


def _was_off(sent: Sequence[Message]) -> bool:
    return any(message.channel == SMS and message.error == UNREACHABLE for message in sent)
