"""Whole cases, from the survey webhook to the final mail's score link, each with trouble of its own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from uuid import UUID

from api.shown import StepOut
from domain.words import AttemptOutcome
from ops.demo.browser import Browser
from ops.demo.screen import key_of
from ops.demo.wire import Desk, Json
from tests.wire.faults import Fault, Mode
from tests.wire.town import CALLER_ID, Town, until
from tests.wire.twilio_like.courier import Manner
from tests.wire.twilio_like.people import Person, PicksUp
from tests.wire.twilio_like.records import Call

REACHED, TECHNICAL = AttemptOutcome.REACHED, AttemptOutcome.TECHNICAL
SOLUTION: Json = {"cause": "other", "text": "Переустановили программу.", "solved": True, "one_conversation": True}
PATIENCE = timedelta(seconds=90)
"""What may have been placed is only called lost after twenty seconds."""
_LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Story:
    """What happens, and how the attempts must end; at last the customer is reached, and answers the final survey."""

    name: str
    customer: tuple[Person, ...] = (Person(),)
    specialist: tuple[Person, ...] = (Person(),)
    attempts: tuple[AttemptOutcome, ...] = (REACHED,)
    has_mail: bool = True
    new_number: bool = False
    """The customer gives another number, by the link they are sent."""
    rings_us: bool = False
    """Before anybody rings them: that is how they are reached."""
    writes: str = ""
    """Before anybody rings them, by SMS; it ends the case."""
    ending: str = "closed answered"
    manners: tuple[Manner, ...] = ()
    call_fault: Mode | None = None
    sms_fault: Mode | None = None
    mail_fault: Mode | None = None
    posts: int = 1
    """How many POSTs the provider sees for what is faulty; one for each attempt, where nothing is."""

    @property
    def placed(self) -> tuple[AttemptOutcome, ...]:
        """The attempts that are ours."""
        return () if self.rings_us or self.writes else self.attempts


def _then_reached(name: str, outcome: AttemptOutcome, first: Person) -> Story:
    return Story(name, customer=(first, Person()), attempts=(outcome, REACHED), posts=2)


def _not_taken(name: str, first: Person) -> Story:
    return Story(name, specialist=(first, Person()), attempts=(TECHNICAL, REACHED), posts=2)


_AFTER = (Mode.HANG_AFTER, Mode.DROP_AFTER, Mode.UNAVAILABLE_AFTER)
_BEFORE = (Mode.HANG_BEFORE, Mode.DROP_BEFORE, Mode.UNAVAILABLE_BEFORE)
_STRANGE = (Manner.REPEATED, Manner.REVERSED, Manner.FORGED)
_INVALID = Person(PicksUp.OFF, leg_fails_with=13224)

STORIES: tuple[Story, ...] = (
    Story("straight"),
    Story("straight, without mail", has_mail=False),
    _then_reached("voicemail", AttemptOutcome.VOICEMAIL, Person(PicksUp.MACHINE)),
    _then_reached("busy", AttemptOutcome.BUSY, Person(PicksUp.BUSY)),
    _then_reached("no answer", AttemptOutcome.NO_ANSWER, Person(PicksUp.NO_ANSWER)),
    _then_reached("off", AttemptOutcome.UNAVAILABLE, Person(PicksUp.OFF)),
    Story("no such number", (_INVALID,), attempts=(AttemptOutcome.INVALID, REACHED), new_number=True, posts=2),
    Story(
        "specialist presses nothing", specialist=(Person(presses=""), Person()), attempts=(TECHNICAL, REACHED), posts=2
    ),
    Story("specialist presses 2", specialist=(Person(presses="2"), Person()), attempts=(TECHNICAL, REACHED), posts=2),
    _not_taken("specialist's voicemail", Person(PicksUp.MACHINE)),
    Story("specialist hangs up first", specialist=(Person(hangs_up_first=True),)),
    Story("customer rings us", rings_us=True),
    Story("customer rings us, another answers", rings_us=True, specialist=(Person(PicksUp.NO_ANSWER),)),
    Story("customer writes STOP", writes="Стоп!", ending="closed withdrawn", attempts=(), has_mail=False),
    Story("callbacks repeated, reversed and forged", manners=_STRANGE),
    *(Story(f"calls: {mode}", call_fault=mode) for mode in _AFTER),
    *(Story(f"calls: {mode}", call_fault=mode, attempts=(TECHNICAL, REACHED), posts=2) for mode in _BEFORE),
    Story(f"calls: {Mode.TOO_MANY}", call_fault=Mode.TOO_MANY, posts=2),
    *(Story(f"sms: {mode}", has_mail=False, sms_fault=mode) for mode in _AFTER),
    *(Story(f"sms: {mode}", has_mail=False, sms_fault=mode, posts=2) for mode in (Mode.DROP_BEFORE, Mode.TOO_MANY)),
    *(Story(f"mail: {mode}", mail_fault=mode) for mode in _AFTER),
    Story(f"mail: {Mode.TOO_MANY}", mail_fault=Mode.TOO_MANY, posts=2),
)


@dataclass
class Played:
    """One story as it went."""

    story: Story
    place: int
    case: UUID | None = None
    steps: Sequence[str] = ()
    """Kind and detail of each step of the timeline."""
    failure: str = ""
    before_final: int = 0
    """POSTs for this customer before the final survey was due, or before they wanted no more of them."""
    numbers: list[str] = field(default_factory=list)
    heard: tuple[str, ...] = ()
    """What the customer heard who rang us."""

    @cached_property
    def specialists_phone(self) -> str:
        """Theirs alone."""
        return f"+7495111{self.place:04}"

    @cached_property
    def address(self) -> str:
        """The customer's; they may have none."""
        return f"customer{self.place}@wire.example.com"

    @property
    def reached_by(self) -> str:
        """Where the final survey goes."""
        return self.address if self.story.has_mail else self.numbers[-1]


class Player:
    """Plays one story in a town."""

    def __init__(self, town: Town, played: Played) -> None:
        self._town, self.played, self.story = town, played, played.story
        self.played.numbers.append(f"+7916555{played.place:04}")

    def play(self) -> None:
        """From beginning to end. AssertionError, or one of the demo's errors, when it does not go on."""
        self._set_the_scene()
        with self._town.specialist(self.played.specialists_phone) as desk:
            self._play_at(desk)

    def _play_at(self, desk: Desk) -> None:
        self._ask_for_a_call()
        self._wait("opened")
        desk.command(self._case, "claim")
        if self.story.rings_us:
            self._ring_us(desk)
        if self.story.writes:
            self._write_us()
        else:
            self._go_through(desk)
        self._wait("closed")
        self.played.steps = [key_of(step) for step in desk.timeline(self._case).steps]

    def _go_through(self, desk: Desk) -> None:
        """Reach the customer, solve it, ask them."""
        for number, outcome in enumerate(self.story.placed, start=1):
            self._ring(desk, number, outcome)
        self.played.before_final = len(self.posts_to_customer())
        self._plan_faults_of_the_final_survey()
        desk.command(self._case, "resolution", SOLUTION)
        self._answer_final_survey()

    @property
    def _case(self) -> UUID:
        assert self.played.case
        return self.played.case

    def posts_to_customer(self) -> list[str]:
        """The SMS or letters that a provider was asked for, by the customer's present way."""
        if self.story.has_mail:
            return [address for address in self._town.sendgrid.posts if address == self.played.address]
        asked = self._town.twilio.ledger.posts("Messages", To=self.played.numbers[-1])
        return [one.form["To"] for one in asked]

    def legs_to_customer(self) -> list[Call]:
        """The calls in which the customer's telephone was dialled."""
        calls = list(self._town.twilio.ledger.calls.values())
        return [call for call in calls if call.to in self.played.numbers]

    def _set_the_scene(self) -> None:
        twilio, phone = self._town.twilio, self.played.specialists_phone
        twilio.people.script(self.played.numbers[0], *self.story.customer)
        twilio.people.script(phone, *self.story.specialist)
        for number in (phone, self.played.numbers[0]):
            twilio.courier.tell_so(number, *self.story.manners)
        self._town.sendgrid.manners[self.played.address] = frozenset(self.story.manners)
        if self.story.call_fault:
            twilio.faults.plan("Calls", Fault(self.story.call_fault), of=phone)

    def _plan_faults_of_the_final_survey(self) -> None:
        if self.story.sms_fault:
            self._town.twilio.faults.plan("Messages", Fault(self.story.sms_fault), of=self.played.numbers[-1])
        if self.story.mail_fault:
            fault = Fault(self.story.mail_fault, timedelta(seconds=2))
            self._town.sendgrid.faults.plan("mail/send", fault, of=self.played.address)

    def _ask_for_a_call(self) -> None:
        customer: Json = {"id": f"wire-{self.played.place}", "name": "Анна Полянская"}
        if self.story.has_mail:
            customer["email"] = self.played.address
        response: Json = {
            "response_id": f"wire-{self.played.place}",
            "form": "after-renewal",
            "submitted_at": datetime.now(UTC).isoformat(),
            "customer": customer,
            "contact": {"requested": True, "phone": self.played.numbers[0]},
            "scores": {"nps": 0},
            "comment": "Программа не запускается, замолкает.",
        }
        with self._town.platform() as platform:
            self.played.case = platform.deliver(response, expected=202)
        self._town.live.follow(self._case, self.story.name)

    def _ring(self, desk: Desk, number: int, outcome: AttemptOutcome) -> None:
        if number > 1 and self.story.new_number:
            self._give_another_number()
        desk.command(self._case, "calls")
        ended = key_of(self._wait("attempt_ended", count=number))
        assert ended == f"attempt_ended {outcome}", ended

    def _write_us(self) -> None:
        self.played.before_final = len(until(self.posts_to_customer, "that the request was received, by SMS"))
        url = f"{self._town.api}/webhooks/twilio/sms"
        assert self._town.twilio.write_us(self.played.numbers[0], CALLER_ID, self.story.writes, url) == 200

    def _ring_us(self, desk: Desk) -> None:
        desk.go_on_duty()
        inbound = f"{self._town.api}/webhooks/twilio/inbound"
        call = self._town.twilio.ring_us(self.played.numbers[0], CALLER_ID, inbound, status_url=f"{inbound}/ended")
        self._town.twilio.ledger.wait(lambda _: call.told_of_its_end, PATIENCE.total_seconds())
        self.played.heard = tuple(call.heard)
        assert key_of(self._wait("customer_rang")) == "customer_rang reached"

    def _give_another_number(self) -> None:
        link = self._link("/c/")
        self.played.numbers.append(f"+7916777{self.played.place:04}")
        with Browser() as browser:
            browser.send(*browser.open(link), {"phone": self.played.numbers[-1]})
        self._wait("number_given")

    def _answer_final_survey(self) -> None:
        link = self._link("/s/")
        with Browser() as browser:
            browser.scan((link,))
            browser.send(*browser.open(link), {"tnps": "0", "solved": "yes"})

    def _link(self, path: str) -> str:
        """The first link to such a page in a message to the customer."""
        return until(lambda: next((link for link in self._links() if path in link), None), f"a link to {path}")

    def _links(self) -> list[str]:
        if self.story.has_mail:
            return [link for letter in self._town.sendgrid.to(self.played.address) for link in letter.links()]
        messages = list(self._town.twilio.ledger.messages.values())
        texts = [message.body for message in messages if message.to in self.played.numbers]
        return [link for text in texts for link in _LINK.findall(text)]

    def _wait(self, kind: str, *, count: int = 1) -> StepOut:
        return self._town.live.wait(self._case, kind, count=count, patience=PATIENCE)
