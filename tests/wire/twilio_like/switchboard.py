"""Plays calls: rings, fetches our TwiML, says, gathers and dials, each call in a thread of its own."""

from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from xml.etree import ElementTree as Xml

from tests.wire.twilio_like import twiml
from tests.wire.twilio_like.bridge import Bridge
from tests.wire.twilio_like.courier import Courier
from tests.wire.twilio_like.ledger import Ledger
from tests.wire.twilio_like.legs import HungUp, Legs, Params
from tests.wire.twilio_like.people import People, Person, PicksUp
from tests.wire.twilio_like.records import Call, Recording
from tests.wire.twilio_like.twiml import Document, Misunderstood

MOST_DOCUMENTS = 40
MOMENT = 0.02
"""How long it takes here to say a sentence, to wait a second, to press a key."""


class Switchboard:
    """All calls under way; `close` ends them."""

    def __init__(self, ledger: Ledger, courier: Courier, people: People) -> None:
        self._stopping, self._threads = Event(), list[Thread]()
        self._ledger, self._courier, self._people = ledger, courier, people
        self.legs = Legs(ledger, courier, self._stopping)
        self._bridge = Bridge(self.legs, ledger, courier, people, self.follow)
        self._verbs: dict[str, Callable[[Call, Listener, Document, Xml.Element], Document | None]] = {
            "Say": self._say,
            "Play": self._say,
            "Pause": self._pause,
            "Gather": self._gather,
            "Dial": self._dial,
            "Record": self._record,
            "Redirect": self._redirect,
            "Hangup": _hang_up,
            "Reject": _hang_up,
        }

    def start(self, call: Call) -> None:
        """Put a call through, from its beginning to its end."""
        self._ledger.note(call)
        thread = Thread(target=self._play, args=(call, self._people.rung(_caller(call))), daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self, call: Call) -> None:
        """End a leg and what was dialled from it."""
        for leg in (call, *self._ledger.children(call)):
            leg.told_to_end.set()

    def close(self) -> None:
        """End what is under way."""
        self._stopping.set()
        for call in list(self._ledger.calls.values()):
            call.told_to_end.set()
        for thread in self._threads:
            thread.join(timeout=20)

    def _play(self, call: Call, person: Person) -> None:
        with suppress(HungUp):
            if call.direction == "inbound" or self.legs.ring(call, person):
                self.follow(call, person)
        self.legs.end(call, "completed" if call.answered else "canceled", seconds=person.said_to_talk)

    def follow(self, leg: Call, person: Person) -> None:
        """Do what the leg's TwiML says, from one document to the next. HungUp when it says so or is told so."""
        listener = Listener(person)
        try:
            document: Document | None = self._first(leg)
            for _ in range(MOST_DOCUMENTS):
                if document is None:
                    return
                document = self._run(leg, listener, document)
            raise Misunderstood("11205: our TwiML goes round and round")
        except Misunderstood as wrong:
            leg.error = leg.error or 11200
            self._ledger.note(f"{leg.url}: {wrong}")

    def _first(self, leg: Call) -> Document:
        if leg.twiml:
            return self._checked(twiml.read(leg.url, leg.twiml))
        return self._fetch(leg, leg.url, {})

    def _fetch(self, leg: Call, url: str, extra: Params) -> Document:
        answer = self._courier.ask(url, self.legs.facts(leg) | extra)
        if answer is None or not answer.is_success:
            raise Misunderstood(f"11200: our answer is {answer.status_code if answer else 'missing'}")
        if "xml" not in answer.headers.get("content-type", ""):
            raise Misunderstood(f"12300: the content type is {answer.headers.get('content-type')}")
        return self._checked(twiml.read(url, answer.text))

    def _checked(self, document: Document) -> Document:
        self._ledger.note(*twiml.complaints(document))
        return document

    def _run(self, leg: Call, listener: "Listener", document: Document) -> Document | None:
        for verb in document.verbs:
            do = self._verbs.get(verb.tag)
            if do is None:
                raise Misunderstood(f"12200: <{verb.tag}>")
            if verb.tag != "Reject" and verb.get("answerOnBridge") != "true":
                self.legs.pick_up(leg)
            following = do(leg, listener, document, verb)
            if following:
                return following
        return None

    def _say(self, leg: Call, listener: "Listener", document: Document, verb: Xml.Element) -> None:
        leg.heard.append((verb.text or "").strip())
        self.legs.wait(leg, MOMENT)

    def _pause(self, leg: Call, listener: "Listener", document: Document, verb: Xml.Element) -> None:
        self.legs.wait(leg, MOMENT)

    def _gather(self, leg: Call, listener: "Listener", document: Document, verb: Xml.Element) -> Document | None:
        for spoken in verb:
            self._say(leg, listener, document, spoken)
        self.legs.wait(leg, MOMENT)
        digits = listener.press(int(verb.get("numDigits", "1")))
        if not digits and verb.get("actionOnEmptyResult") != "true":
            return None
        return self._fetch(leg, document.resolve(verb.get("action", "")), {"Digits": digits})

    def _dial(self, leg: Call, listener: "Listener", document: Document, verb: Xml.Element) -> Document | None:
        dialled = self._bridge.dial(leg, listener.person, document, verb)
        action = document.resolve(verb.get("action", ""))
        if leg.told_to_end.is_set():
            # Whoever hung up, the dialling has ended, and that is told; the answer moves nobody any more.
            if "action" in verb.attrib:
                self._courier.ask(action, self.legs.facts(leg, "completed") | dialled)
            raise HungUp
        return self._fetch(leg, action, dialled) if "action" in verb.attrib else None

    def _record(self, leg: Call, listener: "Listener", document: Document, verb: Xml.Element) -> Document:
        self.legs.wait(leg, MOMENT)
        recording = Recording(leg.sid, (tuple(leg.heard),))
        told = self._bridge.keep(recording, leg, verb, document, listener.person.said_to_talk)
        return self._fetch(leg, document.resolve(verb.get("action", "")), told | {"Digits": "hangup"})

    def _redirect(self, leg: Call, listener: "Listener", document: Document, verb: Xml.Element) -> Document:
        return self._fetch(leg, document.resolve((verb.text or "").strip()), {})


class Listener:
    """The person on a leg while it is followed, and the keys they have not pressed yet."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self._keys = person.presses if person.picks_up is PicksUp.HUMAN else ""

    def press(self, count: int) -> str:
        """The next keys, or nothing."""
        pressed, self._keys = self._keys[:count], self._keys[count:]
        return pressed


def _caller(call: Call) -> str:
    """The person on this leg."""
    return call.from_ if call.direction == "inbound" else call.to


def _hang_up(leg: Call, listener: Listener, document: Document, verb: Xml.Element) -> Document | None:
    raise HungUp
