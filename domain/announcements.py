"""Who is told of what: a table from events to the customer's message and the staff's alert."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.events import Event, EventKind


class Audience(StrEnum):
    """Whom of the staff an alert is for; when nobody of them is on duty, the leads."""

    EVERYBODY = "everybody"
    """All on duty, whatever their role."""
    ON_DUTY = "on_duty"
    """Every specialist on duty."""
    OWNER = "owner"
    """The owner; every specialist on duty when there is none."""
    SECOND_LINE = "second_line"
    LEADS = "leads"
    """The leads on duty; every lead when there is none; then the managers."""
    MANAGERS = "managers"


@dataclass(frozen=True)
class Announcement:
    """What goes out when something has happened."""

    customer: str | None = None
    """Template of the message to the customer."""
    alert: str | None = None
    """Kind of the alert to staff."""
    audience: tuple[Audience, ...] = ()
    by_another_way: bool = False
    """A message failed: what it told is told by another way, where there is one."""


_ON_DUTY, _OWNER, _SECOND_LINE = (Audience.ON_DUTY,), (Audience.OWNER,), (Audience.SECOND_LINE,)
_EVERYBODY, _LEADS = (Audience.EVERYBODY,), (Audience.LEADS,)
_OWNER_AND_LEADS = (Audience.OWNER, Audience.LEADS)
_RESCUERS = (Audience.SECOND_LINE, Audience.LEADS, Audience.MANAGERS)

_TABLE = {
    EventKind.OPENED: Announcement("request_received", "new_case", _EVERYBODY),
    EventKind.NO_OVERLAP: Announcement("number_needed", "no_overlap", _LEADS),
    EventKind.NUMBER_NEEDED: Announcement("number_needed", "number_needed", _LEADS),
    EventKind.NUMBER_GIVEN: Announcement(None, "new_case", _EVERYBODY),
    EventKind.RESPONSE_AMENDED: Announcement(None, "response_amended", _OWNER),
    EventKind.RELEASED: Announcement(None, "claim_released", _ON_DUTY),
    EventKind.ASSIGNED: Announcement(None, "owner_changed", _OWNER),
    EventKind.OWNER_LEFT: Announcement(None, "owner_changed", _OWNER),
    EventKind.NOT_CALLED_WARNED: Announcement(None, "claimed_not_called", _OWNER),
    EventKind.NOT_CALLED_RELEASED: Announcement(None, "claim_released", _ON_DUTY),
    EventKind.NEXT_ATTEMPT_PLANNED: Announcement("tried_to_reach"),
    EventKind.NEXT_ATTEMPT_DUE: Announcement(None, "call_again", _OWNER),
    EventKind.PROMISE_WARNED: Announcement(None, "promise_warning", _OWNER_AND_LEADS),
    EventKind.PROMISE_BROKEN: Announcement("we_are_late", "promise_broken", _RESCUERS),
    EventKind.CALLBACK_AGREED: Announcement("callback_agreed"),
    EventKind.CALLBACK_WARNED: Announcement(None, "callback_due", _OWNER),
    EventKind.CALLBACK_BROKEN: Announcement("we_are_late", "callback_broken", _OWNER_AND_LEADS),
    EventKind.DEADLINE_MISSED: Announcement(None, "deadline_missed", _OWNER_AND_LEADS),
    EventKind.ESCALATED: Announcement(None, "review_asked", _SECOND_LINE),
    EventKind.REVIEW_ANSWERED: Announcement(None, "review_answered", _OWNER),
    EventKind.REVIEW_ASKED_BACK: Announcement(None, "review_asked_back", _OWNER),
    EventKind.IDLE_NUDGED: Announcement(None, "idle", _OWNER),
    EventKind.GOAL_MISSED: Announcement(None, "goal_missed", _LEADS),
    EventKind.RESOLVED: Announcement("final_survey"),
    EventKind.SURVEY_REMINDED: Announcement("final_survey_reminder"),
    EventKind.UNREACHABLE: Announcement("last_message"),
    EventKind.MESSAGE_FAILED: Announcement(by_another_way=True),
}

_BY_DETAIL = {
    # The first warning goes to the owner alone, the later ones to the lead as well.
    (EventKind.PROMISE_WARNED, "50%"): Announcement(None, "promise_warning", _OWNER),
    (EventKind.REVIEW_OVERDUE, "1"): Announcement(None, "review_overdue", _SECOND_LINE),
    (EventKind.REVIEW_OVERDUE, "2"): Announcement(None, "review_overdue", _LEADS),
    (EventKind.REVIEW_OVERDUE, "3"): Announcement("under_review", "tell_customer", _OWNER),
    (EventKind.CUSTOMER_RANG, "missed"): Announcement(None, "rang_back", _OWNER),
    (EventKind.SURVEY_ANSWERED, "not_solved"): Announcement(None, "not_solved", _LEADS),
    (EventKind.ATTEMPT_ENDED, "wrong_number"): Announcement("last_message"),
    (EventKind.ALARM_REPEATED, EventKind.REVIEW_OVERDUE): Announcement(None, "review_overdue", _LEADS),
    (EventKind.ALARM_REPEATED, EventKind.SURVEY_ANSWERED): Announcement(None, "not_solved", _LEADS),
    (EventKind.ALARM_REPEATED, EventKind.PROMISE_BROKEN): Announcement(None, "promise_broken", _RESCUERS),
    (EventKind.ALARM_REPEATED, EventKind.CALLBACK_BROKEN): Announcement(None, "callback_broken", _OWNER_AND_LEADS),
    (EventKind.ALARM_REPEATED, EventKind.DEADLINE_MISSED): Announcement(None, "deadline_missed", _OWNER_AND_LEADS),
    (EventKind.ALARM_REPEATED, EventKind.NO_OVERLAP): Announcement(None, "no_overlap", _LEADS),
}

WITHDRAWN_BY_STAFF = Announcement(None, "withdrawn", _LEADS)
ALERT_KINDS = frozenset(
    told.alert for told in (*_TABLE.values(), *_BY_DETAIL.values(), WITHDRAWN_BY_STAFF) if told.alert
)
"""Every kind of alert that staff may get."""


def announcement(event: Event) -> Announcement | None:
    """What is told because of this event; None for nothing. A quiet event alerts nobody, but the customer is told."""
    told = _BY_DETAIL.get((event.kind, event.detail)) or _TABLE.get(event.kind)
    if event.kind is EventKind.WITHDRAWN and event.by:  # staff ended it in the customer's name: reported
        told = WITHDRAWN_BY_STAFF
    if event.kind is EventKind.SURVEY_ANSWERED and event.ref:  # contact was asked for: the next loop sees to it
        told = None
    if event.kind is EventKind.OPENED and event.due is None:  # nothing to promise yet; another event asks them
        told = None
    if told and event.quiet:
        told = replace(told, alert=None, audience=()) if told.customer or told.by_another_way else None
    return told


def worth_telling(events: Iterable[Event]) -> list[Event]:
    """The events that somebody is to hear of."""
    return [event for event in events if announcement(event)]
