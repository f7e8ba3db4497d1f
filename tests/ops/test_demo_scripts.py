"""A demo's script says what must happen, and where a case leaves it."""

import pytest

from domain.events import EventKind
from domain.phone import Phone, normalize
from domain.state import PromiseState
from ops.demo.loops import ARRIVED, loops
from ops.demo.people import Cast
from ops.demo.script import AnyOrder, Repeated, Wanted, difference, together
from ops.demo.verdict import promise_of

A, B, C = "opened", "claimed", "closed answered"
RUN = 1_793_000_000


@pytest.mark.parametrize(
    ("wanted", "actual"),
    [
        ((A, B, C), [A, B, C]),
        ((A, together(B, C)), [A, C, B]),
        ((A, Repeated(B), C), [A, B, B, B, C]),
        ((A, Repeated(B)), [A, B]),
    ],
)
def test_a_case_that_keeps_to_its_script_does_not_differ(wanted: tuple[Wanted, ...], actual: list[str]) -> None:
    assert difference(wanted, actual) is None


@pytest.mark.parametrize(
    ("wanted", "actual", "told"),
    [
        ((A, B, C), [A, C], "step 2: expected `claimed`, found `closed answered`"),
        ((A, B, C), [A, B], "step 3: expected `closed answered`, found nothing more"),
        ((A, B), [A, B, C], "step 3: expected nothing more, found `closed answered`"),
        ((A, together(B, C)), [A, B, B], "step 2: expected `claimed` and `closed answered` in any order"),
        ((A, together(B, C)), [A, B], "step 2: expected `claimed` and `closed answered` in any order"),
        ((A, Repeated(B), C), [A, C], "step 2: expected `claimed` once or more, found `closed answered`"),
        (("closed answered",), ["closed no_answer"], "step 1: expected `closed answered`, found `closed no_answer`"),
    ],
)
def test_the_first_step_off_the_script_is_named(wanted: tuple[Wanted, ...], actual: list[str], told: str) -> None:
    assert told in (difference(wanted, actual) or "")


def test_every_step_of_every_script_exists() -> None:
    named = {step for loop in loops(RUN) for case in loop.expected for one in case.timeline for step in _steps(one)}
    assert {step.partition(" ")[0] for step in named} <= set(EventKind)
    assert set(ARRIVED) <= named


def _steps(wanted: Wanted) -> frozenset[str]:
    if isinstance(wanted, AnyOrder):
        return wanted.steps
    return frozenset({wanted.step if isinstance(wanted, Repeated) else wanted})


def test_the_demo_shows_the_six_loops_and_more() -> None:
    assert len(loops(RUN)) >= 6
    assert len({loop.name for loop in loops(RUN)}) == len(loops(RUN))
    assert {case.promise for loop in loops(RUN) for case in loop.expected} == {"kept", "broken", "moved", "not counted"}


def test_customers_are_new_in_every_run_and_can_be_rung() -> None:
    customers = [loop.customer for run in (RUN, RUN + 1) for loop in loops(run)]
    assert len({customer.phone for customer in customers}) == len(customers)
    assert len({customer.ref for customer in customers}) == len(customers)
    typed = [normalize(customer.phone_as_typed, region="RU", allowed=frozenset({"RU"})) for customer in customers]
    assert [one.e164 for one in typed if isinstance(one, Phone)] == [customer.phone for customer in customers]


def test_the_last_place_of_a_run_is_not_the_first_of_the_next() -> None:
    last, first = Cast(RUN).customer(19, "Anna", "Анна"), Cast(RUN + 1).customer(0, "Anna", "Анна")
    assert last.phone != first.phone


def test_a_promise_not_counted_is_neither_kept_nor_broken() -> None:
    assert promise_of(PromiseState()) == "not counted"
