"""Who is told of a moment: the customer by mail or SMS, the staff by alert; each message a row before it goes out."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.delivery import SETTLED, NotYet, deliver
from activities.tact import CAN_WAIT, is_decent
from activities.ways import Ways
from db.columns import new_id, now
from db.outreach import Alert, Message
from db.recipients import Recipient, recipient, staff_for
from domain.announcements import announcement
from domain.events import Event, EventKind
from domain.policy import Frozen, Policy

BY_SMS_FIRST = frozenset({"we_are_late", "callback_agreed"})
BY_BOTH = frozenset({"tried_to_reach"})
BY_MAIL_ONLY = frozenset({"number_needed", "under_review"})
"""Everything else goes by mail, and by SMS to those without."""

ABOUT_THE_PROMISE = frozenset({EventKind.PROMISE_WARNED, EventKind.NOT_CALLED_WARNED})
"""They fall due before the promise, and speak of its due time."""


AT_ONCE = timedelta(milliseconds=500)
"""Longer than this a provider must not hold up what people wait for."""
SENDERS = 16


class Announce(Frozen):
    """A moment to be told."""

    case: UUID
    policy: Policy
    at: datetime
    """The workflow's present: quiet hours are judged by it."""
    events: tuple[Event, ...]


class AnnouncementActivities:
    """Writes messages and sends them."""

    def __init__(self, engine: Engine, ways: Ways, secret: bytes) -> None:
        self.engine, self.ways, self.secret = engine, ways, secret
        self._senders = ThreadPoolExecutor(SENDERS, "sender")

    def tell(self, moment: Announce) -> bool:
        """Announce, for half a second at most: whether everything is settled. What is not is left to `announce`."""
        try:
            customer, messages = self._write(moment)
        except Exception:  # a fault of messages must not hold up the rows: `announce` fails by it, for all to see
            return False
        sending = [self._senders.submit(self._send, message, customer, moment) for message in messages]
        _, late = wait(sending, timeout=AT_ONCE.total_seconds())
        for one in late:
            one.cancel()
        return not late and all(_settled(one) for one in sending)

    @activity.defn
    def announce(self, moment: Announce) -> None:
        """Tell everybody concerned. Twice tells nobody twice: each message is known by case, event and recipient."""
        customer, messages = self._write(moment)
        waits = [wait for message in messages if (wait := self._send(message, customer, moment)) is not None]
        if waits:
            raise ApplicationError("messages are still on their way", type="NotYet", next_retry_delay=min(waits))

    def _send(self, message: Message, customer: Recipient, moment: Announce) -> timedelta | None:
        """None once settled, else how long to wait; one message's trouble must not hold up the others."""
        if message.state in SETTLED:
            return None
        try:
            deliver(self.engine, message, self.ways.way(message, customer, moment.policy, moment.at))
        except NotYet as not_yet:
            return not_yet.wait
        return None

    def _write(self, moment: Announce) -> tuple[Recipient, Sequence[Message]]:
        """The messages of the moment. Whom it concerns and by which way is decided once: a later try keeps to it."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            customer = recipient(session, moment.case, self.secret)
            known = _decided(session, moment)
            wanted = [event for event in moment.events if not any(_is_about(message, event) for message in known)]
            rows = [row.model_dump() for event in wanted for row in _rows(session, event, moment, customer)]
            if rows:
                session.execute(insert(Message).values(rows).on_conflict_do_nothing())
                known = _decided(session, moment)
            return customer, known


def _settled(sent: Future[timedelta | None]) -> bool:
    return sent.exception() is None and sent.result() is None


def _decided(session: Session, moment: Announce) -> Sequence[Message]:
    of_the_case = session.exec(select(Message).where(Message.case_id == moment.case).order_by(Message.key)).all()
    return [message for message in of_the_case if any(_is_about(message, event) for event in moment.events)]


def _is_about(message: Message, event: Event) -> bool:
    return message.key.startswith(_key(message.case_id, event))


def _key(case_id: UUID | None, event: Event) -> str:
    return f"{case_id}:{event.seq}:"


def _rows(session: Session, event: Event, moment: Announce, customer: Recipient) -> Iterator[Message]:
    told = announcement(event)
    if told is None:
        return
    due = _due(session, event, moment.case)
    if told.customer:
        for channel in _channels(told.customer, event, moment, customer):
            yield _row(moment.case, event, template=told.customer, channel=channel, due=due)
    if told.alert:
        for member in staff_for(session, told.audience, moment.case):
            yield _row(moment.case, event, template=f"alert_{told.alert}", channel="alert", due=due, staff_id=member.id)


def _due(session: Session, event: Event, case_id: UUID) -> datetime | None:
    """The time a message speaks of: a repeated alarm speaks of what is late, not of its own repetition."""
    if event.kind in ABOUT_THE_PROMISE:
        return None
    if event.kind is not EventKind.ALARM_REPEATED:
        return event.due
    alarms = select(Alert.due).where(Alert.case_id == case_id, Alert.kind == event.detail)
    return session.exec(alarms.order_by(col(Alert.raised_at).desc())).first()


def _channels(template: str, event: Event, moment: Announce, customer: Recipient) -> list[str]:
    """Which ways a message takes. SMS keep quiet hours, and nothing goes to a number that is not the customer's."""
    mail, sms = customer.mail is not None, _takes_sms(template, event, moment, customer)
    if template in BY_BOTH:
        return [channel for channel, has in (("mail", mail), ("sms", sms)) if has]
    if template in BY_MAIL_ONLY:
        return ["mail"] if mail else []
    order = (("sms", sms), ("mail", mail)) if template in BY_SMS_FIRST else (("mail", mail), ("sms", sms))
    return [channel for channel, has in order if has][:1]


def _takes_sms(template: str, event: Event, moment: Announce, customer: Recipient) -> bool:
    if customer.sms is None or event.detail == "wrong_number":
        return False
    return template in CAN_WAIT or is_decent(customer, moment.policy, max(moment.at, now()))


def _row(
    case_id: UUID, event: Event, *, template: str, channel: str, due: datetime | None, staff_id: UUID | None = None
) -> Message:
    key = f"{_key(case_id, event)}{template}:{channel}:{staff_id or 'customer'}"
    return Message(
        id=new_id(), key=key, case_id=case_id, template=template, channel=channel, staff_id=staff_id, due=due
    )
