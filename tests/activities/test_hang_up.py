"""A call nobody wants any more stops ringing; a conversation is never cut off."""

from uuid import UUID

import pytest
from sqlalchemy import Engine
from temporalio.exceptions import ApplicationError

from activities.phone import Doubtful, PhoneActivities
from channels.local import LocalChannels
from channels.protocols import CallState
from channels.simulator.people import Script
from ops.ports import free_port
from tests.activities.provider import Provider
from tests.activities.scene import Scene
from tests.activities.wiring import phone_of

RINGS_LONG, TALKS_LONG = Script(ring_seconds=600), Script(ring_seconds=0, talk_seconds=600)


def test_a_ringing_call_ends_and_its_end_is_told(
    scene: Scene, specialist: UUID, phone: PhoneActivities, provider: Provider, channels: LocalChannels
) -> None:
    provider.play(scene.phone, RINGS_LONG)
    ring = scene.ring(scene.call(specialist))
    phone.place_call(ring)
    provider.until_event("ringing", ring.attempt)
    phone.hang_up(ring.attempt)
    provider.until_event("ended", ring.attempt)
    phone.hang_up(ring.attempt)
    assert state_of(scene, channels) is CallState.ENDED


def test_a_conversation_goes_on(
    scene: Scene, specialist: UUID, phone: PhoneActivities, provider: Provider, channels: LocalChannels
) -> None:
    provider.play(scene.phone, TALKS_LONG)
    ring = scene.ring(scene.call(specialist))
    phone.place_call(ring)
    provider.until_event("answered", ring.attempt)
    phone.hang_up(ring.attempt)
    assert state_of(scene, channels) is CallState.ANSWERED


def test_a_call_whose_acceptance_was_lost_is_found_and_hung_up(
    scene: Scene, specialist: UUID, phone: PhoneActivities, provider: Provider
) -> None:
    provider.play(scene.phone, RINGS_LONG)
    ring = scene.ring(scene.call(specialist))
    provider.fail("calls", "drop_after")
    with pytest.raises(Doubtful):
        phone.place_call(ring)
    phone.hang_up(ring.attempt)
    provider.until_event("ended", ring.attempt)


def test_a_call_that_was_never_placed_needs_no_hanging_up(
    scene: Scene, specialist: UUID, phone: PhoneActivities, provider: Provider
) -> None:
    phone.hang_up(scene.call(specialist))
    assert not provider.asked("call", customer_phone=scene.phone)


def test_a_provider_that_is_away_is_asked_again(
    scene: Scene, specialist: UUID, phone: PhoneActivities, provider: Provider, engine: Engine
) -> None:
    provider.play(scene.phone, RINGS_LONG)
    ring = scene.ring(scene.call(specialist))
    phone.place_call(ring)
    with LocalChannels(f"http://127.0.0.1:{free_port()}") as nowhere, pytest.raises(ApplicationError):
        phone_of(engine, nowhere.voice).hang_up(ring.attempt)


def state_of(scene: Scene, channels: LocalChannels) -> CallState:
    (attempt,) = (scene.attempt(attempt) for attempt in scene.case.attempts)
    assert attempt.provider_id
    return channels.voice.fetch(attempt.provider_id).state
