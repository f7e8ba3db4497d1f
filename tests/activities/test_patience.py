"""While a provider is away its messages ask for it ever more rarely, and the log says so once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.announcements import Announce, AnnouncementActivities
from activities.patience import LONGEST, not_yet
from channels.local import LocalChannels
from domain.events import EventKind
from ops.ports import free_port
from tests.activities.scene import Scene
from tests.activities.wiring import announcements_of


def seconds_until_the_next(announcements: AnnouncementActivities, moment: Announce, tries: int) -> float:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=tries)
    with pytest.raises(ApplicationError) as away:
        environment.run(announcements.announce, moment)
    assert away.value.next_retry_delay is not None
    return away.value.next_retry_delay.total_seconds()


def test_the_wait_grows_up_to_five_minutes_and_the_reason_is_logged_once(
    engine: Engine, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    moment = scene.moment(scene.event(EventKind.NEXT_ATTEMPT_PLANNED))
    with LocalChannels(f"http://127.0.0.1:{free_port()}") as nowhere:
        announcements = announcements_of(engine, nowhere)
        waits = [seconds_until_the_next(announcements, moment, tries) for tries in (1, 2, 3, 4, 5, 6, 7, 8, 99999)]
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    said = [line for line in caplog.messages if " to customers fails: NotSent, ConnectError" in line]
    assert sorted(said) == sorted(set(said))
    assert said


def test_who_is_told_to_wait_longer_waits_longer() -> None:
    assert not_yet("held", LONGEST * 9).next_retry_delay == LONGEST * 9


@pytest.mark.parametrize(("error", "lines"), [(not_yet("held", timedelta(0)), 0), (ValueError("a mistake"), 1)])
def test_only_waiting_is_no_line_of_temporals_own(
    caplog: pytest.LogCaptureFixture, error: Exception, lines: int
) -> None:
    try:
        raise error
    except Exception:
        activity.logger.warning("Completing activity as failed", exc_info=True)
    assert len(caplog.messages) == lines
