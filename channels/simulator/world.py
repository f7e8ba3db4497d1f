"""What the provider knows, as a fold of its log: the same after a restart as before."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import AwareDatetime, TypeAdapter

from channels.events import CallEvent, CallEventName, Event, InboundCall, InboundSms, MessageEvent
from channels.protocols import AlertToSend, CallProgress, CallState, CallToPlace, MailToSend, SmsToSend
from channels.simulator.log import Kind, Line
from channels.simulator.people import Behaviour, Script, Step, steps
from domain.policy import Frozen

_EVENT: TypeAdapter[Event] = TypeAdapter(Event)
_STOP_WORDS = {"STOP", "СТОП", "UNSUBSCRIBE"}
_START_WORDS = {"START", "СТАРТ"}


class AcceptedCall(CallToPlace):
    """A call taken on, with the behaviour its customer will show."""

    provider_id: str
    placed_at: AwareDatetime
    behaviour: Behaviour
    ring_seconds: float
    talk_seconds: float

    def course(self) -> Sequence[Step]:
        """How it will go."""
        return steps(self.behaviour, timedelta(seconds=self.ring_seconds), timedelta(seconds=self.talk_seconds))


class AcceptedSms(SmsToSend):
    """An SMS taken on."""

    provider_id: str
    accepted_at: AwareDatetime


class AcceptedMail(MailToSend):
    """An e-mail taken on."""

    provider_id: str
    accepted_at: AwareDatetime


class AcceptedAlert(AlertToSend):
    """An alert taken on."""

    provider_id: str
    accepted_at: AwareDatetime


class PersonScript(Frozen):
    """A script given to a phone or an address."""

    person: str
    script: Script


class Settled(Frozen):
    """This event needs no more callbacks."""

    event_id: str


class World:
    """People, calls and SMS, and the events whose callbacks are still owed."""

    def __init__(self) -> None:
        self.calls: dict[str, AcceptedCall] = {}
        self.progress: dict[str, CallProgress] = {}
        self.steps_done: dict[str, int] = {}
        self.sms: list[AcceptedSms] = []
        self.opted_out: set[str] = set()
        self.owed: dict[str, Event] = {}
        self._scripts: dict[str, Script] = {}
        self._calls_used: dict[str, int] = {}

    def script(self, person: str) -> Script:
        """How this person behaves."""
        return self._scripts.get(person.lower(), Script())

    def next_behaviour(self, phone: str) -> Behaviour:
        """How the next call to this phone goes."""
        return self.script(phone).behaviour(self._calls_used.get(phone, 0))

    def calls_to(self, phone: str, since: datetime) -> list[AcceptedCall]:
        """Calls to this customer, the oldest first."""
        return [call for call in self.calls.values() if call.customer_phone == phone and call.placed_at >= since]

    def sms_to(self, phone: str, since: datetime) -> list[AcceptedSms]:
        """SMS to this phone, the oldest first."""
        return [sms for sms in self.sms if sms.phone == phone and sms.accepted_at >= since]

    def apply(self, line: Line) -> Event | None:
        """Take one line of the log in; answers the event whose callback is owed because of it."""
        if not line.accepted:
            return None
        match line.kind:
            case Kind.SCRIPT:
                self._learn(PersonScript.model_validate(line.body))
            case Kind.CALL:
                self._take_call(AcceptedCall.model_validate(line.body))
            case Kind.SMS:
                return self._take_sms(AcceptedSms.model_validate(line.body))
            case Kind.MAIL:
                mail = AcceptedMail.model_validate(line.body)
                return self._owe_delivery(mail.address, mail)
            case Kind.EVENT | Kind.INBOUND:
                return self._take_event(_EVENT.validate_python(line.body))
            case Kind.DELIVERED | Kind.GAVE_UP:
                self.owed.pop(Settled.model_validate(line.body).event_id, None)
            case Kind.ALERT | Kind.VISIT:
                pass
        return None

    def _learn(self, told: PersonScript) -> None:
        self._scripts[told.person.lower()] = told.script
        self._calls_used.pop(told.person, None)

    def _take_call(self, call: AcceptedCall) -> None:
        self.calls[call.provider_id] = call
        self.progress[call.provider_id] = CallProgress(provider_id=call.provider_id, state=CallState.PLACED)
        self.steps_done[call.provider_id] = 0
        self._calls_used[call.customer_phone] = self._calls_used.get(call.customer_phone, 0) + 1

    def _take_sms(self, sms: AcceptedSms) -> Event | None:
        self.sms.append(sms)
        return self._owe_delivery(sms.phone, sms)

    def _owe_delivery(self, person: str, taken: AcceptedSms | AcceptedMail) -> Event | None:
        what = self.script(person).delivery.event
        if what is None or not person:  # of a forgotten message nothing is told any more
            return None
        event_id = f"{taken.provider_id}-{what}"
        return self._owe(MessageEvent(event_id=event_id, message_id=taken.message_id, event=what, at=taken.accepted_at))

    def _owe(self, event: Event) -> Event:
        self.owed[event.event_id] = event
        return event

    def _take_event(self, event: Event) -> Event:
        match event:
            case CallEvent():
                self.steps_done[event.call_id] += 1
                self.progress[event.call_id] = _advanced(self.progress[event.call_id], event)
            case InboundSms():
                self._heed(event)
            case MessageEvent() | InboundCall():
                pass
        return self._owe(event)

    def _heed(self, sms: InboundSms) -> None:
        word = sms.text.strip().upper()
        if word in _STOP_WORDS:
            self.opted_out.add(sms.phone)
        if word in _START_WORDS:
            self.opted_out.discard(sms.phone)


def _advanced(progress: CallProgress, event: CallEvent) -> CallProgress:
    change: dict[str, object] = {"state": CallState(event.event), "outcome": event.outcome}
    if event.event is CallEventName.ANSWERED:
        change["answered_at"] = event.at
    if event.event is CallEventName.ENDED:
        change["ended_at"] = event.at
    return progress.model_copy(update=change)
