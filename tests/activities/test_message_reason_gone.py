"""What was still here when its reason went does not leave: after a withdrawal, or once they were reached."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from temporalio.exceptions import ApplicationError

from activities.announcements import Announce
from activities.delivery import LISTED_AFTER
from domain import calls
from domain.events import Event, EventKind
from domain.messages import ServedElsewhere
from domain.rules import hear
from domain.words import AttemptOutcome, Outcome
from tests.activities.provider import Provider
from tests.activities.scene import Scene

Say = Callable[[Announce], None]
TRIED, LATE, SURVEY = EventKind.NEXT_ATTEMPT_PLANNED, EventKind.PROMISE_BROKEN, EventKind.RESOLVED


def sent(scene: Scene) -> list[str]:
    assert {state for _, state, _ in scene.to_customer()} <= {"accepted"}
    return [channel for channel, _, _ in scene.to_customer()]


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        (TRIED, ""),
        (LATE, ""),
        (EventKind.CALLBACK_AGREED, ""),
        (EventKind.CALLBACK_BROKEN, ""),
        (EventKind.NUMBER_NEEDED, ""),
        (EventKind.REVIEW_OVERDUE, "3"),
        (EventKind.OPENED, ""),
        (EventKind.SURVEY_REMINDED, ""),
    ],
)
def test_after_a_withdrawal_what_was_still_here_does_not_leave(
    scene: Scene, announce: Say, held_up: Say, provider: Provider, kind: EventKind, detail: str
) -> None:
    moment = scene.moment(scene.event(kind, detail=detail))
    held_up(moment)
    scene.withdraw()
    announce(moment)
    assert {(state, error) for _, state, error in scene.to_customer()} == {("skipped", "case_over")}
    assert provider.asked("sms", phone=scene.phone) + provider.asked("mail", address=scene.email) == []


def test_a_withdrawal_while_an_sms_is_in_doubt_ends_its_sending(
    engine: Engine, announce: Say, provider: Provider
) -> None:
    scene = Scene(engine, email=None)
    moment = scene.moment(scene.event(TRIED))
    provider.fail("sms", "drop_before")
    with pytest.raises(ApplicationError):
        announce(moment)
    scene.withdraw()
    scene.later(LISTED_AFTER)
    announce(moment)
    assert scene.to_customer() == [("sms", "skipped", "case_over")]
    assert len(provider.asked("sms", phone=scene.phone)) == 1


@pytest.mark.parametrize("outcome", [Outcome.UNREACHABLE, Outcome.WRONG_NUMBER])
def test_the_last_message_leaves_though_the_case_is_over(scene: Scene, announce: Say, outcome: Outcome) -> None:
    scene.case.end(outcome)
    scene.case.note(EventKind.UNREACHABLE, scene.case.opening.requested_at)
    scene.project()
    announce(scene.moment(scene.told[-1]))
    assert sent(scene) == ["mail"]


def test_a_final_survey_leaves_though_the_work_is_over(scene: Scene, specialist: UUID, announce: Say) -> None:
    attempt = scene.call(specialist)
    scene.answer(attempt)
    scene.end(attempt, AttemptOutcome.REACHED)
    announce(scene.moment(scene.event(SURVEY)))
    assert sent(scene) == ["mail"]


@pytest.mark.parametrize("kind", [TRIED, LATE])
def test_who_was_reached_meanwhile_is_not_told_that_we_tried_or_are_late(
    scene: Scene, specialist: UUID, announce: Say, held_up: Say, kind: EventKind
) -> None:
    moment = scene.moment(scene.event(kind))
    held_up(moment)
    attempt = scene.call(specialist)
    scene.answer(attempt)
    announce(moment)
    assert {(state, error) for _, state, error in scene.to_customer()} == {("skipped", "reached")}


def test_who_was_reached_in_another_case_is_not_told_either(scene: Scene, announce: Say, held_up: Say) -> None:
    moment = scene.moment(scene.event(TRIED))
    held_up(moment)
    at = moment.at + timedelta(seconds=1)
    hear(scene.case, ServedElsewhere(id="elsewhere", at=at, case=scene.id), now=at)
    scene.project()
    announce(moment)
    assert {error for _, _, error in scene.to_customer()} == {"reached"}


def test_news_of_the_first_conversation_that_comes_late_still_spares_the_apology(
    scene: Scene, announce: Say, held_up: Say
) -> None:
    due = scene.case.promise.due
    assert due is not None
    moment = scene.moment(scene.event(LATE, due=due), at=due)
    held_up(moment)
    calls.reach(scene.case, due - timedelta(seconds=1), ref=None)
    scene.project()
    announce(moment)
    assert scene.to_customer() == [("sms", "skipped", "reached")]


def test_an_earlier_conversation_does_not_silence_a_later_try(scene: Scene, specialist: UUID, announce: Say) -> None:
    first = scene.call(specialist)
    scene.answer(first)
    scene.end(first, AttemptOutcome.REACHED)
    scene.end(scene.call(specialist), AttemptOutcome.NO_ANSWER)
    announce(scene.moment(_last(scene, TRIED)))
    assert sent(scene) == ["mail", "sms"]


def test_an_agreed_time_is_still_confirmed_to_who_was_reached(
    scene: Scene, specialist: UUID, announce: Say, held_up: Say
) -> None:
    moment = scene.moment(scene.event(EventKind.CALLBACK_AGREED))
    held_up(moment)
    scene.answer(scene.call(specialist))
    announce(moment)
    assert sent(scene) == ["sms"]


def _last(scene: Scene, kind: EventKind) -> Event:
    return next(event for event in reversed(scene.told) if event.kind is kind)
