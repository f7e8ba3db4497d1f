"""`<Dial>`: rings one or several people from a leg, and connects it with the first who picks up."""

from collections.abc import Callable
from threading import Lock, Thread, Timer
from xml.etree import ElementTree as Xml

from tests.wire.twilio_like import twiml
from tests.wire.twilio_like.courier import Courier
from tests.wire.twilio_like.ledger import Ledger
from tests.wire.twilio_like.legs import HungUp, Legs, Params
from tests.wire.twilio_like.people import People, Person
from tests.wire.twilio_like.records import VERSION, Call, Recording
from tests.wire.twilio_like.twiml import Document

Follow = Callable[[Call, Person], None]


class Bridge:
    """Dials from legs."""

    def __init__(self, legs: Legs, ledger: Ledger, courier: Courier, people: People, follow: Follow) -> None:
        self._legs, self._ledger, self._courier, self._people = legs, ledger, courier, people
        self._follow = follow

    def dial(self, leg: Call, person: Person, document: Document, verb: Xml.Element) -> Params:
        """Ring them all at once and talk to the first; what the action address is told of it."""
        children = [twiml.child_of(leg, document, verb, number) for number in twiml.numbers_of(verb)]
        self._ledger.note(*children)
        dialling = _Dialling(leg, person, children)
        threads = [Thread(target=self._ring, args=(dialling, child), daemon=True) for child in children]
        with dialling.for_as_long_as_they_wait():
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return self._result(dialling, verb, document)

    def keep(self, recording: Recording, leg: Call, verb: Xml.Element, document: Document, seconds: int) -> Params:
        """A recording of this call, told where the verb says; what the action address is told of it."""
        url = f"https://api.twilio.com/{VERSION}/Accounts/{leg.account}/Recordings/{recording.sid}"
        made = {"RecordingSid": recording.sid, "RecordingUrl": url, "RecordingDuration": str(seconds)}
        self._ledger.recordings[recording.sid] = recording
        if callback := verb.get("recordingStatusCallback"):
            facts = {"AccountSid": leg.account, "CallSid": leg.sid, "RecordingStatus": "completed"}
            source = {"RecordingChannels": "1", "RecordingSource": f"{verb.tag}Verb"}
            self._courier.ask(document.resolve(callback), {**facts, **made, **source})
        return made

    def _ring(self, dialling: "_Dialling", child: Call) -> None:
        person = self._people.rung(child.to)
        try:
            if not twiml.E164.fullmatch(child.to):
                child.error = 13224
                self._legs.end(child, "failed")
            elif self._legs.ring(child, person):
                self._talk(dialling, child, person)
        except HungUp:
            self._legs.end(child, "completed" if child.answered else "canceled", seconds=dialling.lasted(child, person))

    def _talk(self, dialling: "_Dialling", child: Call, person: Person) -> None:
        """First whoever was dialled alone, if there is something for them to hear; then both."""
        if child.url:
            self._follow(child, person)
        if not dialling.connect(child):
            raise HungUp
        self._legs.pick_up(dialling.leg)
        if child.amd_callback:
            found = {"CallSid": child.sid, "AccountSid": child.account, "AnsweredBy": person.picks_up.value}
            self._courier.ask(child.amd_callback, {**found, "MachineDetectionDuration": "2400"})
        self._legs.wait(child, person.talk)
        if dialling.person.hangs_up_first:
            dialling.leg.told_to_end.set()
        self._legs.end(child, "completed", seconds=person.said_to_talk)

    def _result(self, dialling: "_Dialling", verb: Xml.Element, document: Document) -> Params:
        one = dialling.connected or dialling.children[-1]
        said = {"DialCallSid": one.sid, "DialCallStatus": one.status}
        said["DialBridged"] = "true" if dialling.connected else "false"
        if one.status == "completed":
            said["DialCallDuration"] = str(one.seconds)
        if dialling.recording and verb.get("record", "do-not-record") != "do-not-record":
            said |= self.keep(dialling.recording, dialling.leg, verb, document, one.seconds)
        return said


class _Dialling:
    """One `<Dial>` under way: who is rung, and who was first."""

    def __init__(self, leg: Call, person: Person, children: list[Call]) -> None:
        self.leg, self.person, self.children = leg, person, children
        self.connected: Call | None = None
        self.recording: Recording | None = None
        """Of the conversation, where it is kept."""
        self._lock = Lock()

    def connect(self, child: Call) -> bool:
        """False when somebody else was first, or the caller has gone."""
        with self._lock:
            if self.connected or self.leg.told_to_end.is_set():
                return False
            self.connected = child
            self.recording = Recording(self.leg.sid, (tuple(self.leg.heard), tuple(child.heard)))
        for other in self.children:
            if other is not child:
                other.told_to_end.set()
        return True

    def lasted(self, child: Call, person: Person) -> int:
        """Seconds; of somebody who picked up in vain as good as none."""
        return person.said_to_talk if child is self.connected else 1

    def for_as_long_as_they_wait(self) -> "_Patience":
        """The caller hangs up when nobody has picked up after so long."""
        return _Patience(self.person.patience, self._leave)

    def _leave(self) -> None:
        with self._lock:
            if self.connected:
                return
            self.leg.told_to_end.set()
        for child in self.children:
            child.told_to_end.set()


class _Patience:
    """A timer that need not be there."""

    def __init__(self, seconds: float | None, leave: Callable[[], None]) -> None:
        self._timer = None if seconds is None else Timer(seconds, leave)

    def __enter__(self) -> None:
        if self._timer:
            self._timer.start()

    def __exit__(self, *_: object) -> None:
        if self._timer:
            self._timer.cancel()
