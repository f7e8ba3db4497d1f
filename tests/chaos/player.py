"""Whoever plays a loop in the chaos: the demo's player, with the patience of people who know that things break."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from api.shown import StepOut
from ops.demo.errors import Unexpected
from ops.demo.people import Customer
from ops.demo.player import Player, Stage
from ops.demo.wire import Json
from tests.chaos.night import Night, Sleeper
from tests.chaos.wire import StubbornBrowser, Tally, Telephones

SPECIALISTS = ("specialist", "specialist 2", "specialist 3")
MOST_RINGS = 5


@dataclass(frozen=True)
class Set:
    """What all players of a run share."""

    stage: Stage
    telephones: Telephones
    tally: Tally
    night: Night
    patience: timedelta
    """How long anybody waits for anything."""


class ChaosPlayer(Player):
    """Plays one loop; whatever fails meanwhile is tried again."""

    def __init__(self, shared: Set, customer: Customer, *, form: str, chance: Random) -> None:
        super().__init__(shared.stage, customer, f"{customer.label} {form}")
        self._browser.__exit__()
        self._browser = StubbornBrowser(shared.tally, shared.patience)
        self._shared, self._form, self._chance = shared, form, chance

    def request(self) -> None:
        """Fill in the survey and ask for contact."""
        self.fill_in_survey(comment="Перезвоните, пожалуйста.", nps=self._chance.randint(0, 10))

    def take(self) -> None:
        """One of the specialists claims the case."""
        self.claim(self._chance.choice(SPECIALISTS))

    def ring(self) -> None:
        """Ring, and once more when the call is given back for technical reasons."""
        for _ in range(MOST_RINGS):
            self.command("calls")
            self._calls += 1
            if self.wait("attempt_ended", count=self._calls).detail != "technical":
                return
        raise Unexpected(f"{MOST_RINGS} calls in a row were given back as technical")

    def stop_by_sms(self) -> None:
        """Write STOP to the number that wrote to them."""
        self._shared.telephones.write(self.customer.phone, "STOP")

    def gather(self) -> None:
        """Wait for the others who are to sleep."""
        self._shared.night.gather()

    def sleep(self, step: str, due: datetime | None) -> None:
        """Do nothing until everything was dark at `due`, when `step` falls due."""
        if due is None:
            raise Unexpected(f"there is no deadline to sleep over: {step}")
        self._shared.night.sleep(Sleeper(self.case, due, step))

    def wait(self, step: str, *, count: int = 1, patience: timedelta | None = None) -> StepOut:
        """Wait for the `count`th step of this name."""
        return super().wait(step, count=count, patience=self._shared.patience)

    def put_question(self) -> tuple[UUID, datetime]:
        """Ask second line: the review, and when its answer is due."""
        body: Json = {"question": "Что проверить?", "review": None}
        review = self.command("reviews", body).reviews[-1]
        return review.id, review.due

    def _begun(self) -> Json:
        return super()._begun() | {"form": self._form}
