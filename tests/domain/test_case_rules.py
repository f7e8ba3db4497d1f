"""Each ask at each stage and by each role: allowed, or refused with its code; and what asks and facts leave alone."""

from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import pytest

from domain import rules
from domain.events import EventKind
from domain.messages import (
    Acknowledge,
    AnswerReview,
    AskBack,
    Assign,
    Call,
    CallbackChosen,
    CallEnded,
    Claim,
    CustomerAnswered,
    CustomerErased,
    CustomerRang,
    CustomerWithdrew,
    Escalate,
    Fact,
    ForwardReview,
    LogAttempt,
    MessageFailed,
    MoveDeadline,
    NumberGiven,
    OwnerLeft,
    Release,
    Resolve,
    ResponseAmended,
    ScheduleCallback,
    ServedElsewhere,
    Staff,
    SurveyAnswered,
    Withdraw,
)
from domain.messages import Ask as AnyAsk
from domain.refusals import Refused
from domain.state import Snapshot
from domain.words import AttemptOutcome
from tests.domain import case_stages as stages
from tests.domain.case_stages import (
    ADMIN,
    ATTEMPT,
    LEAD,
    MANAGER,
    OTHER,
    OWNER,
    POLICY,
    REVIEW,
    SECOND_LINE,
    TEXT,
    minute,
)

NEW = UUID(int=99)
NOW = minute(10)
OK = ""

ASKS: dict[str, Callable[[Staff], AnyAsk]] = {
    "claim": lambda by: Claim(by=by),
    "release": lambda by: Release(by=by),
    "assign": lambda by: Assign(by=by, owner=OTHER.id, comment=TEXT),
    "call": lambda by: Call(by=by, attempt=NEW),
    "log_attempt": lambda by: LogAttempt(by=by, attempt=NEW, outcome=AttemptOutcome.REACHED),
    "schedule_callback": lambda by: ScheduleCallback(by=by, time=minute(120)),
    "move_deadline": lambda by: MoveDeadline(by=by, due=minute(120), reason=TEXT),
    "escalate": lambda by: Escalate(by=by, review=NEW, question=TEXT),
    "answer_review": lambda by: AnswerReview(by=by, review=REVIEW, answer=TEXT),
    "ask_back": lambda by: AskBack(by=by, review=REVIEW, question=TEXT),
    "forward_review": lambda by: ForwardReview(by=by, review=REVIEW, reference=TEXT),
    "resolve": lambda by: Resolve(by=by, cause="setup", text=TEXT, solved=True, one_conversation=True),
    "resolve_unsolved": lambda by: Resolve(by=by, cause="setup", text=TEXT, solved=False, one_conversation=True),
    "withdraw": lambda by: Withdraw(by=by, reason=TEXT),
    "acknowledge": lambda by: Acknowledge(by=by),
}
STAGES = ("opened", "claimed", "ringing", "in_progress", "under_review", "resolved", "closed", "alarmed")
RING, MINE, ASKED = "call_under_way", "not_the_owner", "not_waiting"
# One row an ask, made by the person named; one column a stage, in the order of STAGES.
TABLE: dict[str, tuple[Staff, tuple[str, ...]]] = {
    "claim": (OTHER, (OK, *["owned_by_another"] * 4, "closed", "closed", OK)),
    "release": (OWNER, ("nobodys", OK, RING, OK, OK, "closed", "closed", "nobodys")),
    "assign": (LEAD, (OK, OK, RING, OK, OK, "closed", "closed", OK)),
    "call": (OWNER, (MINE, OK, RING, OK, OK, "closed", "closed", MINE)),
    "log_attempt": (OWNER, (MINE, OK, RING, OK, OK, "closed", "closed", MINE)),
    "schedule_callback": (OWNER, (MINE, OK, OK, OK, OK, "closed", "closed", MINE)),
    "move_deadline": (LEAD, (OK, OK, OK, OK, OK, "closed", "closed", OK)),
    "escalate": (OWNER, (MINE, "not_reached", "not_reached", OK, OK, "closed", "closed", MINE)),
    "answer_review": (SECOND_LINE, (ASKED, ASKED, ASKED, ASKED, OK, "closed", "closed", ASKED)),
    "ask_back": (SECOND_LINE, (ASKED, ASKED, ASKED, ASKED, OK, "closed", "closed", ASKED)),
    "forward_review": (SECOND_LINE, (ASKED, ASKED, ASKED, ASKED, OK, "closed", "closed", ASKED)),
    "resolve": (OWNER, (MINE, "not_reached", "not_reached", OK, "review_open", "closed", "closed", MINE)),
    "resolve_unsolved": (LEAD, (*["not_reached"] * 3, OK, "review_open", "closed", "closed", "not_reached")),
    "withdraw": (OWNER, (MINE, OK, OK, OK, OK, "closed", "closed", MINE)),
    "acknowledge": (LEAD, (*["no_alarm"] * 7, OK)),
}
MATRIX = [
    (stage, ask, by, code) for ask, (by, codes) in TABLE.items() for stage, code in zip(STAGES, codes, strict=True)
]

YOURS = "not_your_role"
# Who else asks, at a stage that allows it to the right person: their codes.
ROLES: list[tuple[str, str, tuple[tuple[Staff, str], ...]]] = [
    ("opened", "claim", ((SECOND_LINE, "promise_not_broken"), (LEAD, "promise_not_broken"), (MANAGER, YOURS))),
    ("alarmed", "claim", ((SECOND_LINE, OK), (LEAD, OK), (MANAGER, YOURS), (ADMIN, YOURS))),
    ("claimed", "release", ((OTHER, MINE), (SECOND_LINE, MINE), (LEAD, OK), (MANAGER, OK))),
    ("claimed", "assign", ((OWNER, YOURS), (SECOND_LINE, YOURS), (MANAGER, OK), (ADMIN, YOURS))),
    ("claimed", "call", ((OTHER, MINE), (LEAD, MINE))),
    ("claimed", "log_attempt", ((OTHER, MINE), (LEAD, MINE))),
    ("claimed", "schedule_callback", ((OTHER, MINE), (LEAD, MINE))),
    ("claimed", "move_deadline", ((OWNER, YOURS), (SECOND_LINE, YOURS), (MANAGER, OK))),
    ("in_progress", "escalate", ((OTHER, MINE), (LEAD, MINE))),
    *[("under_review", ask, ((OWNER, YOURS), (LEAD, OK))) for ask in ("answer_review", "ask_back", "forward_review")],
    ("in_progress", "resolve", ((OTHER, MINE), (LEAD, MINE))),
    ("in_progress", "resolve_unsolved", ((OWNER, YOURS), (MANAGER, OK))),
    ("claimed", "withdraw", ((OTHER, MINE), (SECOND_LINE, MINE), (LEAD, OK), (MANAGER, OK))),
    ("alarmed", "acknowledge", ((OWNER, YOURS), (SECOND_LINE, YOURS), (MANAGER, OK), (ADMIN, YOURS))),
]
BY_ROLE = [(stage, ask, by, code) for stage, ask, others in ROLES for by, code in others]

FACTS: dict[str, Fact] = {
    "customer_answered": CustomerAnswered(id="f", at=NOW, attempt=NEW),
    "call_ended": CallEnded(id="f", at=NOW, attempt=NEW, outcome=AttemptOutcome.REACHED),
    "customer_rang": CustomerRang(id="f", at=NOW, attempt=NEW, by=OTHER.id),
    "customer_rang_in_vain": CustomerRang(id="f", at=NOW, attempt=NEW, by=None),
    "message_failed": MessageFailed(id="f", at=NOW, message=NEW),
    "callback_chosen": CallbackChosen(id="f", at=NOW, time=minute(120)),
    "customer_withdrew": CustomerWithdrew(id="f", at=NOW),
    "customer_erased": CustomerErased(id="f", at=NOW),
    "number_given": NumberGiven(id="f", at=NOW, promise=None, calling=stages.opened().calling),
    "response_amended": ResponseAmended(id="f", at=NOW),
    "owner_left": OwnerLeft(id="f", at=NOW, staff=OWNER.id, stand_in=OTHER.id),
    "served_elsewhere": ServedElsewhere(id="f", at=NOW, case=NEW),
    "survey_answered": SurveyAnswered(id="f", at=NOW, solved=False),
}
NOTED = {
    "customer_answered": (),
    "call_ended": (),
    "number_given": (),
    "customer_rang": STAGES[:5] + STAGES[7:],
    "customer_rang_in_vain": STAGES[:5] + STAGES[7:],
    "message_failed": STAGES[:6] + STAGES[7:],
    "callback_chosen": STAGES[:5] + STAGES[7:],
    "customer_withdrew": STAGES[:6] + STAGES[7:],
    "customer_erased": STAGES[:6] + STAGES[7:],
    "response_amended": STAGES[:5] + STAGES[7:],
    "owner_left": ("claimed", "ringing", "in_progress", "under_review"),
    "served_elsewhere": ("opened", "claimed", "ringing", "alarmed"),
    "survey_answered": ("resolved",),
}
"""At which stages a fact changes something: of unknown calls, and of a number nobody asked for, at none."""


def at_stage(name: str) -> rules.Case:
    make: Callable[[], rules.Case] = getattr(stages, name)
    case = make()
    case.take_events()
    return case


def state(case: rules.Case) -> Snapshot:
    due = rules.awaited(case)
    return case.snapshot(due.step if due else None, due.at if due else None)


def code_of(case: rules.Case, ask: AnyAsk) -> str:
    try:
        rules.obey(case, ask, at=NOW, why="update")
    except Refused as refused:
        return refused.code
    return OK


@pytest.mark.parametrize(("stage", "ask", "by", "code"), MATRIX + BY_ROLE)
def test_an_ask_is_allowed_and_noted_or_refused_and_without_trace(stage: str, ask: str, by: Staff, code: str) -> None:
    case = at_stage(stage)
    before = state(case)
    assert code_of(case, ASKS[ask](by)) == code
    noted = case.take_events()
    assert bool(noted) is (code == OK)
    assert (state(case) == before) is (code != OK)


def test_the_table_knows_every_ask() -> None:
    asked = {type(make(OWNER)) for make in ASKS.values()}
    assert asked == set(AnyAsk.__subclasses__())
    assert set(TABLE) == set(ASKS)


def test_the_table_knows_every_fact() -> None:
    assert {type(fact) for fact in FACTS.values()} == set(Fact.__subclasses__())


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("fact", FACTS)
def test_a_fact_is_never_refused_counts_once_and_changes_nothing_where_it_does_not_matter(
    stage: str, fact: str
) -> None:
    case = at_stage(stage)
    before = state(case)
    rules.hear(case, FACTS[fact], now=NOW)
    assert bool(case.take_events()) is (stage in NOTED[fact])
    after = state(case)
    assert (after == before) is (stage not in NOTED[fact])
    rules.hear(case, FACTS[fact], now=NOW)
    assert (state(case), case.take_events()) == (after, [])


@pytest.mark.parametrize("stage", STAGES)
def test_looking_at_a_case_changes_nothing(stage: str) -> None:
    case = at_stage(stage)
    before = state(case)
    for make in ASKS.values():
        with suppress(Refused):
            rules.check(make(OWNER), case, NOW)
    assert state(case) == before


@pytest.mark.parametrize("stage", STAGES)
def test_numbers_rise_without_gaps_and_ids_are_never_used_twice(stage: str) -> None:
    make: Callable[[], rules.Case] = getattr(stages, stage)
    case = make()
    rules.fall_due(case, minute(60 * 24 * 3))
    events = case.take_events()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert len({event.id for event in events}) == len(events)


@pytest.mark.parametrize("stage", [*STAGES[:6], "alarmed"])
def test_of_many_steps_that_fell_due_at_once_one_alerts(stage: str) -> None:
    case = at_stage(stage)
    rules.fall_due(case, minute(60 * 24))
    loud = [event for event in case.take_events() if not event.quiet]
    assert len(loud) <= 1


def test_the_clock_runs_dry_once_a_case_is_closed() -> None:
    assert rules.next_due(stages.closed()) is None


@pytest.mark.parametrize(("outcome", "counts"), [(AttemptOutcome.WRONG_NUMBER, False), (AttemptOutcome.REACHED, True)])
def test_who_answered_decides_whether_the_customer_was_reached(outcome: AttemptOutcome, counts: bool) -> None:
    case = stages.ringing()
    rules.hear(case, CustomerAnswered(id="a", at=minute(3), attempt=ATTEMPT), now=minute(3))
    rules.hear(case, CallEnded(id="e", at=minute(4), attempt=ATTEMPT, outcome=outcome), now=minute(4))
    assert (case.reached, case.promise.kept_at is not None) == (counts, counts)


def test_a_call_answered_before_due_counts_from_then_though_its_end_is_heard_first() -> None:
    case = stages.ringing()
    rules.fall_due(case, minute(61))
    rules.hear(case, CallEnded(id="e", at=minute(65), attempt=ATTEMPT, outcome=AttemptOutcome.REACHED), now=minute(65))
    rules.hear(case, CustomerAnswered(id="a", at=minute(59), attempt=ATTEMPT), now=minute(66))
    assert (case.reached_at, case.promise.kept_at, case.promise.broken_at) == (minute(59), minute(59), None)


def test_a_clock_ahead_of_ours_dates_nothing_in_the_future() -> None:
    case = stages.ringing()
    rules.hear(case, CustomerAnswered(id="a", at=minute(90), attempt=ATTEMPT), now=minute(5))
    assert case.on_the_line_since == minute(5)


def test_while_the_customer_is_on_the_line_the_promise_is_neither_kept_nor_broken() -> None:
    case = stages.ringing()
    rules.hear(case, CustomerAnswered(id="a", at=minute(59), attempt=ATTEMPT), now=minute(59))
    rules.fall_due(case, minute(70))
    assert case.promise.open
    rules.hear(
        case, CallEnded(id="e", at=minute(75), attempt=ATTEMPT, outcome=AttemptOutcome.TECHNICAL), now=minute(75)
    )
    rules.fall_due(case, minute(75))
    assert case.promise.broken_at == minute(60)


def test_the_wait_of_an_alarm_doubles() -> None:
    case, repeats = stages.alarmed(), []
    for _ in range(5):
        due = next(alarm.next_at for alarm in case.alarms.values())
        repeats.append((due - minute(61)) / POLICY.alarm_repeat)
        rules.fall_due(case, due)
    assert repeats == [1, 3, 7, 15, 31]
    assert sum(event.kind is EventKind.ALARM_REPEATED for event in case.take_events()) == 5


def test_people_are_not_shown_housekeeping_as_what_a_case_waits_for() -> None:
    case = stages.under_review()
    rules.fall_due(case, minute(60 * 24 * 3))
    stages.obey(case, Acknowledge(by=LEAD), 60 * 24 * 3)
    due = rules.next_due(case)
    assert due is not None
    assert due.step == "calendar runs out"
    assert rules.awaited(case) is None
