"""A call without an end is asked after; asking never rings anybody."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from activities.delivery import LISTED_AFTER
from activities.phone import Doubtful, PhoneActivities
from channels.simulator.people import Behaviour, Script
from db.tables import Attempt
from domain.words import AttemptOutcome
from tests.activities.provider import Provider
from tests.activities.scene import RINGS_ON, TECHNICAL, Scene


def test_a_call_that_has_ended_tells_its_outcome(
    scene: Scene, specialist: UUID, phone: PhoneActivities, provider: Provider
) -> None:
    provider.play(scene.phone, Script(calls=(Behaviour.BUSY,), ring_seconds=0))
    ring = scene.ring(scene.call(specialist))
    phone.place_call(ring)
    provider.until_event("ended", ring.attempt)
    rung = phone.reconcile_call(ring)
    assert rung.outcome is AttemptOutcome.BUSY
    assert rung.at is not None


def test_a_call_under_way_goes_on(scene: Scene, specialist: UUID, phone: PhoneActivities, provider: Provider) -> None:
    provider.play(scene.phone, Script(talk_seconds=600))
    ring = scene.ring(scene.call(specialist))
    phone.place_call(ring)
    assert phone.reconcile_call(ring) == RINGS_ON
    assert len(provider.asked("call", customer_phone=scene.phone)) == 1


def test_a_call_whose_acceptance_was_lost_is_found_with_its_end(
    scene: Scene, specialist: UUID, phone: PhoneActivities, provider: Provider
) -> None:
    provider.play(scene.phone, Script(calls=(Behaviour.NO_ANSWER,), ring_seconds=0))
    ring = scene.ring(scene.call(specialist))
    provider.fail("calls", "drop_after")
    with pytest.raises(Doubtful):
        phone.place_call(ring)
    provider.until_event("ended", ring.attempt)
    assert phone.reconcile_call(ring).outcome is AttemptOutcome.NO_ANSWER


def test_a_call_the_provider_never_had_was_not_placed(
    scene: Scene, specialist: UUID, phone: PhoneActivities, provider: Provider
) -> None:
    ring = scene.ring(scene.call(specialist))
    provider.fail("calls", "drop_before")
    with pytest.raises(Doubtful):
        phone.place_call(ring)
    scene.later(LISTED_AFTER)
    assert phone.reconcile_call(ring) == TECHNICAL


def test_a_call_never_asked_for_was_not_placed(scene: Scene, specialist: UUID, phone: PhoneActivities) -> None:
    assert phone.reconcile_call(scene.ring(scene.call(specialist))) == TECHNICAL


def test_an_id_the_provider_does_not_know_is_no_call(
    engine: Engine, scene: Scene, specialist: UUID, phone: PhoneActivities
) -> None:
    ring = scene.ring(scene.call(specialist))
    with Session(engine) as session, session.begin():
        session.get_one(Attempt, ring.attempt).provider_id = f"call-{uuid4().hex}"
    assert phone.reconcile_call(ring) == TECHNICAL


def test_an_attempt_that_has_ended_needs_no_asking(scene: Scene, specialist: UUID, phone: PhoneActivities) -> None:
    ring = scene.ring(scene.call(specialist))
    scene.end(ring.attempt, AttemptOutcome.NO_ANSWER)
    assert phone.reconcile_call(ring) == RINGS_ON
