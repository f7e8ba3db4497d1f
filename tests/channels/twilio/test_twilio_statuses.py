"""How the customer's leg ended decides how the attempt did."""

import pytest

from channels.protocols import CallState
from channels.twilio.statuses import is_person, outcome_of, state_of
from domain.words import AttemptOutcome

REACHED, VOICEMAIL = AttemptOutcome.REACHED, AttemptOutcome.VOICEMAIL


@pytest.mark.parametrize(
    ("status", "answered_by", "error", "outcome"),
    [
        ("queued", None, None, None),
        ("initiated", None, None, None),
        ("ringing", None, None, None),
        ("in-progress", "human", None, None),
        ("busy", None, None, AttemptOutcome.BUSY),
        ("no-answer", None, None, AttemptOutcome.NO_ANSWER),
        ("canceled", None, None, AttemptOutcome.TECHNICAL),
        ("failed", None, None, AttemptOutcome.UNAVAILABLE),
        ("failed", None, 13224, AttemptOutcome.INVALID),
        ("failed", None, 21211, AttemptOutcome.INVALID),
        ("failed", None, 13227, AttemptOutcome.TECHNICAL),
        ("completed", None, None, REACHED),
        ("completed", "human", None, REACHED),
        ("completed", "unknown", None, REACHED),
        ("completed", "machine_start", None, VOICEMAIL),
        ("completed", "machine_end_beep", None, VOICEMAIL),
        ("completed", "machine_end_silence", None, VOICEMAIL),
        ("completed", "machine_end_other", None, VOICEMAIL),
        ("completed", "fax", None, VOICEMAIL),
        ("answered", None, None, REACHED),
        ("something new", None, None, None),
        ("", None, None, None),
    ],
)
def test_an_outcome(status: str, answered_by: str | None, error: int | None, outcome: AttemptOutcome | None) -> None:
    assert outcome_of(status, answered_by=answered_by, error=error) is outcome


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("queued", CallState.PLACED),
        ("initiated", CallState.PLACED),
        ("ringing", CallState.RINGING),
        ("in-progress", CallState.ANSWERED),
        *((over, CallState.ENDED) for over in ("completed", "busy", "no-answer", "failed", "canceled")),
        ("something new", None),
    ],
)
def test_a_state(status: str, state: CallState | None) -> None:
    assert state_of(status) is state


@pytest.mark.parametrize(
    ("answered_by", "is_one"),
    [("human", True), ("unknown", True), ("machine_start", False), ("fax", False), (None, False), ("", False)],
)
def test_a_person(answered_by: str | None, is_one: bool) -> None:
    assert is_person(answered_by) is is_one
