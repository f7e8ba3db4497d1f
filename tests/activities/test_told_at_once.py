"""What can be told at once is told with the rows; what takes longer holds nothing up."""

import time
from uuid import UUID

from sqlalchemy import Engine

from activities.announcements import AnnouncementActivities
from channels.local import LocalChannels
from tests.activities.provider import Provider
from tests.activities.scene import Scene
from tests.activities.wiring import announcements_of

GIVEN_UP = 5.0
"""Seconds after which the channels of these tests stop waiting for a provider that hangs."""


def test_everybody_concerned_is_told_once(
    scene: Scene, announcements: AnnouncementActivities, provider: Provider
) -> None:
    moment = scene.moment(*scene.told)
    assert announcements.tell(moment)
    assert announcements.tell(moment)
    assert len(provider.accepted("mail", address=scene.email)) == 1


def test_a_slow_provider_is_left_to_a_later_try(
    scene: Scene, announcements: AnnouncementActivities, provider: Provider
) -> None:
    provider.fail("mail", "hang")
    begun = time.monotonic()
    assert not announcements.tell(scene.moment(*scene.told))
    assert time.monotonic() - begun < GIVEN_UP


def test_a_provider_that_is_away_is_left_to_a_later_try(engine: Engine, scene: Scene) -> None:
    with LocalChannels("http://127.0.0.1:9") as nowhere:
        assert not announcements_of(engine, nowhere).tell(scene.moment(*scene.told))


def test_a_fault_of_messages_does_not_hold_up_the_rows(scene: Scene, announcements: AnnouncementActivities) -> None:
    moment = scene.moment(*scene.told).model_copy(update={"case": UUID(int=0)})
    assert not announcements.tell(moment)
