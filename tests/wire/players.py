"""Plays a story in a town: as the customer, as the specialist, and as the lead who sees the alarm."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from uuid import UUID

import httpx2

from api.shown import StepOut
from domain.words import AttemptOutcome
from ops.demo.browser import Browser
from ops.demo.errors import DemoError
from ops.demo.screen import key_of
from ops.demo.wire import Desk, Json
from tests.waiting import until
from tests.wire.faults import Fault
from tests.wire.sendgrid_like.letters import Fate, Letter
from tests.wire.slack_like import HOOK
from tests.wire.stories import Story
from tests.wire.town import ALARM_REPEAT, CALLER_ID, Town
from tests.wire.twilio_like.ledger import Asked
from tests.wire.twilio_like.records import Call

SOLUTION: Json = {"cause": "other", "text": "Переустановили программу.", "solved": True, "one_conversation": True}
PATIENCE = timedelta(seconds=90)
"""What may have been placed is only called lost after twenty seconds."""
OTHERWISE = (AssertionError, DemoError, httpx2.HTTPError)
_LINK = re.compile(r"https?://\S+")


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

    @cached_property
    def specialists_address(self) -> str:
        """Theirs alone; they have one where the story is about alerts."""
        return f"specialist{self.place}@wire.example.com"


class Player:
    """Plays one story in a town."""

    def __init__(self, town: Town, played: Played) -> None:
        self._town, self.played, self.story = town, played, played.story
        self.played.numbers.append(f"+7916555{played.place:04}")

    def play(self) -> None:
        """From beginning to end. AssertionError, or one of the demo's errors, when it does not go on."""
        self._set_the_scene()
        mail = self.played.specialists_address if self.story.slack_fault else None
        with self._town.specialist(self.played.specialists_phone, mail) as desk:
            self._play_at(desk)

    def _play_at(self, desk: Desk) -> None:
        self._ask_for_a_call()
        self._wait("opened")
        desk.command(self._case, "claim")
        self._come_first(desk)
        if self.story.writes:
            self._write_us()
        else:
            self._go_through(desk)
        self._wait("closed")
        self.played.steps = [key_of(step) for step in desk.timeline(self._case).steps]

    def _come_first(self, desk: Desk) -> None:
        """What happens before anybody rings the customer."""
        if self.story.rings_us:
            self._ring_us(desk, "reached")
        if self.story.rings_in_vain:
            self._ring_us(desk, "missed")
            self._wait("next_attempt_due")
        if self.story.agrees:
            self._agree_on_a_time(desk)
        if self.story.slack_fault:
            self._see_the_alarm()

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

    def sms_to(self, number: str) -> list[Asked]:
        """The SMS to a number about this case that a provider was asked for."""
        return self._town.twilio.ledger.posts("Messages", To=number)

    def alerts_by_mail(self) -> list[Letter]:
        """What the specialist got."""
        return self._town.sendgrid.to(self.played.specialists_address)

    def posts_to_customer(self) -> list[str]:
        """The SMS or letters that a provider was asked for, by the customer's present way."""
        if self.story.has_mail:
            return [address for address in self._town.sendgrid.posts if address == self.played.address]
        return [one.form["To"] for one in self.sms_to(self.played.numbers[-1])]

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
        self._town.sendgrid.fates[self.played.address] = self.story.mail_fate
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
            "form": self.story.form,
            "submitted_at": datetime.now(UTC).isoformat(),
            "customer": customer,
            "contact": {"requested": True, "phone": self.played.numbers[0]},
            "scores": {"nps": 0},
            "comment": "Программа не запускается, замолкает.",
        }
        with self._town.platform() as platform:
            self.played.case = platform.deliver(response, expected=202)
        if self.story.slack_fault:
            self._town.slack.faults.plan(HOOK, Fault(self.story.slack_fault), of=str(self._case))
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

    def _ring_us(self, desk: Desk, how: str) -> None:
        desk.go_on_duty()
        inbound = f"{self._town.api}/webhooks/twilio/inbound"
        call = self._town.twilio.ring_us(self.played.numbers[0], CALLER_ID, inbound, status_url=f"{inbound}/ended")
        self._town.twilio.ledger.wait(lambda _: call.told_of_its_end, PATIENCE.total_seconds())
        self.played.heard = tuple(call.heard)
        assert key_of(self._wait("customer_rang")) == f"customer_rang {how}"

    def _agree_on_a_time(self, desk: Desk) -> None:
        letters = len(self.posts_to_customer())
        desk.command(self._case, "callbacks", {"time": (datetime.now(UTC) + timedelta(hours=1)).isoformat()})
        self._wait("message_failed")
        until(lambda: len(self.posts_to_customer()) > letters, "the agreed time, by mail")

    def _see_the_alarm(self) -> None:
        """The second alert has come: a lead has seen it; and the third would have come."""
        self._wait("alarm_repeated")
        until(lambda: len(self.alerts_by_mail()) + self._town.slack.said_about(self._case) >= 2, "two alerts")
        with self._town.lead() as lead:
            lead.command(self._case, "acknowledgement")
            repeats = [step for step in lead.timeline(self._case).steps if step.kind == "alarm_repeated"]
        again = repeats[-1].at + ALARM_REPEAT * 2 ** len(repeats)
        until(lambda: datetime.now(UTC) > again + ALARM_REPEAT, "the time of another alert")

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
        """The first link to such a page in a message that the customer has got."""
        return until(lambda: next((link for link in self._links() if path in link), None), f"a link to {path}")

    def _links(self) -> list[str]:
        arrive = self._town.sendgrid.fates[self.played.address] is Fate.DELIVERED
        letters = self._town.sendgrid.to(self.played.address) if arrive else []
        messages = list(self._town.twilio.ledger.messages.values())
        texts = [message.body for message in messages if message.to in self.played.numbers]
        by_mail = [link for letter in letters for link in letter.links()]
        return by_mail + [link for text in texts for link in _LINK.findall(text)]

    def _wait(self, kind: str, *, count: int = 1) -> StepOut:
        return self._town.live.wait(self._case, kind, count=count, patience=PATIENCE)


def play_in_turn(players: Sequence[Player]) -> None:
    """One story after the other; one that does not go on is marked, and the next is played all the same."""
    for player in players:
        try:
            player.play()
        except OTHERWISE as error:
            player.played.failure = f"{type(error).__name__}: {error}"
