"""People ask, facts arrive and time passes in any order: a machine to be run over the rules or over the workflow."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain import messages
from domain.events import Event
from domain.messages import Ask, Fact, Opening, Staff
from domain.policy import Policy
from domain.promise import Promise, promise_from
from domain.state import Snapshot
from domain.words import AttemptOutcome
from tests.domain import invariants
from tests.domain.case_stages import LEAD, MANAGER, OTHER, OWNER, SECOND_LINE

SPECIALISTS, REVIEWERS, LEADS = (OWNER, OTHER), (SECOND_LINE, LEAD), (LEAD, MANAGER)
ANYBODY = (*SPECIALISTS, SECOND_LINE, LEAD, MANAGER)
by = st.sampled_from(ANYBODY)
minutes = st.sampled_from((0, 1, 4, 9, 10, 11, 14, 29, 31, 44, 59, 61, 119, 240, 1439, 2879, 10080))
ends = st.sampled_from(AttemptOutcome)
ago = st.sampled_from((0, 0, 0, 1, 5, 70))
"""How many minutes late the news of a fact is."""


class AnyOrder(RuleBasedStateMachine):
    """One case. Whoever runs it says how to ask, to tell and to let time pass."""

    policy: Policy
    opening: Opening

    def __init__(self) -> None:
        super().__init__()
        self.promises: list[Promise] = []
        self.on_the_line = False
        self._facts = 0

    # What the one who runs it provides

    @abstractmethod
    def ask(self, ask: Ask) -> bool:
        """Whether it was obeyed; what is refused changes nothing."""

    @abstractmethod
    def tell(self, fact: Fact) -> None:
        """Tell it once."""

    @abstractmethod
    def wait(self, time: timedelta) -> None: ...

    @abstractmethod
    def now(self) -> datetime: ...

    @abstractmethod
    def snapshot(self) -> Snapshot: ...

    @abstractmethod
    def timeline(self) -> Sequence[Event]: ...

    # What may happen

    def begun(self, opening: Opening) -> None:
        self.opening = opening
        self.promises = [opening.promise] if opening.promise else []

    def _ask(self, ask: Ask) -> None:
        before, seen = self.snapshot(), len(self.timeline())
        if not self.ask(ask):
            fell_due = len(self.timeline()) > seen
            assert fell_due or self.snapshot() == before, "a refused ask left a trace"

    def _tell(self, fact: Fact) -> None:
        self.tell(fact)
        noted = self._noted_of(fact)
        self.tell(fact)
        assert self._noted_of(fact) == noted, "a repeated fact was taken in again"

    def _noted_of(self, fact: Fact) -> list[str]:
        return [event.id for event in self.timeline() if event.id.endswith(f":{fact.id}")]

    def _when(self, minutes_ago: int) -> dict[str, object]:
        self._facts += 1
        at = max(self.opening.requested_at, self.now() - timedelta(minutes=minutes_ago))
        return {"id": f"fact-{self._facts}", "at": at}

    def _attempt(self, data: st.DataObject) -> UUID:
        return data.draw(st.sampled_from([attempt.id for attempt in self.snapshot().attempts] or [uuid4()]))

    def _review(self, data: st.DataObject) -> UUID:
        return data.draw(st.sampled_from([review.id for review in self.snapshot().reviews] or [uuid4()]))

    @rule(passed=minutes)
    def time_passes(self, passed: int) -> None:
        self.wait(timedelta(minutes=passed))

    @rule(by=by)
    def claim(self, by: Staff) -> None:
        self._ask(messages.Claim(by=by))

    @rule(by=by)
    def release(self, by: Staff) -> None:
        self._ask(messages.Release(by=by))

    @rule(by=by, owner=by)
    def assign(self, by: Staff, owner: Staff) -> None:
        self._ask(messages.Assign(by=by, owner=owner.id, comment=uuid4()))

    def _owner(self) -> Staff:
        owner = self.snapshot().owner
        return next((member for member in ANYBODY if member.id == owner), OWNER)

    @rule()
    def owner_calls(self) -> None:
        self._ask(messages.Call(by=self._owner(), attempt=uuid4()))

    @rule(outcome=ends)
    def owner_logs(self, outcome: AttemptOutcome) -> None:
        self._ask(messages.LogAttempt(by=self._owner(), attempt=uuid4(), outcome=outcome))

    @rule(ahead=minutes)
    def owner_agrees_on_a_time(self, ahead: int) -> None:
        self._ask(messages.ScheduleCallback(by=self._owner(), time=self.now() + timedelta(minutes=ahead)))

    @rule(by=st.sampled_from(LEADS), ahead=minutes)
    def deadline_moves(self, by: Staff, ahead: int) -> None:
        self._ask(messages.MoveDeadline(by=by, due=self.now() + timedelta(minutes=ahead), reason=uuid4()))

    @rule(data=st.data(), again=st.booleans())
    def owner_escalates(self, data: st.DataObject, again: bool) -> None:
        review = self._review(data) if again else uuid4()
        self._ask(messages.Escalate(by=self._owner(), review=review, question=uuid4(), again=again))

    @rule(data=st.data(), by=st.sampled_from(REVIEWERS), step=st.sampled_from(("answer", "back", "on")))
    def second_line_acts(self, data: st.DataObject, by: Staff, step: str) -> None:
        review = self._review(data)
        asks: dict[str, Ask] = {
            "answer": messages.AnswerReview(by=by, review=review, answer=uuid4()),
            "back": messages.AskBack(by=by, review=review, question=uuid4()),
            "on": messages.ForwardReview(by=by, review=review, reference=uuid4()),
        }
        self._ask(asks[step])

    @rule(solved=st.booleans(), by=st.sampled_from(LEADS))
    def resolve(self, solved: bool, by: Staff) -> None:
        asked_by = self._owner() if solved else by
        self._ask(messages.Resolve(by=asked_by, cause="setup", text=uuid4(), solved=solved, one_conversation=solved))

    @rule(by=by)
    def withdraw(self, by: Staff) -> None:
        self._ask(messages.Withdraw(by=by, reason=uuid4()))

    @rule(by=st.sampled_from(LEADS))
    def acknowledge(self, by: Staff) -> None:
        self._ask(messages.Acknowledge(by=by))

    @rule(data=st.data(), ago=ago)
    def customer_answers_the_telephone(self, data: st.DataObject, ago: int) -> None:
        self._tell(messages.CustomerAnswered(**self._when(ago), attempt=self._attempt(data)))

    @rule(data=st.data(), ago=ago, outcome=ends | st.none())
    def call_ends(self, data: st.DataObject, ago: int, outcome: AttemptOutcome | None) -> None:
        ended = messages.CallEnded(**self._when(ago), attempt=self._attempt(data), outcome=outcome)
        self._tell(ended)

    @rule(ago=ago, ahead=minutes)
    def customer_picks_a_time(self, ago: int, ahead: int) -> None:
        time = self.now() + timedelta(minutes=ahead)
        self._tell(messages.CallbackChosen(**self._when(ago), time=time))

    @precondition(lambda self: not self.snapshot().number_usable)
    @rule(ago=ago)
    def customer_sends_a_number(self, ago: int) -> None:
        when = self._when(ago)
        promise = promise_from(self.policy, requested_at=when["at"], zone=None)  # type: ignore[arg-type]
        self.promises += [promise] if promise else []
        given = messages.NumberGiven(**when, promise=promise, calling=self.opening.calling)
        self._tell(given)

    @rule(ago=ago, solved=st.sampled_from((True, False, None)), again=st.booleans())
    def customer_answers_the_survey(self, ago: int, solved: bool | None, again: bool) -> None:
        next_case = uuid4() if again else None
        self._tell(messages.SurveyAnswered(**self._when(ago), solved=solved, next_case=next_case))

    @rule(ago=ago)
    def response_is_amended(self, ago: int) -> None:
        self._tell(messages.ResponseAmended(**self._when(ago)))

    @rule(ago=ago, staff=by, stand_in=st.none() | by)
    def somebody_goes_off_duty(self, ago: int, staff: Staff, stand_in: Staff | None) -> None:
        left = messages.OwnerLeft(**self._when(ago), staff=staff.id, stand_in=stand_in.id if stand_in else None)
        self._tell(left)

    @rule(ago=ago)
    def customer_is_served_elsewhere(self, ago: int) -> None:
        self._tell(messages.ServedElsewhere(**self._when(ago), case=uuid4()))

    @rule(ago=ago, by=st.none() | by)
    def customer_rings(self, ago: int, by: Staff | None) -> None:
        self._tell(messages.CustomerRang(**self._when(ago), attempt=uuid4(), by=by.id if by else None))

    @rule(ago=ago)
    def message_does_not_arrive(self, ago: int) -> None:
        self._tell(messages.MessageFailed(**self._when(ago), message=uuid4()))

    @precondition(lambda self: len(self.timeline()) > 12)
    @rule(ago=ago, erased=st.booleans())
    def customer_leaves(self, ago: int, erased: bool) -> None:
        fact = messages.CustomerErased if erased else messages.CustomerWithdrew
        self._tell(fact(**self._when(ago)))

    # What must hold

    @invariant()
    def all_is_well(self) -> None:
        case, timeline = self.snapshot(), self.timeline()
        invariants.check(case, timeline, policy=self.policy, promises=self.promises)
        on_the_line = any(attempt.ended_at is None for attempt in case.attempts)
        invariants.nothing_is_overdue(case, self.now(), on_the_line=on_the_line)
