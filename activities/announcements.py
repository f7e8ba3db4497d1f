"""Who is told of a moment: the customer by mail or SMS, the staff by alert; each message a row before it goes out."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session, col, select
from temporalio import activity

from activities.choosing import CUSTOMER, Hour, channels_for, substitute
from activities.delivery import NotYet, deliver
from activities.patience import not_yet
from activities.ways import ALERT, Ways
from channels.alerts.routing import Routes, routes_from
from db.addressed import addressed
from db.columns import new_id
from db.outreach import SETTLED, Alert, Message, add
from db.recipients import Recipient, recipient, staff_for
from db.short import step_by_step
from db.staff import Staff
from domain.announcements import Announcement, announcement
from domain.events import Event, EventKind
from domain.policy import Frozen, Policy
from domain.words import AttemptOutcome

ABOUT_THE_PROMISE = frozenset({EventKind.PROMISE_WARNED, EventKind.NOT_CALLED_WARNED})
"""They fall due before the promise, and speak of its due time."""


BUILT_IN = routes_from(None)
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

    def __init__(self, engine: Engine, ways: Ways, secret: bytes, routes: Routes = BUILT_IN) -> None:
        """`routes`: whom the installation wants told of an alert, where it says so."""
        self.engine, self.ways, self.secret, self.routes = engine, ways, secret, routes
        self._senders = ThreadPoolExecutor(SENDERS, "sender")

    def tell(self, moment: Announce, customer: Recipient | None = None) -> bool:
        """Announce, for half a second at most: whether everything is settled. What is not is left to `announce`.

        `customer`: as just read.
        """
        try:
            customer, messages = self._write(moment, customer)
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
            raise not_yet("messages are still on their way", min(waits))

    def _send(self, message: Message, customer: Recipient, moment: Announce) -> timedelta | None:
        """None once settled, else how long to wait; one message's trouble must not hold up the others."""
        if message.state in SETTLED:
            return None
        try:
            deliver(self.engine, message, self.ways.way(message, customer, moment.policy, moment.at))
        except NotYet as not_yet:
            return not_yet.wait
        return None

    def _write(self, moment: Announce, customer: Recipient | None = None) -> tuple[Recipient, Sequence[Message]]:
        """The messages of the moment. Whom it concerns and by which way is decided once: a later try keeps to it."""
        with step_by_step(self.engine) as session:
            customer = customer or recipient(session, moment.case, self.secret)
            known = _decided(session, moment)
            wanted = [event for event in moment.events if not any(_is_about(message, event) for message in known)]
            rows = [row for event in wanted for row in self._rows(session, event, moment, customer)]
            if not rows:
                return customer, known
            if add(session, rows) < len(rows):  # another try has decided at the same moment
                return customer, _decided(session, moment)
            return customer, [*known, *rows]

    def _rows(self, session: Session, event: Event, moment: Announce, customer: Recipient) -> Iterator[Message]:
        told = announcement(event)
        if told is None:
            return
        due = _due(session, event, moment.case)
        if told.by_another_way:
            yield from _substitutes(session, event, moment, customer)
        if told.customer:
            for channel in channels_for(told.customer, _as_far_as_known(customer, event), _hour(moment)):
                yield _row(moment.case, event, template=told.customer, channel=channel, due=due)
        if told.alert:
            template = f"{ALERT}{told.alert}"
            for member in self._alerted(session, told, moment.case):
                yield _row(moment.case, event, template=template, channel="alert", due=due, staff_id=member.id)

    def _alerted(self, session: Session, told: Announcement, case_id: UUID) -> Sequence[Staff]:
        chosen = self.routes.of(told.alert or "").addressees
        return addressed(session, chosen, case_id) if chosen else staff_for(session, told.audience, case_id)


def _settled(sent: Future[timedelta | None]) -> bool:
    return sent.exception() is None and sent.result() is None


def _decided(session: Session, moment: Announce) -> Sequence[Message]:
    of_the_case = session.exec(select(Message).where(Message.case_id == moment.case).order_by(Message.key)).all()
    return [message for message in of_the_case if any(_is_about(message, event) for event in moment.events)]


def _is_about(message: Message, event: Event) -> bool:
    return message.key.startswith(_key(message.case_id, event))


def _key(case_id: UUID | None, event: Event) -> str:
    return f"{case_id}:{event.seq}:"


def _due(session: Session, event: Event, case_id: UUID) -> datetime | None:
    """The time a message speaks of: a repeated alarm speaks of what is late, not of its own repetition."""
    if event.kind in ABOUT_THE_PROMISE:
        return None
    if event.kind is not EventKind.ALARM_REPEATED:
        return event.due
    alarms = select(Alert.due).where(Alert.case_id == case_id, Alert.kind == event.detail)
    return session.exec(alarms.order_by(col(Alert.raised_at).desc())).first()


def _substitutes(session: Session, event: Event, moment: Announce, customer: Recipient) -> Iterator[Message]:
    """What failed is told by another way; that it failed is known by its event, so twice is once."""
    found = substitute(session, event.ref, customer, _hour(moment))
    if found:
        yield _row(moment.case, event, template=found.template, channel=found.channel, due=found.due, whose=found.whose)


def _hour(moment: Announce) -> Hour:
    return Hour(moment.policy, moment.at)


def _as_far_as_known(customer: Recipient, event: Event) -> Recipient:
    """Nothing goes to a number that is not the customer's."""
    return replace(customer, sms=None) if event.detail == AttemptOutcome.WRONG_NUMBER else customer


def _row(
    case_id: UUID,
    event: Event,
    *,
    template: str,
    channel: str,
    due: datetime | None,
    staff_id: UUID | None = None,
    whose: str = CUSTOMER,
) -> Message:
    key = f"{_key(case_id, event)}{template}:{channel}:{staff_id or whose}"
    return Message(
        id=new_id(), key=key, case_id=case_id, template=template, channel=channel, staff_id=staff_id, due=due
    )
