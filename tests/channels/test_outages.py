"""An outage is said once, with its reason, and its end once."""

import logging
from datetime import UTC, datetime

import pytest

from channels.errors import Ambiguous, ChannelError, NotSent, Refused, RefusedReason
from channels.outages import SAID_ONCE_IN, Outages


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outages(clock: Clock) -> Outages:
    return Outages(logging.getLogger("tests"), clock=clock)


def tell(outages: Outages, error: ChannelError | None, name: str = "sms") -> None:
    def send() -> datetime:
        if error:
            raise error
        return datetime.now(UTC)

    if error is None:
        outages.watched(name, send)
        return
    with pytest.raises(type(error)):
        outages.watched(name, send)


def test_each_way_fails_and_works_again_for_itself(outages: Outages, caplog: pytest.LogCaptureFixture) -> None:
    for error in (NotSent("429"), Ambiguous("503"), Refused(RefusedReason.CONFIG)):
        tell(outages, error)
        tell(outages, error, "mail")
    tell(outages, None)
    tell(outages, None)
    assert caplog.messages == ["sms fails: NotSent, 429", "mail fails: NotSent, 429", "sms works again"]


def test_one_recipient_who_cannot_be_reached_is_no_outage(outages: Outages, caplog: pytest.LogCaptureFixture) -> None:
    tell(outages, Refused(RefusedReason.INVALID_NUMBER))
    assert caplog.messages == []


def test_one_that_fails_now_and_then_is_not_said_each_time(
    outages: Outages, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(10):
        tell(outages, NotSent("429"))
        tell(outages, None)
    assert len(caplog.messages) == 2
    clock.at += SAID_ONCE_IN.total_seconds()
    tell(outages, NotSent("429"))
    assert len(caplog.messages) == 3
