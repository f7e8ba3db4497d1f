"""The named paths of a case around which things break."""

import asyncio
import signal
import sys
from dataclasses import replace
from datetime import timedelta

from activities.phone import Rung
from db.tables import Timeline
from domain.calls import TOLD_AFTER_ALL
from domain.events import Event
from domain.messages import CallEnded, CustomerWithdrew, ResponseAmended
from domain.resumed import resumed_from
from domain.words import AttemptOutcome
from tests.workflows import moves
from tests.workflows.case_paths import finish
from tests.workflows.playing import Play
from tests.workflows.scene import Scene, path, real_path
from workflows.close_the_loop import CloseTheLoop

# When things break


@path("call_asked_after", "reconcile_call", "call_ended")
async def lost_call_reconciled(scene: Scene) -> Play:
    """A call of which no end is heard: the provider is asked, and says that it still goes on; then its end comes."""
    scene.outside.found = Rung()
    play = await scene.start()
    await play.claim()
    attempt = await moves.ring(play)
    await play.later(minutes=41)
    await moves.hangs_up(play, attempt, AttemptOutcome.REACHED)
    return await finish(play)


@path("place_call", "call_ended", "activity_task_failed")
async def call_given_up(scene: Scene) -> Play:
    """The telephone is out of order for minutes: the call is given back as technical, and made again."""
    scene.outside.out_of_order = True
    play = await scene.start()
    await play.claim()
    await moves.ring(play)
    await play.later(minutes=4)
    scene.outside.out_of_order = False
    await play.call(AttemptOutcome.REACHED)
    return await finish(play)


@path("call_asked_after", "reconcile_call", TOLD_AFTER_ALL, "customer_reached", "answered")
async def call_left_by_its_specialist(scene: Scene) -> Play:
    """Gone after taking it: the provider is asked, and gives it back; told so again; then it was answered after all."""
    play = await scene.start()
    await play.claim()
    attempt = await moves.ring(play)
    await play.later(minutes=2)
    at = await play.now()
    await moves.hangs_up(play, attempt, None)
    await play.later(minutes=2)
    await moves.hangs_up(play, attempt, AttemptOutcome.TECHNICAL)
    await play.later(minutes=1)
    await play.tell(CloseTheLoop.customer_answered, moves.answered(play, attempt, at=at))
    await moves.hangs_up(play, attempt, AttemptOutcome.REACHED)
    await play.later(minutes=30)
    return await finish(play)


@path("announce", "tried again", "answered")
async def announcement_failed_and_retried(scene: Scene) -> Play:
    """The post is slow, and fails twice before it works."""
    scene.outside.slow, scene.outside.failures = True, 2
    play = await scene.begin()
    async with scene.working():
        await play.later(minutes=1)
        await play.settled()
        scene.outside.slow = False
        await play.claim()
        await play.call(AttemptOutcome.REACHED)
        return await finish(play)


@path("announce", "activity_task_failed", "hang_up", "withdrawn")
async def announcement_and_hanging_up_given_up(scene: Scene) -> Play:
    """The post is away for days, and a telephone cannot be hung up: the case goes on without."""
    scene.outside.slow, scene.outside.failures, scene.outside.away_for = True, 1, timedelta(days=3)
    play = await scene.begin()
    async with scene.working():
        await play.settled()
        scene.outside.slow = False
        await play.claim()
        attempt = await moves.ring(play)
        await play.settled()
        scene.outside.out_of_order = True
        await play.handle.signal(CloseTheLoop.customer_withdrew, CustomerWithdrew(id="w", at=await play.now()))
        await play.later(minutes=4)
        ended = CallEnded(id="end", at=await play.now(), attempt=attempt, outcome=AttemptOutcome.NO_ANSWER)
        await play.handle.signal(CloseTheLoop.call_ended, ended)
        await play.outcome()
        return play


@path("promise_broken", "response_amended", "withdrawn")
async def all_was_down(scene: Scene) -> Play:
    """Opened, amended and withdrawn before any worker ran: everything that fell due meanwhile comes at once."""
    play = await scene.begin(minutes_ago=70)
    amended = ResponseAmended(id="a", at=play.opening.requested_at + timedelta(minutes=40))
    await play.handle.signal(CloseTheLoop.response_amended, amended)
    await play.handle.signal(CloseTheLoop.customer_withdrew, CustomerWithdrew(id="w", at=await play.now()))
    async with scene.working():
        await play.outcome()
    return play


@real_path("place_call", "its worker was lost", "answered")
async def worker_killed(scene: Scene) -> Play:
    """The worker is killed while it places a call; another takes over, and tries again when the first is given up."""
    play = await scene.begin()
    doomed = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.workflows.doomed",
        scene.client.service_client.config.target_host,
        scene.database_url,
    )
    await play.claim()
    attempt = await moves.ring(play)
    assert await doomed.wait() == -signal.SIGKILL
    async with scene.working():
        await play.settled()
        await moves.answers(play, attempt)
        await moves.hangs_up(play, attempt, AttemptOutcome.REACHED)
        await finish(play)
    return play


@path("resumed", "review_answered", "answered")
async def resumed_from_its_row(scene: Scene) -> Play:
    """After a restore the workflow is gone: another goes on where the rows end."""
    before = await scene.start()
    await before.claim()
    await before.call(AttemptOutcome.REACHED)
    review = await moves.escalate(before)
    row = await before.settled()
    await before.handle.terminate("restored")
    timeline = [Event.model_validate(_told(step)) for step in before.timeline()]
    opening = before.opening.model_copy(update={"resumed": resumed_from(row, timeline)})
    handle = await scene.client.start_workflow(CloseTheLoop.run, opening, id=before.handle.id, task_queue="test")
    play = replace(before, handle=handle, opening=opening)
    await play.settled()
    await moves.answer_review(play, review)
    return await finish(play)


def _told(row: Timeline) -> dict[str, object]:
    """The event a row was written from."""
    return {**row.model_dump(include=set(Event.model_fields)), "id": row.event_id}
