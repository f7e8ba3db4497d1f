"""Calls that go wrong: never placed, without an end, ended twice, answered at the same time as another."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.phone import Ring, Rung
from domain.events import EventKind
from domain.messages import Call, LogAttempt, Release
from domain.words import AttemptOutcome, Stage
from tests.workflows import moves
from tests.workflows.conftest import Start
from tests.workflows.playing import Outside
from workflows.close_the_loop import CloseTheLoop


class Telephone(Outside):
    """Out of order when told so; knows how lost calls ended, when told that."""

    broken = False
    found = Rung(outcome=AttemptOutcome.TECHNICAL)

    @activity.defn(name="place_call")
    async def place_call(self, ring: Ring) -> Rung:
        if self.broken:
            raise ApplicationError("out of order")
        return await super().place_call(ring)

    @activity.defn(name="reconcile_call")
    async def reconcile_call(self, ring: Ring) -> Rung:
        return self.found


@pytest.fixture
def outside() -> Telephone:
    return Telephone()


async def test_a_call_that_cannot_be_placed_is_given_back_as_technical(start: Start, outside: Telephone) -> None:
    outside.broken = True
    play = await start()
    await play.claim()
    await moves.ring(play)
    await play.later(minutes=4)
    ended = play.first(EventKind.ATTEMPT_ENDED)
    assert ended.detail == AttemptOutcome.TECHNICAL
    snapshot = await play.settled()
    assert (snapshot.promise.kept_at, snapshot.tries) == (None, 0)
    outside.broken = False
    await play.call(AttemptOutcome.REACHED)
    assert (await play.settled()).promise.kept_at


async def test_a_technical_call_wants_another_of_its_owner(start: Start, outside: Telephone) -> None:
    outside.broken = True
    play = await start()
    await play.claim()
    await moves.ring(play)
    await play.later(minutes=14)
    assert play.count(EventKind.NOT_CALLED_WARNED) == 1


async def test_a_call_without_an_end_is_asked_after(start: Start, outside: Telephone) -> None:
    play = await start()
    await play.claim()
    attempt = await moves.ring(play)
    started = play.first(EventKind.CALL_STARTED).at
    outside.found = Rung(outcome=AttemptOutcome.NO_ANSWER, at=started + timedelta(minutes=1))
    await play.later(minutes=41)
    asked = play.first(EventKind.CALL_ASKED_AFTER)
    assert (asked.due, asked.ref) == (started + timedelta(minutes=40), attempt)
    assert play.first(EventKind.ATTEMPT_ENDED).at == started + timedelta(minutes=1)
    assert (await play.settled()).promise.kept_at == started + timedelta(minutes=1)


async def test_a_call_that_still_goes_on_is_asked_after_again(start: Start, outside: Telephone) -> None:
    outside.found = Rung()
    play = await start()
    await play.claim()
    await moves.ring(play)
    await play.later(minutes=81)
    assert play.count(EventKind.CALL_ASKED_AFTER) == 2
    assert EventKind.ATTEMPT_ENDED not in play.steps()


async def test_of_a_call_that_its_specialist_left_the_provider_is_asked_soon(start: Start, outside: Telephone) -> None:
    play = await start()
    await play.claim()
    attempt = await moves.ring(play)
    left_at = await play.now()
    outside.found = Rung(outcome=AttemptOutcome.NO_ANSWER, at=left_at)
    await moves.hangs_up(play, attempt, None)
    refused = await play.refused(CloseTheLoop.call, Call(by=play.staff["specialist"], attempt=uuid4()))
    assert refused == "call_under_way"
    await play.later(minutes=1.1)
    asked = play.first(EventKind.CALL_ASKED_AFTER)
    assert asked.at - left_at < timedelta(minutes=1, seconds=5)
    snapshot = await play.settled()
    assert snapshot.attempts[0].outcome is AttemptOutcome.NO_ANSWER
    assert snapshot.promise.kept_at


async def test_a_call_that_its_specialist_left_and_its_customer_ended_is_not_asked_after(start: Start) -> None:
    play = await start()
    await play.claim()
    attempt = await moves.ring(play)
    await moves.hangs_up(play, attempt, None)
    await moves.hangs_up(play, attempt, AttemptOutcome.REACHED)
    await play.later(minutes=2)
    assert play.count(EventKind.CALL_ASKED_AFTER) == 0
    assert play.count(EventKind.ATTEMPT_ENDED) == 1


async def test_what_the_provider_says_later_of_a_lost_call_counts(start: Start) -> None:
    play = await start()
    await play.claim()
    attempt = await moves.ring(play)
    await play.later(minutes=41)
    assert (await play.settled()).attempts[0].outcome is AttemptOutcome.TECHNICAL
    await moves.hangs_up(play, attempt, AttemptOutcome.REACHED)
    assert (await play.settled()).stage is Stage.IN_PROGRESS


async def test_while_it_rings_no_other_call_begins_and_the_case_changes_no_hands(start: Start) -> None:
    play = await start()
    await play.claim()
    attempt = await moves.ring(play)
    by = play.staff["specialist"]
    assert await play.refused(CloseTheLoop.call, Call(by=by, attempt=uuid4())) == "call_under_way"
    logged = LogAttempt(by=by, attempt=uuid4(), outcome=AttemptOutcome.REACHED)
    assert await play.refused(CloseTheLoop.log_attempt, logged) == "call_under_way"
    assert await play.refused(CloseTheLoop.release, Release(by=by)) == "call_under_way"
    await moves.answers(play, attempt)
    assert await play.refused(CloseTheLoop.resolve, play.resolution()) == "not_reached"
    await moves.hangs_up(play, attempt, AttemptOutcome.REACHED)
    await play.resolve()


async def test_the_end_of_an_unknown_call_changes_nothing(start: Start) -> None:
    play = await start()
    await moves.hangs_up(play, UUID(int=1), AttemptOutcome.REACHED)
    await moves.answers(play, UUID(int=1))
    assert play.steps() == [EventKind.OPENED]


async def test_a_second_end_of_a_call_changes_nothing(start: Start) -> None:
    play = await start()
    await play.claim()
    attempt = await play.call(AttemptOutcome.NO_ANSWER)
    before = await play.settled()
    await moves.hangs_up(play, attempt, AttemptOutcome.REACHED)
    assert await play.settled() == before
