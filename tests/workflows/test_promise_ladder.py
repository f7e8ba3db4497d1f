"""The callback promise: warned of before it is due, broken at its due time, rescued by those who then may."""

from datetime import timedelta

import pytest

from domain.events import EventKind
from domain.messages import Claim, MoveDeadline
from domain.words import AttemptOutcome, Stage
from tests.workflows import moves
from tests.workflows.conftest import Start
from tests.workflows.playing import Play
from workflows.close_the_loop import CloseTheLoop

AT = {"50%": 30, "75%": 45, "90%": 54}


def requested(play: Play, minutes: float) -> object:
    return play.opening.requested_at + timedelta(minutes=minutes)


async def test_warnings_come_at_50_75_and_90_percent_and_the_promise_breaks_at_its_due_time(start: Start) -> None:
    play = await start()
    await play.later(minutes=61)
    warned = {row.detail: row.due for row in play.timeline() if row.kind == EventKind.PROMISE_WARNED}
    assert warned == {fraction: requested(play, minutes) for fraction, minutes in AT.items()}
    broken = play.first(EventKind.PROMISE_BROKEN)
    assert broken.due == requested(play, 60)
    assert play.row().promise_broken_at == requested(play, 60)
    late = [(row.at - row.due) for row in play.timeline() if row.due and row.kind != EventKind.OPENED]
    assert max(late) < timedelta(seconds=2)
    assert (await play.seen()).alerts() == ["new_case", *["promise_warning"] * 3, "promise_broken"]
    assert (await play.seen()).messages() == ["request_received", "we_are_late"]


@pytest.mark.parametrize(("minutes", "warnings"), [(29, 0), (31, 1), (46, 2), (55, 3)])
async def test_a_call_in_time_ends_the_warnings(start: Start, minutes: int, warnings: int) -> None:
    play = await start()
    await play.later(minutes=minutes)
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    await play.later(hours=1)
    assert play.count(EventKind.PROMISE_WARNED) == warnings
    assert EventKind.PROMISE_BROKEN not in play.steps()
    assert play.row().promise_kept_at == play.row().reached_at


async def test_second_line_and_leads_may_claim_once_the_promise_is_broken_and_rescue_it(start: Start) -> None:
    play = await start()
    for who in ("second_line", "lead"):
        assert await play.refused(CloseTheLoop.claim, Claim(by=play.staff[who])) == "promise_not_broken"
    assert await play.refused(CloseTheLoop.claim, Claim(by=play.staff["manager"])) == "not_your_role"
    await play.later(minutes=61)
    await play.claim("second_line")
    await play.call(AttemptOutcome.REACHED, who="second_line")
    snapshot = await play.settled()
    assert snapshot.stage is Stage.IN_PROGRESS
    assert snapshot.promise.broken_at == requested(play, 60)
    assert snapshot.promise.kept_at is None
    assert not snapshot.alarms


async def test_a_call_answered_before_due_keeps_the_promise_though_we_hear_of_it_after(start: Start) -> None:
    play = await start()
    await play.claim()
    await play.later(minutes=1)
    attempt = await moves.ring(play)
    in_time = await play.now()
    await play.later(minutes=62)
    assert (await play.snapshot()).promise.broken_at
    await play.tell(CloseTheLoop.customer_answered, moves.answered(play, attempt, at=in_time))
    await moves.hangs_up(play, attempt, AttemptOutcome.REACHED)
    snapshot = await play.settled()
    assert (snapshot.promise.kept_at, snapshot.promise.broken_at) == (in_time, None)
    assert not snapshot.alarms


async def test_a_lead_moves_the_deadline_and_the_promise_stays_on_record(start: Start) -> None:
    play = await start()
    due = await play.now() + timedelta(minutes=90)
    ask = MoveDeadline(by=play.staff["specialist"], due=due, reason=play.case)
    assert await play.refused(CloseTheLoop.move_deadline, ask) == "not_your_role"
    past = MoveDeadline(by=play.staff["lead"], due=await play.now() - timedelta(minutes=1), reason=play.case)
    assert await play.refused(CloseTheLoop.move_deadline, past) == "in_the_past"
    snapshot = await moves.move_deadline(play, due)
    assert (snapshot.deadline, snapshot.promise.due) == (due, requested(play, 60))
    await play.later(minutes=91)
    assert play.first(EventKind.PROMISE_BROKEN).due == requested(play, 60)
    assert play.first(EventKind.DEADLINE_MISSED).due == due
    assert "deadline_missed" in (await play.seen()).alerts()


async def test_a_deadline_that_moves_nearer_is_missed_at_its_new_time(start: Start) -> None:
    play = await start()
    await moves.move_deadline(play, await play.now() + timedelta(minutes=50))
    nearer = await play.now() + timedelta(minutes=5)
    await moves.move_deadline(play, nearer)
    await play.later(minutes=6)
    assert play.first(EventKind.DEADLINE_MISSED).due == nearer
    await play.claim()
    await play.call(AttemptOutcome.NO_ANSWER)
    assert not (await play.settled()).alarms
