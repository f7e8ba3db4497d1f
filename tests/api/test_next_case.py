"""The next case: the most urgent one, another for each, the same for a repeat."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

from sqlmodel import Session, select

from db.casework import Case
from db.columns import now
from db.staff import Reservation
from domain.messages import Claim, LogAttempt
from domain.words import AttemptOutcome, Role
from tests.api.conftest import Open, row
from tests.api.staff_desk import Desk, until

TWENTY = 20


async def test_twenty_people_at_once_get_twenty_different_cases(live: Desk, open_case: Open) -> None:
    cases = [await open_case() for _ in range(TWENTY)]
    people = [f"person {number}" for number in range(TWENTY)]
    for person in people:
        live.hire(person, Role.SPECIALIST)
    answers = await asyncio.gather(*(live.post(person, "/cases/next") for person in people))
    assert [answer.status_code for answer in answers] == [200] * TWENTY
    assert {UUID(answer.json()["case"]) for answer in answers} == set(cases)
    assert {answer.json()["owner"] for answer in answers} == {str(live.staff[person].id) for person in people}


async def test_a_repeat_returns_the_same_case(live: Desk, open_case: Open) -> None:
    await open_case()
    await open_case()
    repeats = [await live.post("specialist", "/cases/next", key="k") for _ in range(2)]
    at_once = await asyncio.gather(*(live.post("other", "/cases/next", key="k") for _ in range(5)))
    assert len({answer.json()["case"] for answer in repeats}) == 1
    assert len({answer.json()["case"] for answer in at_once}) == 1
    assert repeats[0].json()["case"] != at_once[0].json()["case"]
    assert repeats[1].json() == repeats[0].json()


async def test_the_most_urgent_case_comes_first(live: Desk, open_case: Open) -> None:
    await open_case()
    urgent = await open_case(requested=now() - timedelta(minutes=30))
    assert (await live.post("specialist", "/cases/next")).json()["case"] == str(urgent)


async def test_a_case_offered_to_me_comes_before_more_urgent_ones(live: Desk, open_case: Open) -> None:
    first = await open_case(requested=now() - timedelta(minutes=30))
    await live.post("specialist", f"/cases/{first}/claim")
    await open_case(requested=now() - timedelta(minutes=20))
    stored = row(live, first)
    assert stored
    sibling = await open_case(customer=stored.customer_id)
    assert (await live.post("specialist", "/cases/next")).json()["case"] == str(sibling)


async def test_an_empty_queue_says_so_and_may_be_asked_again_under_the_same_key(live: Desk, open_case: Open) -> None:
    empty = await live.post("specialist", "/cases/next", key="k")
    case_id = await open_case()
    assert (empty.status_code, empty.json()["code"]) == (404, "queue_empty")
    assert (await live.post("specialist", "/cases/next", key="k")).json()["case"] == str(case_id)


async def test_second_line_is_given_broken_promises_only(live: Desk, open_case: Open) -> None:
    await open_case()
    assert (await live.post("second_line", "/cases/next")).status_code == 404
    broken = await open_case(requested=now() - timedelta(hours=2))
    await until(lambda: _is_broken(row(live, broken)))
    assert (await live.post("second_line", "/cases/next")).json()["case"] == str(broken)


def _is_broken(stored: Case | None) -> bool:
    return stored is not None and stored.promise_broken_at is not None


async def test_a_case_taken_a_moment_ago_is_passed_over(live: Desk, open_case: Open) -> None:
    taken = await open_case(requested=now() - timedelta(minutes=30))
    free = await open_case()
    await live.post("other", f"/cases/{taken}/claim")
    with Session(live.engine) as session, session.begin():
        session.get_one(Case, taken).owner_id = None  # as if the row were late
    assert (await live.post("specialist", "/cases/next")).json()["case"] == str(free)


async def test_a_case_is_no_longer_held_once_it_is_claimed(live: Desk, open_case: Open) -> None:
    await open_case()
    await live.post("specialist", "/cases/next")
    with Session(live.engine) as session:
        assert session.exec(select(Reservation)).all() == []


async def test_cases_that_are_not_to_be_worked_now_are_not_given(desk: Desk) -> None:
    by = desk.staff["other"].by
    resting = desk.open(Claim(by=by), LogAttempt(by=by, attempt=uuid4(), outcome=AttemptOutcome.BUSY))
    with Session(desk.engine) as session, session.begin():
        session.get_one(Case, resting).owner_id = None
    desk.open(phone=None, promise=None)
    assert (await desk.post("specialist", "/cases/next")).status_code == 404


async def test_a_held_case_is_given_to_nobody_else_until_the_hold_is_over(desk: Desk) -> None:
    held = desk.open()
    desk.store(Reservation(case_id=held, staff_id=desk.staff["other"].id, until=now() + timedelta(minutes=1)))
    assert (await desk.post("specialist", "/cases/next")).status_code == 404
    with Session(desk.engine) as session, session.begin():
        session.get_one(Reservation, held).until = now() - timedelta(seconds=1)
    assert (await desk.post("specialist", "/cases/next")).status_code == 503
