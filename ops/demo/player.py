"""What the people of one loop do, each by the public way of their role."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from api.shown import StepOut
from channels.simulator.people import Behaviour, Script
from domain.state import Snapshot
from ops.demo.browser import Browser, Form
from ops.demo.errors import Unexpected
from ops.demo.live import Live
from ops.demo.people import Customer
from ops.demo.post import Post
from ops.demo.screen import Screen
from ops.demo.wire import Desk, Json, Platform, Simulator

FORM = "demo"
"""The form of the forms file whose policy runs in seconds."""
PATIENCE = timedelta(seconds=30)
"""How long a step is waited for that nothing but the system's own work holds up."""
NEWS, REPEAT = 202, 200
"""How the webhook answers a delivery that tells something new, and one that does not."""
RING_SECONDS, TALK_SECONDS = 0.8, 1.5
SLOT_IN = timedelta(seconds=20)
"""The customer chooses a time that is still on offer when their form arrives."""


@dataclass(frozen=True)
class Stage:
    """Everything the players share."""

    platform: Platform
    simulator: Simulator
    post: Post
    live: Live
    screen: Screen
    staff: Mapping[str, Desk]
    """By the name their token has in the run file: specialist, specialist 2, second_line, lead, manager."""


class Player:
    """Plays one loop: its customer, and whoever of the staff works on it. `case` is the case being played."""

    def __init__(self, stage: Stage, customer: Customer, label: str) -> None:
        self._stage, self.customer, self.label = stage, customer, label
        self._browser = Browser()
        self._opened: set[str] = set()
        self._owner = "specialist"
        self._calls = 0
        self.cases: list[UUID] = []

    @property
    def case(self) -> UUID:
        """The case being played."""
        return self.cases[-1]

    # The customer and the survey platform

    def behave(self, *calls: Behaviour) -> None:
        """Pick up, or not, when rung; the last one repeats."""
        script = Script(calls=calls, ring_seconds=RING_SECONDS, talk_seconds=TALK_SECONDS)
        self._stage.simulator.direct(self.customer.phone, script)

    def fill_in_survey(self, *, comment: str, nps: int, phone: str | None = None) -> None:
        """Begin the survey, tick the box, finish it; the platform tells of each, and once twice."""
        if phone is None:
            self.behave(Behaviour.ANSWERS)
        platform = self._stage.platform
        begun = self._begun()
        ticked = begun | {"contact": {"requested": True, "phone": phone or self.customer.phone_as_typed}}
        finished = ticked | {"finished": True, "comment": comment, "scores": {"nps": nps}}
        self._follow(platform.deliver(_now(begun), expected=NEWS))
        platform.deliver(_now(ticked), expected=NEWS)
        self._deed(f"gives us {nps} of 10 and ticks “I want a specialist to contact me”")
        last = _now(finished)
        platform.deliver(last, expected=NEWS)
        platform.deliver(last, expected=REPEAT)
        self.wait("response_amended")

    def open_letter(self, path: str) -> tuple[str, Form]:
        """Wait for a message with a link to such a page; a scanner opens all its links, then the customer opens it."""
        addresses = self.customer.addresses
        letter = self._stage.post.letter(addresses, path, known=self._opened, patience=PATIENCE)
        self._browser.scan(letter.links)
        link = next(one for one in letter.links if path in one)
        self._opened.update(letter.links)
        self._deed(f"opens the link in our {'e-mail' if letter.way == 'mail' else 'SMS'}")
        return self._browser.open(link)

    def choose_callback(self) -> None:
        """Pick another time by the link."""
        link, form = self.open_letter("/c/")
        soonest = datetime.now(UTC) + SLOT_IN
        slot = next((one for one in form.choices.get("time", []) if datetime.fromisoformat(one) >= soonest), None)
        if slot is None:
            raise Unexpected("the page offers no time to choose")
        self._browser.send(link, form, {"time": slot})
        self._deed(f"picks another time: {datetime.fromisoformat(slot):%H:%M:%S}")

    def withdraw(self) -> None:
        """Ask by the link for no more calls."""
        link, _ = self.open_letter("/c/")
        address = f"{link}/withdrawal"
        self._browser.scan((address,))
        self._browser.send(*self._browser.open(address), {})
        self._deed("asks for no more calls")

    def give_number(self) -> None:
        """Send a number that can be rung."""
        self.behave(Behaviour.ANSWERS)
        link, form = self.open_letter("/c/")
        self._browser.send(link, form, {"phone": self.customer.phone_as_typed})
        self._deed("leaves a number that can be rung")

    def answer_final_survey(self, *, tnps: int, solved: str, again: str = "") -> None:
        """Answer by the link; `again` asks for contact once more, with these words."""
        link, form = self.open_letter("/s/")
        wishes = {"contact": "yes", "comment": again} if again else {}
        self._browser.send(link, form, {"tnps": str(tnps), "solved": solved, **wishes})
        self._deed(f"answers: {tnps} of 10, solved: {solved}{', and asks for another call' if again else ''}")
        self.wait("closed")

    def follow_next_loop(self) -> None:
        """Go on with the case that the final survey has opened."""
        following = self.wait("survey_answered").ref
        if following is None:
            raise Unexpected("the answer asks for contact again, but no next case was made")
        self._follow(following)
        self.wait("opened")

    # The staff

    def claim(self, who: str) -> None:
        """This member of staff takes the case."""
        self._owner = who
        self.command("claim")

    def ring(self) -> None:
        """The owner rings the customer; back when the call has ended."""
        self.command("calls")
        self._calls += 1
        self.wait("attempt_ended", count=self._calls)

    def resolve(self, cause: str, text: str, *, conversations: int = 1) -> None:
        """The owner writes down what solved it."""
        body: Json = {"cause": cause, "text": text, "solved": True, "one_conversation": conversations == 1}
        self.command("resolution", body)

    def escalate(self, question: str, review: UUID | None = None) -> UUID:
        """The owner asks second line; the review's id, under which a question that was asked back is put again."""
        again = str(review) if review else None
        return self.command("reviews", {"question": question, "review": again}).reviews[-1].id

    def command(self, what: str, body: Json | None = None, *, who: str | None = None) -> Snapshot:
        """The owner, or whoever is named, does something with the case."""
        return self._stage.staff[who or self._owner].command(self.case, what, body)

    def wait(self, step: str, *, count: int = 1, patience: timedelta = PATIENCE) -> StepOut:
        """Wait for the `count`th step of this name."""
        return self._stage.live.wait(self.case, step, count=count, patience=patience)

    # Behind the scenes

    def _follow(self, case: UUID) -> None:
        if self.cases:
            self.label = second(self.label)
        self.cases.append(case)
        self._calls = 0
        self._stage.live.follow(case, self.label)

    def _deed(self, text: str) -> None:
        self._stage.screen.deed(datetime.now(UTC), self.label, f"{self.customer.label} {text}")

    def _begun(self) -> Json:
        """The response as it is after its first page."""
        customer = self.customer
        identity: Json = {"id": customer.ref, "name": customer.name, "invited_email": customer.email}
        return {
            "response_id": customer.ref,
            "form": FORM,
            "submitted_at": datetime.now(UTC).isoformat(),
            "finished": False,
            "customer": identity | {"zone": "Asia/Yekaterinburg"},
            "contact": {"requested": False},
            "product": "home",
            "answers": [{"id": "bought", "question": "Где вы купили программу?", "value": "В магазине"}],
        }


def second(label: str) -> str:
    """The label of the next loop in a chain."""
    return f"{label} (2)"


def _now(response: Json) -> Json:
    """The version of the response that the platform knows now."""
    return response | {"updated_at": datetime.now(UTC).isoformat()}
