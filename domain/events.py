"""What happens to a case, in the past tense: one timeline row each. Ids, instants and codes; never names or texts."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.policy import Frozen


class EventKind(StrEnum):
    """The steps a timeline is made of."""

    OPENED = "opened"
    NO_OVERLAP = "no_overlap"
    NUMBER_NEEDED = "number_needed"
    NUMBER_GIVEN = "number_given"
    RESPONSE_AMENDED = "response_amended"
    CLAIMED = "claimed"
    RELEASED = "released"
    ASSIGNED = "assigned"
    OWNER_LEFT = "owner_left"
    NOT_CALLED_WARNED = "not_called_warned"
    NOT_CALLED_RELEASED = "not_called_released"
    CALL_STARTED = "call_started"
    CALL_ASKED_AFTER = "call_asked_after"
    CUSTOMER_ANSWERED = "customer_answered"
    ATTEMPT_ENDED = "attempt_ended"
    CUSTOMER_REACHED = "customer_reached"
    CUSTOMER_RANG = "customer_rang"
    MESSAGE_FAILED = "message_failed"
    SERVED_ELSEWHERE = "served_elsewhere"
    NEXT_ATTEMPT_PLANNED = "next_attempt_planned"
    NEXT_ATTEMPT_DUE = "next_attempt_due"
    PROMISE_WARNED = "promise_warned"
    PROMISE_KEPT = "promise_kept"
    PROMISE_BROKEN = "promise_broken"
    CALLBACK_AGREED = "callback_agreed"
    CALLBACK_WARNED = "callback_warned"
    CALLBACK_BROKEN = "callback_broken"
    DEADLINE_MOVED = "deadline_moved"
    DEADLINE_MISSED = "deadline_missed"
    ESCALATED = "escalated"
    REVIEW_ANSWERED = "review_answered"
    REVIEW_ASKED_BACK = "review_asked_back"
    REVIEW_FORWARDED = "review_forwarded"
    REVIEW_OVERDUE = "review_overdue"
    IDLE_NUDGED = "idle_nudged"
    GOAL_MISSED = "goal_missed"
    RESOLVED = "resolved"
    SURVEY_REMINDED = "survey_reminded"
    SURVEY_ANSWERED = "survey_answered"
    SURVEY_EXPIRED = "survey_expired"
    UNREACHABLE = "unreachable"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"
    ALARM_REPEATED = "alarm_repeated"
    ACKNOWLEDGED = "acknowledged"
    RESUMED = "resumed"
    """A new run goes on from the rows, after a restore."""
    CLOSED = "closed"


class Event(Frozen):
    """One step of one case. `seq` numbers a case's events without gaps; `id` makes writing it twice harmless."""

    seq: int
    id: str
    kind: EventKind
    at: datetime
    due: datetime | None = None
    """When it should have happened, for everything that has a deadline."""
    by: UUID | None = None
    """The member of staff who did it; None for the customer and the clock."""
    ref: UUID | None = None
    """The attempt, review, note or other case it is about."""
    detail: str = ""
    """A code: an outcome, a fraction, a rung. Never free text."""
    quiet: bool = False
    """Recorded late beside a more severe step, which alone alerts."""
