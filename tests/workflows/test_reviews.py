"""Under review: a question to second line, its answer, and what happens when none comes."""

from datetime import timedelta
from uuid import uuid4

from domain.events import EventKind
from domain.messages import AnswerReview, AskBack, Escalate, ForwardReview
from domain.words import AttemptOutcome, Outcome, Stage
from tests.workflows import moves
from tests.workflows.conftest import Start
from tests.workflows.playing import Play
from workflows.close_the_loop import CloseTheLoop

REVIEW = timedelta(hours=4)


async def reached(start: Start) -> Play:
    play = await start()
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    return play


async def test_second_line_answers_and_the_case_is_its_owners_again(start: Start) -> None:
    play = await reached(start)
    review = await moves.escalate(play)
    assert (await play.snapshot()).stage is Stage.UNDER_REVIEW
    assert await play.refused(CloseTheLoop.resolve, play.resolution()) == "review_open"
    assert (await moves.answer_review(play, review)).stage is Stage.IN_PROGRESS
    await play.resolve()
    await play.answer()
    assert await play.outcome() is Outcome.ANSWERED
    assert (await play.seen()).alerts()[1:] == ["review_asked", "review_answered"]


async def test_a_review_is_asked_for_by_the_owner_of_a_reached_case_and_answered_by_second_line_once(
    start: Start,
) -> None:
    play = await start()
    await play.claim()
    by, second_line = play.staff["specialist"], play.staff["second_line"]
    early = Escalate(by=by, review=uuid4(), question=uuid4())
    assert await play.refused(CloseTheLoop.escalate, early) == "not_reached"
    await play.call(AttemptOutcome.REACHED)
    review = await moves.escalate(play)
    again = Escalate(by=by, review=review, question=uuid4())
    assert await play.refused(CloseTheLoop.escalate, again) == "already_asked"
    own = AnswerReview(by=by, review=review, answer=uuid4())
    assert await play.refused(CloseTheLoop.answer_review, own) == "not_your_role"
    await moves.answer_review(play, review)
    late = AnswerReview(by=second_line, review=review, answer=uuid4())
    assert await play.refused(CloseTheLoop.answer_review, late) == "not_waiting"
    unknown = AskBack(by=second_line, review=uuid4(), question=uuid4())
    assert await play.refused(CloseTheLoop.ask_back, unknown) == "not_waiting"


async def test_an_overdue_review_climbs_three_rungs_and_its_alarm_repeats(start: Start) -> None:
    play = await reached(start)
    await moves.escalate(play)
    asked = play.first(EventKind.ESCALATED).at
    await play.later(hours=4, minutes=1)
    assert set((await play.snapshot()).alarms) == {EventKind.REVIEW_OVERDUE}
    await play.later(hours=8, minutes=1)
    overdue = [(row.detail, row.due) for row in play.timeline() if row.kind == EventKind.REVIEW_OVERDUE]
    assert overdue == [("1", asked + REVIEW), ("2", asked + 2 * REVIEW), ("3", asked + 3 * REVIEW)]
    assert (await play.seen()).messages()[-1] == "under_review"
    assert (await play.seen()).alerts()[-1] == "tell_customer"
    assert play.count(EventKind.ALARM_REPEATED) > 3


async def test_an_answer_ends_the_alarm_of_a_late_review(start: Start) -> None:
    play = await reached(start)
    review = await moves.escalate(play)
    await play.later(hours=5)
    assert not (await moves.answer_review(play, review)).alarms


async def test_a_forwarded_review_has_its_time_again(start: Start) -> None:
    play = await reached(start)
    review = await moves.escalate(play)
    await play.later(hours=4, minutes=30)
    snapshot = await moves.forward(play, review)
    assert snapshot.reviews[0].forwarded
    assert (snapshot.reviews[0].rung, snapshot.alarms, snapshot.stage) == (0, {}, Stage.UNDER_REVIEW)
    await play.later(hours=3, minutes=55)
    assert play.count(EventKind.REVIEW_OVERDUE) == 1
    await play.later(minutes=10)
    assert play.count(EventKind.REVIEW_OVERDUE) == 2
    await moves.answer_review(play, review)
    late = ForwardReview(by=play.staff["second_line"], review=review, reference=uuid4())
    assert await play.refused(CloseTheLoop.forward_review, late) == "not_waiting"


async def test_a_question_asked_back_waits_for_the_owner_who_may_ask_it_again(start: Start) -> None:
    play = await reached(start)
    review = await moves.escalate(play)
    await play.later(hours=1)
    assert (await moves.ask_back(play, review)).stage is Stage.IN_PROGRESS
    await play.later(hours=5)
    assert EventKind.REVIEW_OVERDUE not in play.steps()
    await moves.escalate(play, review)
    snapshot = await moves.answer_review(play, review)
    assert len(snapshot.reviews) == 1
    assert snapshot.stage is Stage.IN_PROGRESS


async def test_the_case_stays_under_review_until_the_last_question_is_answered(start: Start) -> None:
    play = await reached(start)
    first, second = await moves.escalate(play), await moves.escalate(play)
    assert (await moves.answer_review(play, first)).stage is Stage.UNDER_REVIEW
    assert (await moves.answer_review(play, second)).stage is Stage.IN_PROGRESS
