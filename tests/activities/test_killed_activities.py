"""A worker killed at the worst moment: the next try finds out what became of the POST, and sends nothing blindly."""

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine
from temporalio.exceptions import ApplicationError

from activities.announcements import Announce
from activities.delivery import LISTED_AFTER, MAIL_EVENT_WAIT
from activities.phone import Doubtful, PhoneActivities, Ring
from domain.events import EventKind
from tests.activities.dying import DIED
from tests.activities.provider import Provider
from tests.activities.scene import RINGS_ON, TECHNICAL, Scene

ROOT = Path(__file__).parents[2]
Say = Callable[[Announce], None]
Killed = Callable[[Announce | Ring, str], None]


@pytest.fixture
def killed(database_url: str, provider: Provider) -> Killed:
    """Runs an activity in a process of its own, which dies before or after its POST."""

    def run(asked: Announce | Ring, point: str) -> None:
        command = [sys.executable, "-m", "tests.activities.dying", database_url, provider.base_url, point]
        ended = subprocess.run(command, input=asked.model_dump_json().encode(), cwd=ROOT, check=False, timeout=60)
        assert ended.returncode == DIED

    return run


def tried(scene: Scene) -> Announce:
    return scene.moment(scene.event(EventKind.NEXT_ATTEMPT_PLANNED))


def is_told_to_wait(say: Say, moment: Announce) -> None:
    with pytest.raises(ApplicationError):
        say(moment)


def test_killed_before_the_sms_left(engine: Engine, killed: Killed, announce: Say, provider: Provider) -> None:
    scene = Scene(engine, email=None)
    moment = tried(scene)
    killed(moment, "before")
    assert (scene.message().state, provider.asked("sms", phone=scene.phone)) == ("posted", [])
    is_told_to_wait(announce, moment)
    scene.later(LISTED_AFTER)
    announce(moment)
    assert scene.message().state == "accepted"
    assert len(provider.asked("sms", phone=scene.phone)) == 1


def test_killed_after_the_sms_left(engine: Engine, killed: Killed, announce: Say, provider: Provider) -> None:
    scene = Scene(engine, email=None)
    moment = tried(scene)
    killed(moment, "after")
    assert (scene.message().state, scene.message().provider_id) == ("posted", None)
    announce(moment)
    (sent,) = provider.asked("sms", phone=scene.phone)
    assert (scene.message().state, scene.message().provider_id) == ("accepted", sent.body["provider_id"])


@pytest.mark.parametrize(("point", "posts"), [("before", 1), ("after", 2)])
def test_killed_around_a_mail(
    engine: Engine, killed: Killed, announce: Say, provider: Provider, point: str, posts: int
) -> None:
    scene = Scene(engine, phone=None)
    moment = tried(scene)
    killed(moment, point)
    is_told_to_wait(announce, moment)
    scene.later(MAIL_EVENT_WAIT - timedelta(seconds=30))
    is_told_to_wait(announce, moment)
    scene.later(timedelta(seconds=30))
    announce(moment)
    announce(moment)
    assert (scene.message("mail").state, scene.message("mail").attempts) == ("accepted", 2)
    assert len(provider.asked("mail", address=scene.email)) == posts


def test_killed_before_the_telephone_rang(
    scene: Scene, specialist: UUID, killed: Killed, phone: PhoneActivities, provider: Provider
) -> None:
    ring = scene.ring(scene.call(specialist))
    killed(ring, "before")
    with pytest.raises(Doubtful):
        phone.place_call(ring)
    scene.later(LISTED_AFTER)
    assert phone.place_call(ring) == TECHNICAL
    assert provider.asked("call", customer_phone=scene.phone) == []


def test_killed_after_the_telephone_rang(
    scene: Scene, specialist: UUID, killed: Killed, phone: PhoneActivities, provider: Provider
) -> None:
    ring = scene.ring(scene.call(specialist))
    killed(ring, "after")
    assert scene.attempt(ring.attempt).provider_id is None
    assert phone.place_call(ring) == RINGS_ON
    (placed,) = provider.asked("call", customer_phone=scene.phone)
    assert scene.attempt(ring.attempt).provider_id == placed.body["provider_id"]
