"""What Twilio reports of a call's two legs, as facts for its case; repeats and late reports change nothing."""

import logging
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID

from sqlmodel import Session

from api.problems import Problem
from channels.twilio import statuses
from channels.twilio.signatures import Form
from db import callbacks, inbox, telephone
from db.casework import Attempt
from domain.messages import CallEnded, CustomerAnswered
from domain.words import AttemptOutcome

_log = logging.getLogger(__name__)
_SID = re.compile(r"[A-Za-z0-9]{2,64}")
_MOST_WORDS = 40
_LEFT_TO_THE_LEG = frozenset({"completed", "answered", "failed"})
"""Only the leg's own report tells a person from a machine, and a wrong number from one out of reach."""


def sid_of(form: Form, name: str = "CallSid") -> str:
    """The id of a call. Raises Problem 422 when there is none."""
    sid = form.get(name)
    if not _SID.fullmatch(sid):
        raise Problem(422, "wrong_shape", f"{name} is missing, or is not an id.")
    return sid


def note_call(session: Session, attempt_id: UUID, sid: str) -> Attempt | None:
    """Keep the id of an attempt's call: that is how one whose acceptance was lost becomes known.

    The attempt comes back under lock; None when it is unknown.
    """
    attempt = telephone.under_lock(session, attempt_id)
    if attempt is None:
        _log.warning("call of an unknown attempt: attempt=%s", attempt_id)
    elif attempt.phone is not None:  # else it was erased
        attempt.provider_id = sid
    return attempt


def accept(session: Session, attempt_id: UUID, now: datetime) -> None:
    """The specialist takes the call: from now on its end is told by the customer's leg."""
    attempt = telephone.under_lock(session, attempt_id)
    if attempt is not None:
        attempt.accepted_at = attempt.accepted_at or now


def hear_specialist(session: Session, attempt_id: UUID, form: Form, now: datetime) -> None:
    """A report of the specialist's leg: who did not take the call has not called the customer.

    Who took it may be gone before the customer's telephone rang, and then nothing more is reported. But reports also
    overtake one another and are lost: to conclude from silence that nobody was rung would ring somebody twice who has
    just spoken with us. Only the provider knows which of the two it was, so the case is told that it has to be asked.
    Until it has answered, a minute later, the attempt is under way, and nobody rings.
    """
    sid = sid_of(form)
    attempt = note_call(session, attempt_id, sid)
    if attempt is None or not statuses.is_over(form.get("CallStatus")):
        return
    if attempt.accepted_at is None:
        _end(session, attempt, sid, AttemptOutcome.TECHNICAL, _at(form, now))
    elif not (attempt.picked_up_at or attempt.answered_by or attempt.ended_at):
        _end(session, attempt, sid, None, _at(form, now))


def hear_dialled(session: Session, attempt_id: UUID, form: Form, now: datetime) -> None:
    """The end of dialling the customer, heard on the specialist's leg."""
    sid = sid_of(form)
    attempt, status = note_call(session, attempt_id, sid), form.get("DialCallStatus")
    if attempt is None:
        return
    leg = sid_of(form, "DialCallSid") if form.get("DialCallSid") else None
    if leg and status in _LEFT_TO_THE_LEG and attempt.answered_by is None:
        return
    outcome = statuses.outcome_of(status, answered_by=attempt.answered_by, error=_number(form, "ErrorCode"))
    if outcome is AttemptOutcome.UNAVAILABLE and leg is None:  # nobody was rung
        outcome = AttemptOutcome.TECHNICAL
    if outcome:
        _end(session, attempt, leg or sid, outcome, now)


def hear_customer(session: Session, attempt_id: UUID, form: Form, now: datetime) -> None:
    """A report of the customer's leg: how it goes, or who answered. Only a person counts as an answer."""
    sid, status, at = sid_of(form), form.get("CallStatus"), _at(form, now)
    attempt = telephone.under_lock(session, attempt_id)
    if attempt is None:
        _log.warning("call of an unknown attempt: attempt=%s", attempt_id)
        return
    attempt.answered_by = attempt.answered_by or form.get("AnsweredBy")[:_MOST_WORDS] or None
    if status == statuses.PICKED_UP:
        attempt.picked_up_at = attempt.picked_up_at or at
    outcome = statuses.outcome_of(status, answered_by=attempt.answered_by, error=_number(form, "ErrorCode"))
    if outcome is AttemptOutcome.REACHED:
        attempt.answered_by = attempt.answered_by or "unknown"
        attempt.picked_up_at = attempt.picked_up_at or _picked_up_at(form, at)
    if attempt.picked_up_at and statuses.is_person(attempt.answered_by):
        _answer(session, attempt, sid, attempt.picked_up_at)
    if outcome:
        _end(session, attempt, sid, outcome, at)


def _answer(session: Session, attempt: Attempt, sid: str, at: datetime) -> None:
    callbacks.note_answer(session, attempt.id, at)
    inbox.tell(session, attempt.case_id, CustomerAnswered(id=f"{sid}:answered", at=at, attempt=attempt.id))


def _end(session: Session, attempt: Attempt, sid: str, outcome: AttemptOutcome | None, at: datetime) -> None:
    """A leg ends once, however it is told again."""
    inbox.tell(session, attempt.case_id, CallEnded(id=f"{sid}:ended", at=at, attempt=attempt.id, outcome=outcome))


def _picked_up_at(form: Form, ended_at: datetime) -> datetime | None:
    """When a conversation began whose beginning was not reported, or has yet to be."""
    talked = _number(form, "CallDuration")
    return None if talked is None else ended_at - timedelta(seconds=talked)


def _number(form: Form, name: str) -> int | None:
    digits = form.get(name)
    return int(digits) if digits.isdecimal() and len(digits) < 7 else None


def _at(form: Form, now: datetime) -> datetime:
    """When it happened, to the second; now where that is not told, or lies ahead of our clock."""
    try:
        told = parsedate_to_datetime(form.get("Timestamp"))
        return min(told.replace(tzinfo=told.tzinfo or UTC).astimezone(UTC), now)
    except (ValueError, OverflowError):
        return now
