"""The named paths of a case whose customer was called: reached, worked on, asked how it went."""

from datetime import timedelta

from activities.phone import Rung
from domain.messages import ResponseAmended
from domain.words import AttemptOutcome
from tests.workflows import moves
from tests.workflows.playing import Play
from tests.workflows.scene import Scene, path, real_path
from workflows.close_the_loop import CloseTheLoop


async def reached(scene: Scene, **wanted: object) -> Play:
    """A case whose customer has spoken with us."""
    play = await scene.start(**wanted)
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    return play


async def finish(play: Play) -> Play:
    """Solved and answered: the rest of the straight path."""
    await play.resolve()
    await play.answer()
    await play.outcome()
    return play


# Reached


@real_path("claim", "call", "customer_answered", "call_ended", "resolve", "survey_answered", "promise_kept", "answered")
async def straight_by_telephone(scene: Scene) -> Play:
    """Claimed, rung, reached, solved, asked, answered."""
    return await finish(await reached(scene))


@path("log_attempt", "promise_kept", "answered")
async def straight_logged(scene: Scene) -> Play:
    """The same with a call made by other means."""
    play = await scene.start()
    await play.claim()
    await moves.log(play, AttemptOutcome.REACHED)
    return await finish(play)


@path("next_attempt_planned", "next_attempt_due", "customer_reached", "answered")
async def no_answer_then_reached(scene: Scene) -> Play:
    """Nobody answers; at the next attempt they do."""
    play = await scene.start()
    await play.claim()
    await play.call(AttemptOutcome.NO_ANSWER)
    await play.later(minutes=16)
    await play.call(AttemptOutcome.REACHED)
    return await finish(play)


@path("unreachable", "next_attempt_due")
async def ladder_exhausted(scene: Scene) -> Play:
    """Four attempts, each unanswered in its own way."""
    play = await scene.start()
    tries = (AttemptOutcome.NO_ANSWER, AttemptOutcome.BUSY, AttemptOutcome.UNAVAILABLE, AttemptOutcome.VOICEMAIL)
    for outcome, wait in zip(tries, (16, 121, 24 * 60 + 1, 0), strict=True):
        await play.claim()
        await play.call(outcome)
        await play.later(minutes=wait)
    await play.outcome()
    return play


@path("promise_warned", "promise_broken", "alarm_repeated", "customer_reached")
async def broken_and_rescued(scene: Scene) -> Play:
    """Nobody calls within the hour; second line takes over and reaches the customer."""
    play = await scene.start()
    await play.later(minutes=70)
    await play.claim("second_line")
    await play.call(AttemptOutcome.REACHED, who="second_line")
    await play.resolve("second_line")
    await play.answer()
    await play.outcome()
    return play


@path("not_called_warned", "not_called_released", "claimed")
async def claimed_not_called_released(scene: Scene) -> Play:
    """The owner does not call and loses the case to somebody who does."""
    play = await scene.start()
    await play.claim()
    await play.later(minutes=21)
    await play.claim("second")
    await play.call(AttemptOutcome.REACHED, who="second")
    await play.resolve("second")
    await play.answer()
    await play.outcome()
    return play


@path("release", "assign", "owner_left", "move_deadline", "deadline_missed")
async def through_many_hands(scene: Scene) -> Play:
    """Released, assigned, its deadline missed, left by its owner before and after the customer was reached."""
    play = await scene.start()
    await play.claim()
    await moves.release(play)
    await moves.assign(play, "second")
    await moves.move_deadline(play, await play.now() + timedelta(minutes=20))
    await moves.move_deadline(play, await play.now() + timedelta(minutes=5))
    await play.later(minutes=6)
    await moves.goes_off_duty(play, "second")
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    await moves.goes_off_duty(play, stand_in="second")
    await play.resolve("second")
    await play.answer()
    await play.outcome()
    return play


@path("customer_answered", "promise_kept")
async def answered_in_time_and_heard_of_late(scene: Scene) -> Play:
    """The news of a call that kept the promise arrives after the promise was taken to be broken."""
    scene.outside.found = Rung()
    play = await scene.start()
    await play.claim()
    attempt = await moves.ring(play)
    in_time = await play.now()
    await play.later(minutes=62)
    await play.tell(CloseTheLoop.customer_answered, moves.answered(play, attempt, at=in_time))
    await moves.hangs_up(play, attempt, AttemptOutcome.REACHED)
    return await finish(play)


# Agreed times


@path("callback_chosen", "callback_agreed", "callback_warned", "customer_reached")
async def moved_by_customer(scene: Scene) -> Play:
    """The customer picks another time by the link, and is called then."""
    play = await scene.start()
    await moves.chooses(play, await play.now() + timedelta(hours=3))
    await play.later(hours=2, minutes=55)
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    return await finish(play)


@path("schedule_callback", "callback_broken", "acknowledge")
async def asked_later_and_forgotten(scene: Scene) -> Play:
    """On the telephone they ask for another time; nobody calls then, and a lead has seen it."""
    play = await scene.start()
    await play.claim()
    await play.call(AttemptOutcome.ASKED_LATER)
    await moves.agree_on(play, await play.now() + timedelta(hours=1))
    await play.later(hours=1, minutes=25)
    await moves.acknowledge(play)
    await play.call(AttemptOutcome.REACHED)
    return await finish(play)


# Under review, and in progress


@path("escalate", "ask_back", "forward_review", "answer_review", "review_answered", "answered")
async def escalated_asked_back_and_forwarded(scene: Scene) -> Play:
    """Second line asks back, is asked again, hands on, and answers."""
    play = await reached(scene)
    review = await moves.escalate(play)
    await moves.ask_back(play, review)
    await moves.escalate(play, review)
    await moves.forward(play, review)
    await moves.answer_review(play, review)
    return await finish(play)


@path("review_overdue", "alarm_repeated", "review_answered")
async def review_overdue_ladder(scene: Scene) -> Play:
    """Second line, its lead, then the owner and the customer hear that the answer is late."""
    play = await reached(scene)
    review = await moves.escalate(play)
    await play.later(hours=12, minutes=5)
    await moves.answer_review(play, review)
    return await finish(play)


@path("idle_nudged", "goal_missed", "response_amended", "extend_calendar")
async def idle_beyond_its_calendar(scene: Scene) -> Play:
    """Reached, amended, and then forgotten for weeks; the calendar is extended meanwhile."""
    play = await reached(scene)
    await play.tell(CloseTheLoop.response_amended, ResponseAmended(id="amended", at=await play.now()))
    await play.later(days=20)
    await moves.agree_on(play, await play.now() + timedelta(days=3))
    await play.later(days=3)
    await play.call(AttemptOutcome.REACHED)
    return await finish(play)


@path("resolve", "unsolved", "acknowledge")
async def ended_unsolved(scene: Scene) -> Play:
    """A lead ends it without a solution; the customer says so, and the alarm is acknowledged."""
    play = await reached(scene)
    await play.resolve("lead", solved=False)
    await play.answer(solved=False)
    await play.later(minutes=6)
    await moves.acknowledge(play)
    await play.outcome()
    return play


# The final survey


@path("survey_reminded", "survey_expired", "no_answer")
async def survey_expired(scene: Scene) -> Play:
    """Reminded once, never answered."""
    play = await reached(scene)
    await play.resolve()
    await play.later(days=7, minutes=1)
    await play.outcome()
    return play


@path("resolve", "not_asked")
async def not_asked(scene: Scene) -> Play:
    """There is no way to send the final survey."""
    play = await reached(scene, phone="+74951234567", email=None)
    await play.resolve()
    await play.outcome()
    return play


@path("survey_answered", "alarm_repeated", "acknowledged")
async def not_solved_until_acknowledged(scene: Scene) -> Play:
    """The customer says that nothing is solved: on record as closed, it alarms until a lead has seen it."""
    play = await reached(scene)
    await play.resolve()
    await play.answer(solved=False)
    await play.later(hours=1, minutes=16)
    await moves.acknowledge(play)
    await play.outcome()
    return play


@path("survey_answered", "answered")
async def contact_asked_again(scene: Scene) -> Play:
    """The answer asks for contact: the next loop begins."""
    first = await reached(scene)
    await first.resolve()
    second = await scene.start(customer=first.opening.customer, previous_case=first.case)
    await first.answer(next_case=second.case)
    await first.outcome()
    return first


@path("customer_withdrew", "resolved", "no_answer")
async def withdrawn_during_the_final_survey(scene: Scene) -> Play:
    """No more questions, please: the resolution stands."""
    play = await reached(scene)
    await play.resolve()
    await moves.customer_withdraws(play)
    await play.outcome()
    return play
