"""Why a case is urgent, in words: which of its instants orders it in the queue."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from api.staff_pages.translations import N_
from domain.state import Snapshot, answer_to_tell
from domain.words import Stage


class Reason(StrEnum):
    """What somebody has to do, or who else is to do it."""

    CALL_UNDER_WAY = "call_under_way"
    PROMISE = "promise"
    PROMISE_BROKEN = "promise_broken"
    CALLBACK = "callback"
    NEXT_ATTEMPT = "next_attempt"
    DEADLINE = "deadline"
    REVIEW = "review"
    ANSWERED = "answered"
    ASKED_BACK = "asked_back"
    NO_PROMISE = "no_promise"
    NEXT_STEP = "next_step"
    NUMBER = "number"
    FINAL_SURVEY = "final_survey"
    OVER = "over"


WORDS: Mapping[Reason, str] = {
    Reason.CALL_UNDER_WAY: N_("A call is under way"),
    Reason.PROMISE: N_("Call promised"),
    Reason.PROMISE_BROKEN: N_("Promise broken: call now"),
    Reason.CALLBACK: N_("Agreed callback"),
    Reason.NEXT_ATTEMPT: N_("Next attempt"),
    Reason.DEADLINE: N_("Deadline set by a lead"),
    Reason.REVIEW: N_("Second line has a question"),
    Reason.ANSWERED: N_("Second line has answered"),
    Reason.ASKED_BACK: N_("Second line asks back"),
    Reason.NO_PROMISE: N_("To be called; no hour could be promised"),
    Reason.NEXT_STEP: N_("Waits for the next step"),
    Reason.NUMBER: N_("Waits for a number that can be called"),
    Reason.FINAL_SURVEY: N_("Final survey is out"),
    Reason.OVER: N_("Nothing more to do"),
}


@dataclass(frozen=True)
class Urgency:
    """The reason, and whether its instant has passed."""

    reason: Reason
    overdue: bool

    @property
    def words(self) -> str:
        """To be translated where it is shown."""
        return WORDS[self.reason]


def urgency(case: Snapshot, at: datetime) -> Urgency:
    """Why this case stands where it stands in the queue at this moment."""
    return Urgency(_reason(case), case.urgent_at is not None and case.urgent_at <= at)


def _reason(case: Snapshot) -> Reason:
    if case.outcome or case.stage is Stage.CLOSED:
        return Reason.OVER
    if case.stage is Stage.RESOLVED:
        return Reason.FINAL_SURVEY
    if any(attempt.ended_at is None for attempt in case.attempts):
        return Reason.CALL_UNDER_WAY
    if case.urgent_at is None:
        return Reason.NUMBER
    return next((reason for reason, due in _dues(case) if due == case.urgent_at), _our_turn(case))


def _dues(case: Snapshot) -> Iterator[tuple[Reason, datetime | None]]:
    if not case.reached_at:
        yield Reason.PROMISE_BROKEN if case.promise.broken_at else Reason.PROMISE, case.promise.due
    yield Reason.CALLBACK, case.callback
    yield Reason.NEXT_ATTEMPT, case.next_attempt
    yield Reason.DEADLINE, case.deadline
    for review in case.reviews:
        if review.waiting:
            yield Reason.REVIEW, review.due


def _our_turn(case: Snapshot) -> Reason:
    """What has come back to us; else it would only lie idle."""
    if any(review.asked_back and not review.answered_at for review in case.reviews):
        return Reason.ASKED_BACK
    if answer_to_tell(case.reviews, case.attempts):
        return Reason.ANSWERED
    return Reason.NEXT_STEP if case.reached_at or case.promise.original else Reason.NO_PROMISE
