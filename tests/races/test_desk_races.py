"""Members of staff who do things to one case at the same moment: one wins, the other is told why, rows agree."""

from uuid import UUID

import pytest

from channels.simulator.people import Script
from domain.words import Stage
from tests.races.arena import Arena, Move, claim, codes
from tests.stress.customer import Customer

pytestmark = pytest.mark.timeout(900)
RESOLUTION = {"cause": "setup", "text": "Explained.", "solved": True, "one_conversation": True}
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
