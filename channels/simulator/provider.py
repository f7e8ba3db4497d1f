"""The provider at work: takes calls and messages on, plays the people, and owes callbacks until they are taken."""

import asyncio
import re
from collections.abc import Collection, Coroutine
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from pydantic import BaseModel

from channels.errors import Refused, RefusedReason
from channels.events import CallEvent, CallEventName, Event, InboundCall, InboundSms, RingEnd
from channels.protocols import AlertToSend, CallState, CallToPlace, MailToSend, ProviderCall, ProviderMessage, SmsToSend
from channels.simulator.courier import Courier
from channels.simulator.faults import Faults, Mode, Route
from channels.simulator.forgetting import without_copy, without_person
from channels.simulator.log import AppendOnlyLog, Kind
from channels.simulator.people import Script, Step
from channels.simulator.reader import links, visit
from channels.simulator.world import (
    AcceptedAlert,
    AcceptedCall,
    AcceptedMail,
    AcceptedSms,
    PersonScript,
    Settled,
    World,
)
from domain.words import AttemptOutcome

_E164 = re.compile(r"\+[1-9]\d{6,14}")


class Provider:
    """Every method writes to the log first; what is not in the log has not happened."""

    def __init__(self, log: AppendOnlyLog, courier: Courier, faults: Faults) -> None:
        self._log = log
        self._courier = courier
        self._faults = faults
        self._tasks: set[asyncio.Task[None]] = set()
        self.world = World()
        for line in log.lines:
            self.world.apply(line)

    def resume(self) -> None:
        """Take up, after a start, the calls that have not ended and the callbacks still owed."""
        for event in self.world.owed.values():
            self._start(self._tell(event))
        for call in self.world.calls.values():
            self._start(self._ring(call))

    def stop(self) -> None:
        """Drop everything under way; the log knows where to go on."""
        for task in self._tasks:
            task.cancel()

    def place(self, call: CallToPlace) -> ProviderCall:
        """Accept a call and start it; a malformed customer's number is refused, a specialist's is our own fault."""
        if not _E164.fullmatch(call.specialist_phone):
            raise self._refused(Kind.CALL, call, RefusedReason.CONFIG)
        if not _E164.fullmatch(call.customer_phone):
            raise self._refused(Kind.CALL, call, RefusedReason.INVALID_NUMBER)
        placed = ProviderCall(provider_id=f"call-{uuid4().hex}", placed_at=datetime.now(UTC))
        script = self.world.script(call.customer_phone)
        accepted = AcceptedCall(
            **call.model_dump(),
            **placed.model_dump(),
            behaviour=self.world.next_behaviour(call.customer_phone),
            ring_seconds=script.ring_seconds,
            talk_seconds=script.talk_seconds,
        )
        self._record(Kind.CALL, accepted)
        self._start(self._ring(accepted))
        return placed

    def cancel(self, provider_id: str) -> None:
        """Stop ringing, unless somebody has answered or it is over."""
        if self.world.progress[provider_id].state in (CallState.PLACED, CallState.RINGING):
            given_up = Step(timedelta(0), CallEventName.ENDED, AttemptOutcome.TECHNICAL)
            self._start(self._tell(self._happened(self.world.calls[provider_id], given_up)))

    def send_sms(self, sms: SmsToSend) -> ProviderMessage:
        """Accept an SMS; refused for a malformed number and after a STOP."""
        if not _E164.fullmatch(sms.phone):
            raise self._refused(Kind.SMS, sms, RefusedReason.INVALID_NUMBER)
        if sms.phone in self.world.opted_out:
            raise self._refused(Kind.SMS, sms, RefusedReason.OPTED_OUT)
        taken = _taken_on("sms")
        self._record(Kind.SMS, AcceptedSms(**sms.model_dump(), **taken.model_dump()))
        self._start(self._read(sms, self.world.script(sms.phone), links(sms.text)))
        return taken

    def send_mail(self, mail: MailToSend) -> ProviderMessage:
        """Accept an e-mail; a malformed address is refused."""
        if "@" not in mail.address:
            raise self._refused(Kind.MAIL, mail, RefusedReason.INVALID_ADDRESS)
        taken = _taken_on("mail")
        self._record(Kind.MAIL, AcceptedMail(**mail.model_dump(), **taken.model_dump()))
        self._start(self._read(mail, self.world.script(mail.address), links(mail.text, mail.html)))
        return taken

    def send_alert(self, alert: AlertToSend) -> ProviderMessage:
        """Accept an alert to staff."""
        taken = _taken_on("alert")
        self._record(Kind.ALERT, AcceptedAlert(**alert.model_dump(), **taken.model_dump()))
        return taken

    def write(self, phone: str, text: str) -> None:
        """This person sends us an SMS; STOP closes SMS to them, START opens it again."""
        event = InboundSms(event_id=f"inbound-{uuid4().hex}", phone=phone, text=text, at=datetime.now(UTC))
        self._record(Kind.INBOUND, event)

    def ring_us(self, phone: str, end: RingEnd) -> None:
        """This person rings our number; no telephone of ours rings here, so what becomes of it is said beforehand."""
        event = InboundCall(event_id=f"ring-{uuid4().hex}", phone=phone, end=end, at=datetime.now(UTC))
        self._record(Kind.INBOUND, event)

    def learn(self, person: str, script: Script) -> None:
        """From now on this person behaves so; the calls they have had do not count."""
        self._record(Kind.SCRIPT, PersonScript(person=person, script=script))

    def forget(self, kind: Kind, provider_id: str) -> None:
        """Delete what was said and to whom in this call or message; that it was stays on record."""
        gone = without_copy(self._log.lines, kind, provider_id)
        if not gone:
            raise Refused(RefusedReason.NOT_FOUND)
        self._log.replace(gone)

    def forget_person(self, addresses: Collection[str]) -> None:
        """The same for everything that bears one of these numbers and addresses, scripts and inbound SMS too."""
        self._log.replace(without_person(self._log.lines, addresses))

    def _refused(self, kind: Kind, what: BaseModel, reason: RefusedReason) -> Refused:
        self._log.append_refused(kind, what.model_dump(mode="json"), reason)
        return Refused(reason)

    def _record(self, kind: Kind, body: BaseModel) -> None:
        owed = self.world.apply(self._log.append(kind, body))
        # A call decides for itself when its events are told: they may have to come out of order.
        if owed is not None and kind is not Kind.EVENT:
            self._start(self._tell(owed))

    async def _ring(self, call: AcceptedCall) -> None:
        """Play what is left of a call; the callbacks of a reordered one wait for its end."""
        reordered = self._faults.take(Route.CALLBACKS, Mode.REORDER)
        held: list[Event] = []
        for step in call.course()[self.world.steps_done[call.provider_id] :]:
            await asyncio.sleep(step.after.total_seconds())
            if self.world.progress[call.provider_id].state is CallState.ENDED:  # cancelled
                break
            event = self._happened(call, step)
            if reordered:
                held.insert(0, event)
            else:
                self._start(self._tell(event))
        for late in held:
            self._start(self._tell(late))

    def _happened(self, call: AcceptedCall, step: Step) -> CallEvent:
        sequence = self.world.steps_done[call.provider_id]
        event = CallEvent(
            event_id=f"{call.provider_id}-{sequence}",
            attempt_id=call.attempt_id,
            call_id=call.provider_id,
            sequence=sequence,
            event=step.event,
            outcome=step.outcome,
            at=datetime.now(UTC),
        )
        self._record(Kind.EVENT, event)
        return event

    async def _tell(self, event: Event) -> None:
        taken = await self._courier.deliver(event)
        self._record(Kind.DELIVERED if taken else Kind.GAVE_UP, Settled(event_id=event.event_id))

    async def _read(self, message: SmsToSend | MailToSend, script: Script, urls: list[str]) -> None:
        if script.scans_links:
            await self._visit(message, ("HEAD", "GET"), urls)
        if script.presses_link is not None:
            pressed = [url for url in urls if re.search(script.presses_link, url)]
            await self._visit(message, ("GET",), pressed[:1])

    async def _visit(self, message: SmsToSend | MailToSend, methods: tuple[str, ...], urls: list[str]) -> None:
        async for seen in visit(message.message_id, methods, urls):
            self._record(Kind.VISIT, seen)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _taken_on(what: str) -> ProviderMessage:
    return ProviderMessage(provider_id=f"{what}-{uuid4().hex}", accepted_at=datetime.now(UTC))
