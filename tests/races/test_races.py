"""Two who act on one case at the same moment: one wins or both count, once; the other is told why, and rows agree.

All races are run by one system, so they stay in one module: its xdist worker starts the system.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from channels.simulator.people import Script
from db.links import LinkKind
from domain.words import AttemptOutcome, Outcome, Stage
from tests.races.arena import Arena, Move, call, claim, codes
from tests.stress.customer import Customer

pytestmark = pytest.mark.timeout(900)
RESOLUTION = {"cause": "setup", "text": "Explained.", "solved": True, "one_conversation": True}
RINGS_LONG = Script(ring_seconds=90)
"""Longer than this test waits for the end of the call."""
AFTER_THE_CALL = 2.0
"""Seconds after the command to call within which the customer decides."""
TWENTY = 20
RELEASED_AFTER = 2.0
"""Seconds: twice the `claimed_not_called` of the impatient policy."""
CHANGES_HANDS = ("claimed", "not_called_released")
BEFORE, AROUND = 0.3, 0.6
"""Seconds: commands leave from so long before the release on, within such a time."""


def test_two_claims(arena: Arena) -> None:
    customers, people = arena.customers(), ("specialist", "specialist 2")
    for customer, answers in zip(
        customers, arena.play([claim(one, who) for who in people] for one in customers), strict=True
    ):
        assert sorted(codes(answers)) == ["", "owned_by_another"]
        winner, loser = sorted(range(2), key=lambda place: answers[place].status_code)
        assert str(customer.snapshot().owner) == answers[winner].json()["owner"] == arena.id(people[winner])
        assert arena.name(people[winner]) in answers[loser].json()["detail"]
        assert customer.steps() == ["opened", "claimed"]


def test_claim_against_assign(arena: Arena) -> None:
    customers = arena.customers()
    body = {"owner": arena.id("specialist 3"), "comment": "Knows the customer."}
    rounds = [[claim(one, "specialist"), Move(f"/cases/{one.case}/assignment", "lead", body)] for one in customers]
    for customer, answers in zip(customers, arena.play(rounds), strict=True):
        refused, given = codes(answers)
        assert given == ""
        assert str(customer.snapshot().owner) == arena.id("specialist 3")
        assert (refused, customer.steps()) in (
            ("", ["opened", "claimed", "assigned"]),
            ("owned_by_another", ["opened", "assigned"]),
        )
        assert not refused or arena.name("specialist 3") in answers[0].json()["detail"]


def test_resolve_against_escalate(arena: Arena) -> None:
    customers = arena.customers()
    arena.reach(customers, "specialist")
    rounds = [
        [
            Move(f"/cases/{one.case}/resolution", "specialist", RESOLUTION),
            Move(f"/cases/{one.case}/reviews", "specialist", {"question": "Which version?"}),
        ]
        for one in customers
    ]
    for customer, answers in zip(customers, arena.play(rounds), strict=True):
        ended = (codes(answers), customer.snapshot().stage, written(arena, customer))
        assert ended in (
            (["", "closed"], Stage.RESOLVED, ["resolution"]),
            (["", "closed"], Stage.CLOSED, ["resolution"]),
            (["review_open", ""], Stage.UNDER_REVIEW, ["question"]),
        )


def written(arena: Arena, customer: Customer) -> list[str]:
    """The kinds of the texts that were kept."""
    found = arena.stressed.rows("select kind from note where case_id = :case", case=customer.case)
    return [str(row.kind) for row in found]


def test_one_key_twenty_times_at_once(arena: Arena) -> None:
    customers = arena.customers(script=Script(ring_seconds=0.1, talk_seconds=0.1))
    arena.obeyed(claim(customer, "specialist") for customer in customers)
    rounds = [[Move(f"/cases/{one.case}/calls", "specialist", key="once")] * TWENTY for one in customers]
    for customer, answers in zip(customers, arena.play(rounds, bouts=2), strict=True):
        assert codes(answers) == [""] * TWENTY
        assert len({answer.text for answer in answers}) == 1
        arena.await_steps(customer, "attempt_ended")
        assert len(customer.snapshot().attempts) == customer.steps().count("call_started") == 1
        assert arena.rung(customer) == 1


def test_two_who_ask_for_the_next_case_get_different_ones(arena: Arena) -> None:
    arena.customers()
    arena.customers()
    rounds = [[Move("/cases/next", who) for who in ("specialist", "specialist 2")] for _ in range(arena.rounds)]
    answers = [answer for played in arena.play(rounds) for answer in played]
    assert codes(answers) == [""] * len(answers)
    given = {UUID(answer.json()["case"]): answer.json()["owner"] for answer in answers}
    assert len(given) == len(answers)
    owners = arena.stressed.rows("select id, owner_id from cases where id = any(:cases)", cases=list(given))
    assert {row.id: str(row.owner_id) for row in owners} == given


def test_claim_and_call_against_the_release_of_a_case_that_was_not_called(arena: Arena) -> None:
    customers = arena.customers(form="impatient", script=Script(ring_seconds=0.1, talk_seconds=0.1))
    at = [RELEASED_AFTER - BEFORE + AROUND * number / arena.rounds for number in range(arena.rounds)]
    rounds = [
        [
            claim(one, "specialist"),
            Move(f"/cases/{one.case}/claim", "specialist 2", after=moment),
            Move(f"/cases/{one.case}/calls", "specialist", after=moment),
        ]
        for one, moment in zip(customers, at, strict=True)
    ]
    for customer, answers in zip(customers, arena.play(rounds, bouts=arena.rounds), strict=True):
        _, other, caller = codes(answers)
        arena.await_end_of_calls(customer)
        customer.snapshot()
        assert (other, caller, [step for step in customer.steps() if step in CHANGES_HANDS][:3]) in (
            ("", "not_the_owner", ["claimed", "not_called_released", "claimed"]),
            ("owned_by_another", "", ["claimed"]),
            ("owned_by_another", "not_the_owner", ["claimed", "not_called_released"]),
        )
        assert arena.rung(customer) == (caller == "")


def path(arena: Arena, customer: Customer, kind: LinkKind) -> str:
    """Where the customer's link leads."""
    return arena.stressed.link(customer.case, kind).removeprefix(arena.stressed.installed.api)


def in_two_days() -> datetime:
    """A time that is on offer."""
    return (datetime.now(UTC) + timedelta(days=2)).replace(minute=30, second=0, microsecond=0)


def test_the_customers_callback_link_against_the_specialists_call(arena: Arena) -> None:
    customers = arena.customers(script=Script(ring_seconds=0.1, talk_seconds=0.1))
    arena.obeyed(claim(customer, "specialist") for customer in customers)
    chosen = in_two_days()
    time = {"time": chosen.isoformat()}
    rounds = [
        [call(one, "specialist"), Move(path(arena, one, LinkKind.CALLBACK), form=time, after=moment(arena, number))]
        for number, one in enumerate(customers)
    ]
    for customer, (called, picked) in zip(customers, arena.play(rounds, bouts=arena.rounds), strict=True):
        assert (called.status_code, picked.status_code) == (200, 200)
        arena.await_steps(customer, "customer_reached", "callback_agreed")
        snapshot, steps = customer.snapshot(), customer.steps()
        assert (snapshot.stage, snapshot.callback) == (Stage.IN_PROGRESS, chosen)
        assert (steps.count("callback_agreed"), steps.count("call_started"), arena.rung(customer)) == (1, 1, 1)
        assert (snapshot.promise.kept_at is None) != (snapshot.promise.moved_at is None)
        assert snapshot.promise.broken_at is None


def test_the_final_survey_answered_twice_at_once(arena: Arena) -> None:
    customers = arena.customers()
    arena.reach(customers, "specialist")
    arena.obeyed(Move(f"/cases/{one.case}/resolution", "specialist", RESOLUTION) for one in customers)
    rounds = [
        [Move(path(arena, one, LinkKind.FINAL_SURVEY), form={"tnps": score, "contact": "yes"}) for score in ("0", "9")]
        for one in customers
    ]
    for customer, answers in zip(customers, arena.play(rounds, bouts=arena.rounds), strict=True):
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].text != answers[1].text
        arena.await_steps(customer, "closed")
        snapshot = customer.snapshot()
        assert snapshot.outcome is Outcome.ANSWERED
        assert customer.steps().count("survey_answered") == 1
        assert arena.stressed.count("select tnps from finalsurvey where case_id = :id", id=customer.case) in (0, 9)
        assert next_cases(arena, customer) == [snapshot.next_case]


def next_cases(arena: Arena, customer: Customer) -> list[UUID]:
    """The loops that the answers have opened."""
    found = arena.stressed.rows("select id from response where previous_case = :case", case=customer.case)
    return [row.id for row in found]


def test_withdrawal_against_a_ringing_call(arena: Arena) -> None:
    customers = arena.customers(script=RINGS_LONG)
    arena.obeyed(claim(customer, "specialist") for customer in customers)
    rounds = [[call(one, "specialist"), withdrawal(arena, one, number)] for number, one in enumerate(customers)]
    for customer, (called, withdrawn) in zip(customers, arena.play(rounds, bouts=arena.rounds), strict=True):
        assert codes([called]) in ([""], ["closed"])
        assert withdrawn.status_code == 200
        arena.await_steps(customer, "closed")
        snapshot = customer.snapshot()
        assert (snapshot.stage, snapshot.outcome) == (Stage.CLOSED, Outcome.WITHDRAWN)
        assert all(attempt.outcome is not AttemptOutcome.REACHED for attempt in snapshot.attempts)
        assert arena.rung(customer) <= len(snapshot.attempts) <= 1
        arena.await_silence(customer)
    again = arena.play([call(one, "specialist")] for one in customers)
    assert [codes(answers) for answers in again] == [["closed"]] * len(customers)


def withdrawal(arena: Arena, customer: Customer, number: int) -> Move:
    """The customer confirms that they want no more calls."""
    link = path(arena, customer, LinkKind.CALLBACK)
    return Move(f"{link}/withdrawal", form={}, after=moment(arena, number))


def moment(arena: Arena, number: int) -> float:
    """Every other one at the very moment of the call, the others while it goes on."""
    return arena.chance.uniform(0, AFTER_THE_CALL) if number % 2 else 0.0
