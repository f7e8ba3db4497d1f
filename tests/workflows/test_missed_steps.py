"""Steps that fell due while nothing ran: all on record with their due times, only the most severe is told."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import Session
from temporalio.worker import Worker

from db.tables import Case
from domain.events import EventKind
from domain.messages import CustomerWithdrew, ResponseAmended
from domain.words import Outcome
from tests.workflows.conftest import Start, replays
from tests.workflows.playing import Outside
from workflows.close_the_loop import CloseTheLoop

Working = Callable[[], Worker]


async def test_rungs_missed_are_recorded_with_their_due_times_and_only_the_worst_alerts(
    begin: Start, working: Working, outside: Outside
) -> None:
    play = await begin(minutes_ago=70)
    async with working():
        await play.settled()
        await play.later(minutes=1)
    missed = [(row.kind, row.detail, row.due) for row in play.timeline()[1:]]
    since = play.opening.requested_at
    assert missed == [
        (EventKind.PROMISE_WARNED, "50%", since + timedelta(minutes=30)),
        (EventKind.PROMISE_WARNED, "75%", since + timedelta(minutes=45)),
        (EventKind.PROMISE_WARNED, "90%", since + timedelta(minutes=54)),
        (EventKind.PROMISE_BROKEN, "", since + timedelta(minutes=60)),
    ]
    assert play.row().promise_broken_at == since + timedelta(minutes=60)
    assert outside.alerts() == ["new_case", "promise_broken"]
    await replays(play.handle)


async def test_a_fact_that_waited_comes_after_the_opening_and_what_fell_due_before_it(
    begin: Start, working: Working
) -> None:
    play = await begin(minutes_ago=70)
    amended, withdrew = play.opening.requested_at + timedelta(minutes=40), await play.now()
    await play.handle.signal(CloseTheLoop.response_amended, ResponseAmended(id="a", at=amended))
    await play.handle.signal(CloseTheLoop.customer_withdrew, CustomerWithdrew(id="b", at=withdrew))
    async with working():
        assert await play.outcome() is Outcome.WITHDRAWN
    assert [(row.kind, row.detail) for row in play.timeline()] == [
        (EventKind.OPENED, ""),
        (EventKind.PROMISE_WARNED, "50%"),
        (EventKind.RESPONSE_AMENDED, ""),
        (EventKind.PROMISE_WARNED, "75%"),
        (EventKind.PROMISE_WARNED, "90%"),
        (EventKind.PROMISE_BROKEN, ""),
        (EventKind.WITHDRAWN, ""),
        (EventKind.CLOSED, "withdrawn"),
    ]
    assert not play.row().promise_void, "they withdrew after due"
    await replays(play.handle)


async def test_before_a_worker_came_there_was_no_row(begin: Start, working: Working, engine: Engine) -> None:
    play = await begin()
    with Session(engine) as session:
        assert session.get(Case, play.case) is None
    async with working():
        await play.settled()
