"""What is older than it may be kept goes by itself: the same erasure, asked for by a schedule."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session
from temporalio.client import Client
from temporalio.worker import Worker

from activities.erasure import ErasureActivities, Periods
from db import inbox, retention
from db.columns import new_id, now
from db.profiles import of_shop
from db.proof import Erasure
from db.tables import Alert, Customer, IdempotencyKey, Inbox, Licence, Reservation
from domain.policies import policies_from
from ops.relay import Relay
from ops.schedules import RETENTION, ensure
from tests.api.staff_desk import Desk, until
from tests.erasure.marked import MARKER, SECRET, closed_case, dump, open_case, purchase, row, rows, traces_in
from worker import SANDBOX
from workflows.erasure import ErasePeople
from workflows.retention import KeepNoLonger

YEAR = timedelta(days=365)
PERIODS = Periods(2 * YEAR, timedelta(days=7), timedelta(days=90))
OLD = now() - 3 * YEAR


def stale(engine: Engine, *, limit: int = retention.BATCH) -> tuple[list[UUID], list[UUID]]:
    with Session(engine) as session:
        whom = retention.stale(session, before=now() - 2 * YEAR, limit=limit)
        return list(whom.customers), list(whom.responses)


def make_old(desk: Desk, person: UUID, case: UUID | None = None) -> None:
    """Everything about this person, or this case of theirs, happened three years ago."""
    mine, this = {"person": person}, {"person": person, "case": case}
    with desk.engine.begin() as connection:
        for statement, values in (
            ("customer set created_at = :at where id = :person", mine),
            ("purchase set at = :at where customer_id = :person", mine),
            ("licence set valid_until = :at where customer_id = :person", mine),
            ("response set received_at = :at where customer_id = :person and id = coalesce(:case, id)", this),
            (
                "cases set closed_at = case when closed_at is not null then cast(:at as timestamptz) end "
                "where customer_id = :person and id = coalesce(:case, id)",
                this,
            ),
        ):
            connection.execute(text(f"update {statement}"), {**values, "at": OLD})


def test_nothing_new_is_stale(desk: Desk, person: UUID) -> None:
    closed_case(desk, person)
    assert stale(desk.engine) == ([], [])


def test_a_person_of_whom_nothing_is_new_goes_as_a_whole(desk: Desk, person: UUID) -> None:
    closed_case(desk, person)
    make_old(desk, person)
    assert stale(desk.engine) == ([person], [])


def test_of_a_person_who_answered_lately_only_the_old_response_goes(desk: Desk, person: UUID) -> None:
    old, _ = closed_case(desk, person), closed_case(desk, person)
    make_old(desk, person, old)
    assert stale(desk.engine) == ([], [old])


@pytest.mark.parametrize("news", ["licence", "purchase"])
def test_a_licence_or_a_purchase_keeps_the_profile_but_not_old_answers(desk: Desk, person: UUID, news: str) -> None:
    case = closed_case(desk, person)
    make_old(desk, person)
    if news == "licence":
        desk.store(Licence(external_id="k", customer_id=person, product="home", segment="full"))
    else:
        desk.store(purchase(person, "home", at=now()))
    assert stale(desk.engine) == ([], [case])


def test_whatever_is_open_stays_however_old(desk: Desk, person: UUID) -> None:
    open_case(desk, person)
    make_old(desk, person)
    assert stale(desk.engine) == ([], [])


def test_an_alarm_that_nobody_has_acknowledged_keeps_what_was_closed_long_ago(desk: Desk, person: UUID) -> None:
    case = closed_case(desk, person)
    make_old(desk, person)
    desk.store(Alert(key="a", case_id=case, kind="promise_broken", due=OLD, raised_at=OLD, ended_at=OLD))
    assert stale(desk.engine) == ([person], [])
    desk.store(Alert(key="b", case_id=case, kind="promise_broken", due=OLD, raised_at=OLD))
    assert stale(desk.engine) == ([], [])


def test_the_shops_later_news_mean_a_customer_again(desk: Desk, person: UUID) -> None:
    make_old(desk, person)
    ErasureActivities(desk.engine, {}, secret=SECRET, periods=PERIODS).erase_stale()
    with Session(desk.engine) as session, session.begin():
        back = of_shop(session, f"{MARKER}-ref", secret=SECRET)
        assert back is not None
        assert back.id != person


def test_a_batch_is_bounded(desk: Desk) -> None:
    desk.store(*(Customer(id=new_id(), created_at=OLD) for _ in range(5)))
    assert [len(ids) for ids in stale(desk.engine, limit=3)] == [3, 0]


def test_what_has_served_its_purpose_is_deleted_and_the_rest_stays(desk: Desk) -> None:
    week, staff = timedelta(days=8), desk.staff["lead"].id
    for age, key in ((week, "old"), (timedelta(0), "new")):
        desk.store(IdempotencyKey(staff_id=staff, route="r", key=key, body_hash="", created_at=now() - age))
    for age, key in ((timedelta(days=91), "old"), (timedelta(days=89), "new")):
        desk.store(_told(key, done_at=now() - age))
    desk.store(_told("waiting", done_at=None))
    for age in (timedelta(days=2), timedelta(0)):
        desk.store(Reservation(case_id=uuid4(), staff_id=staff, until=now() - age))
    steps = ErasureActivities(desk.engine, {}, secret=SECRET, periods=PERIODS)
    assert (steps.sweep(), steps.sweep()) == (3, 0)
    assert row(desk.engine, IdempotencyKey).key == "new"
    assert sorted(one.key for one in rows(desk.engine, Inbox)) == ["new", "waiting"]
    assert len(rows(desk.engine, Reservation)) == 1


def _told(key: str, *, done_at: datetime | None) -> Inbox:
    told = inbox.row(kind="call_ended", key=key, case_id=uuid4(), body=None, urgent_at=now())
    told.received_at, told.done_at = now() - YEAR, done_at
    return Inbox(**told.model_dump())


@pytest.fixture
def queue() -> str:
    return f"retention-{uuid4()}"


@pytest.fixture
async def scheduled(dev_client: Client, queue: str) -> AsyncIterator[Client]:
    """The schedule is there, for this test's queue."""
    await ensure(dev_client, task_queue=queue)
    yield dev_client
    await dev_client.get_schedule_handle(RETENTION).delete()


async def test_the_schedule_erases_what_is_too_old(
    desk: Desk, person: UUID, scheduled: Client, queue: str, database_url: str
) -> None:
    """The real server fires it, the real relay starts the erasure, the real worker carries it out."""
    closed_case(desk, person)
    make_old(desk, person)
    steps = ErasureActivities(desk.engine, {}, secret=SECRET, periods=PERIODS)
    relay = Relay(desk.engine, scheduled, policies_from(None, development=True), task_queue=queue)
    async with Worker(
        scheduled,
        task_queue=queue,
        workflows=[KeepNoLonger, ErasePeople],
        activities=[steps.erase_stale, steps.sweep, steps.end_cases, steps.forget_copies, steps.empty_rows],
        activity_executor=ThreadPoolExecutor(4),
        workflow_runner=SANDBOX,
    ):
        await scheduled.get_schedule_handle(RETENTION).trigger()
        await until(lambda: rows(desk.engine, Erasure) != [])
        await relay.once()
        await until(lambda: row(desk.engine, Erasure).finished_at is not None)
    assert row(desk.engine, Erasure).origin == "retention"
    assert traces_in(dump(database_url)) == []


async def test_the_schedule_is_made_once_however_often_and_stays_paused(scheduled: Client, queue: str) -> None:
    handle = scheduled.get_schedule_handle(RETENTION)
    await handle.pause(note="stock-taking")
    await ensure(scheduled, task_queue=queue)
    known = (await handle.describe()).schedule
    assert (known.state.paused, known.policy.overlap.name) == (True, "SKIP")
    assert [one.id async for one in await scheduled.list_schedules()] in ([RETENTION], [])
