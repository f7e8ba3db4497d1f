"""The customer and we act at the same moment: both count, once, and rows agree."""

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
