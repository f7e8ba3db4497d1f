"""The rules alone, thousands of steps in any order."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from hypothesis import settings

from domain import rules
from domain.events import Event
from domain.messages import Ask, Fact, Opening
from domain.policy import Policy
from domain.promise import promise_from
from domain.refusals import Refused
from domain.state import Snapshot
from domain.windows import Windows
from tests.domain.any_order import AnyOrder
from tests.domain.case_stages import POLICY, T0


class RulesInAnyOrder(AnyOrder):
    """Time is a number; what falls due is let happen as the workflow does."""

    policy: Policy = POLICY

    def __init__(self) -> None:
        super().__init__()
        self._now, self._noted = T0, list[Event]()
        windows = Windows.whole(T0, T0 + timedelta(days=400))
        promise = promise_from(POLICY, requested_at=T0, zone=None)
        opening = Opening(
            case=uuid4(),
            customer=uuid4(),
            policy=POLICY,
            requested_at=T0,
            promise=promise,
            calling=windows,
            company=windows,
        )
        self.begun(opening)
        self.case = rules.Case(opening)
        rules.begin(self.case, at=T0)
        self._project()

    def _project(self) -> None:
        rules.close_if_over(self.case, self._now)
        self._noted += self.case.take_events()

    def ask(self, ask: Ask) -> bool:
        try:
            rules.check(ask, self.case, self._now)
            rules.obey(self.case, ask, at=self._now, why=str(uuid4()))
        except Refused:
            return False
        finally:
            self._project()
            self._let_fall_due(self._now)
        return True

    def tell(self, fact: Fact) -> None:
        rules.hear(self.case, fact, now=self._now)
        self._project()
        self._let_fall_due(self._now)

    def wait(self, time: timedelta) -> None:
        until = self._now + time
        self._let_fall_due(until)
        self._now = until

    def _let_fall_due(self, until: datetime) -> None:
        while (due := rules.next_due(self.case)) and due.at <= until:
            self._now = max(self._now, due.at)
            rules.fall_due(self.case, self._now)
            self._project()

    def now(self) -> datetime:
        return self._now

    def snapshot(self) -> Snapshot:
        due = rules.awaited(self.case)
        return self.case.snapshot(due.step if due else None, due.at if due else None)

    def timeline(self) -> Sequence[Event]:
        return self._noted


TestRulesInAnyOrder = RulesInAnyOrder.TestCase
TestRulesInAnyOrder.settings = settings(max_examples=150, stateful_step_count=30, deadline=None, print_blob=True)
