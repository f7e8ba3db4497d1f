"""Every fact that comes while Temporal is away reaches its case when it is back: each is known by what it does."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

import pytest

from channels.simulator.people import Script
from db.links import LinkKind
from domain.words import AttemptOutcome, Outcome, Stage
from tests.stress.customer import Customer
from tests.stress.stressed import Stressed
from tests.waiting import until

pytestmark = pytest.mark.timeout(600)
RINGS = Script(ring_seconds=4, talk_seconds=0.2)
"""So long that Temporal is dead before the customer answers."""
RESOLUTION = {"cause": "setup", "text": "Explained.", "solved": True, "one_conversation": True}
NEW_NUMBER = "+79170000001"


@dataclass
class Cast:
    """Whose case hears of what."""

    rung: Customer
    surveyed: Customer
    stopping: Customer
    choosing: Customer
    unreachable: Customer
    withdrawing: Customer
    amending: Customer
    left: Customer


@pytest.fixture(scope="module")
def cast(stressed: Stressed) -> Cast:
    """All of it has happened while Temporal was away, and it is back."""
    found = _prepared(stressed)
    stressed.kill_temporal()
    _act(stressed, found)
    for kind, customer in _facts(found):
        until(_stored(customer, kind))
    stressed.temporal.start()
    for kind, customer in _facts(found):
        until(_carried(customer, kind))
    return found


def _prepared(stressed: Stressed) -> Cast:
    customers = {
        part.name: Customer(stressed, typed="12" if part.name == "unreachable" else None) for part in fields(Cast)
    }
    for customer in customers.values():
        until(customer.has_case)
    found = Cast(**customers)
    assert stressed.ask("specialist 2", "PUT", "/me/duty", {"on_duty": True}).status_code == 200
    stressed.done("specialist 2", f"/cases/{found.left.case}/claim")
    stressed.done("specialist", f"/cases/{found.surveyed.case}/claim")
    stressed.done("specialist", f"/cases/{found.surveyed.case}/attempts", {"outcome": "reached"})
    stressed.done("specialist", f"/cases/{found.surveyed.case}/resolution", RESOLUTION)
    stressed.script(found.rung.phone, RINGS)
    stressed.done("specialist", f"/cases/{found.rung.case}/claim")
    stressed.done("specialist", f"/cases/{found.rung.case}/calls")
    placed = "select id from attempt where case_id = :case and provider_id is not null"
    until(lambda: bool(stressed.rows(placed, case=found.rung.case)))
    return found


def _act(stressed: Stressed, cast: Cast) -> None:
    cast.surveyed.fill_in(LinkKind.FINAL_SURVEY, "", {"tnps": "0", "solved": "yes"})
    stressed.sms_from(cast.stopping.phone, "STOP")
    cast.choosing.choose_time()
    cast.unreachable.fill_in(LinkKind.CALLBACK, "", {"phone": NEW_NUMBER})
    cast.withdrawing.fill_in(LinkKind.CALLBACK, "/withdrawal", {})
    later = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    assert stressed.deliver({**cast.amending.response, "updated_at": later, "comment": "And one more."}).status == 202
    assert stressed.ask("specialist 2", "PUT", "/me/duty", {"on_duty": False}).status_code == 200


def _facts(cast: Cast) -> list[tuple[str, Customer]]:
    return [
        ("call_ended", cast.rung),
        ("survey_answered", cast.surveyed),
        ("customer_withdrew", cast.stopping),
        ("callback_chosen", cast.choosing),
        ("number_given", cast.unreachable),
        ("customer_withdrew", cast.withdrawing),
        ("response_amended", cast.amending),
        ("owner_left", cast.left),
    ]


def _stored(customer: Customer, kind: str) -> Callable[[], bool]:
    return lambda: customer.awaits(kind)


def _carried(customer: Customer, kind: str) -> Callable[[], bool]:
    return lambda: not customer.awaits(kind)


def test_a_call_that_was_answered(cast: Cast) -> None:
    snapshot = cast.rung.snapshot()
    (attempt,) = snapshot.attempts
    assert (snapshot.stage, attempt.outcome) == (Stage.IN_PROGRESS, AttemptOutcome.REACHED)
    assert attempt.answered_at == snapshot.reached_at == snapshot.promise.kept_at
    assert cast.rung.steps()[-3:] == ["attempt_ended", "promise_kept", "customer_reached"]


def test_a_final_answer(cast: Cast) -> None:
    snapshot = cast.surveyed.snapshot()
    assert (snapshot.stage, snapshot.outcome) == (Stage.CLOSED, Outcome.ANSWERED)
    assert cast.surveyed.steps()[-2:] == ["survey_answered", "closed"]


def test_a_stop(cast: Cast) -> None:
    assert cast.stopping.snapshot().outcome is Outcome.WITHDRAWN


def test_a_chosen_callback(cast: Cast) -> None:
    snapshot = cast.choosing.snapshot()
    assert snapshot.callback == cast.choosing.chosen
    assert snapshot.promise.moved_at is not None


def test_a_number(cast: Cast) -> None:
    snapshot = cast.unreachable.snapshot()
    assert snapshot.number_usable
    assert snapshot.promise.open
    assert cast.unreachable.steps() == ["opened", "number_needed", "number_given"]


def test_a_withdrawal_by_the_link(cast: Cast) -> None:
    snapshot = cast.withdrawing.snapshot()
    assert (snapshot.outcome, snapshot.promise.void) == (Outcome.WITHDRAWN, True)


def test_an_amended_response(cast: Cast) -> None:
    assert cast.amending.steps() == ["opened", "response_amended"]


def test_an_owner_who_went_home(cast: Cast) -> None:
    assert cast.left.snapshot().owner is None
    assert cast.left.steps()[-1] == "owner_left"
