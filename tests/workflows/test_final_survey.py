"""The final survey: answered, reminded, expired, not asked; and cases that end unsolved."""

from datetime import timedelta

import pytest

from domain.events import EventKind
from domain.words import AttemptOutcome, Outcome, Stage
from tests.workflows import moves
from tests.workflows.conftest import Start
from tests.workflows.playing import Play
from workflows.close_the_loop import CloseTheLoop

LANDLINE = "+74951234567"


async def resolved(start: Start, **response: object) -> Play:
    play = await start(**response)
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    await play.resolve()
    return play


async def test_unanswered_it_is_reminded_of_once_and_expires(start: Start) -> None:
    play = await resolved(start)
    at = play.row().resolved_at
    assert at
    await play.later(days=2, minutes=1)
    assert play.first(EventKind.SURVEY_REMINDED).due == at + timedelta(days=2)
    await play.later(days=5, minutes=1)
    assert await play.outcome() is Outcome.NO_ANSWER
    assert play.first(EventKind.SURVEY_EXPIRED).due == at + timedelta(days=7)
    assert play.count(EventKind.SURVEY_REMINDED) == 1
    assert (await play.seen()).messages()[1:] == ["final_survey", "final_survey_reminder"]


async def test_answered_in_time_nobody_is_reminded(start: Start) -> None:
    play = await resolved(start)
    await play.later(days=1)
    await play.answer()
    assert await play.outcome() is Outcome.ANSWERED
    assert "final_survey_reminder" not in (await play.seen()).messages()


@pytest.mark.parametrize(("solved", "detail"), [(True, "solved"), (None, "")])
async def test_an_answer_is_on_record_whatever_it_says(start: Start, solved: bool | None, detail: str) -> None:
    play = await resolved(start)
    await play.answer(solved=solved)
    assert await play.outcome() is Outcome.ANSWERED
    assert play.first(EventKind.SURVEY_ANSWERED).detail == detail


async def test_without_mail_or_a_mobile_number_nobody_is_asked(start: Start) -> None:
    play = await resolved(start, phone=LANDLINE, email=None)
    assert await play.outcome() is Outcome.NOT_ASKED
    assert EventKind.SURVEY_REMINDED not in play.steps()


async def test_a_mobile_number_is_a_way_to_ask(start: Start) -> None:
    play = await resolved(start, email=None)
    assert (await play.settled()).stage is Stage.RESOLVED


async def test_an_answer_before_the_resolution_is_no_answer(start: Start) -> None:
    play = await start()
    await play.answer()
    assert play.steps() == [EventKind.OPENED]


async def test_ending_unsolved_needs_a_lead(start: Start) -> None:
    play = await start()
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    assert await play.refused(CloseTheLoop.resolve, play.resolution(solved=False)) == "not_your_role"
    await play.resolve("lead", solved=False)
    await play.answer()
    assert await play.outcome() is Outcome.UNSOLVED
    assert play.row().solved is False


async def test_not_solved_alarms_the_lead_until_acknowledged_and_nobody_calls(start: Start) -> None:
    play = await resolved(start)
    await play.answer(solved=False)
    answered = play.first(EventKind.SURVEY_ANSWERED).at
    assert play.row().stage == Stage.CLOSED
    await play.later(hours=1, minutes=16)
    repeats = [row.at - answered for row in play.timeline() if row.kind == EventKind.ALARM_REPEATED]
    assert [round(wait / timedelta(minutes=1)) for wait in repeats] == [5, 15, 35, 75]
    assert (await play.seen()).alerts()[1:] == ["not_solved"] * 5
    await moves.acknowledge(play)
    assert await play.outcome() is Outcome.ANSWERED
    assert len((await play.seen()).rung) == 1


async def test_not_solved_with_another_contact_request_is_the_next_loops_business(start: Start) -> None:
    play = await resolved(start)
    await play.answer(solved=False, next_case=play.opening.customer)
    assert await play.outcome() is Outcome.ANSWERED
    assert play.row().next_id == play.opening.customer
