"""A customer is rung once for an attempt, never at night, never after they withdrew, and by one case at a time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import Engine
from temporalio.exceptions import ApplicationError

from activities.delivery import LISTED_AFTER
from activities.phone import Doubtful, PhoneActivities, Rung
from channels.local import LocalChannels
from domain.policy import CompanyHours, Policy
from domain.words import AttemptOutcome, Role
from ops.ports import free_port
from tests.activities.provider import Provider
from tests.activities.scene import RINGS_ON, TECHNICAL, Scene, add_staff
from tests.activities.wiring import phone_of

ALWAYS_OPEN = Policy(company=CompanyHours(always_open=True))
MOSCOW = ZoneInfo("Europe/Moscow")


def moscow(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 24, hour, minute, tzinfo=MOSCOW)


@pytest.fixture(autouse=True)
def _no_fault_left(provider: Provider) -> Iterator[None]:
    yield
    for mode in ("drop_before", "drop_after", "too_many_429", "hang", "error_503"):
        provider.fail("calls", mode, count=0)


def test_placing_twice_rings_once(scene: Scene, specialist: UUID, phone: PhoneActivities, provider: Provider) -> None:
    ring = scene.ring(scene.call(specialist))
    assert phone.place_call(ring) == phone.place_call(ring) == RINGS_ON
    (placed,) = provider.asked("call", customer_phone=scene.phone)
    assert (placed.body["attempt_id"], placed.body["specialist_phone"]) == (str(ring.attempt), "+74950000001")
    assert scene.attempt(ring.attempt).provider_id == placed.body["provider_id"]


def test_placing_at_the_same_moment_rings_once(
    scene: Scene, specialist: UUID, phone: PhoneActivities, provider: Provider
) -> None:
    ring = scene.ring(scene.call(specialist))

    def place(_: int) -> None:
        with suppress(Doubtful):
            assert phone.place_call(ring) == RINGS_ON

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(place, range(4)))
    assert len(provider.asked("call", customer_phone=scene.phone)) == 1
    assert phone.place_call(ring) == RINGS_ON


def test_two_cases_of_one_number_do_not_ring_it_at_once(
    engine: Engine, scene: Scene, specialist: UUID, phone: PhoneActivities, provider: Provider
) -> None:
    other = Scene(engine, phone=scene.phone)
    rings = [case.ring(case.call(specialist)) for case in (scene, other)]
    with ThreadPoolExecutor(2) as threads:
        rung = list(threads.map(phone.place_call, rings))
    assert sorted(rung, key=str) == sorted([RINGS_ON, TECHNICAL], key=str)
    assert len(provider.asked("call", customer_phone=scene.phone)) == 1


def test_a_number_is_free_again_when_its_call_has_ended(
    engine: Engine, scene: Scene, specialist: UUID, phone: PhoneActivities, provider: Provider
) -> None:
    other = Scene(engine, phone=scene.phone)
    first, second, third = (case.ring(case.call(specialist)) for case in (scene, other, other))
    assert phone.place_call(first) == RINGS_ON
    assert phone.place_call(second) == TECHNICAL
    scene.end(first.attempt, AttemptOutcome.NO_ANSWER)
    assert phone.place_call(third) == RINGS_ON
    assert len(provider.accepted("call", customer_phone=scene.phone)) == 2


def test_after_a_withdrawal_nobody_is_rung(
    scene: Scene, specialist: UUID, phone: PhoneActivities, provider: Provider
) -> None:
    ring = scene.ring(scene.call(specialist))
    scene.withdraw()
    assert phone.place_call(ring) == TECHNICAL
    assert provider.asked("call", customer_phone=scene.phone) == []


def test_an_attempt_that_has_ended_is_not_rung(
    scene: Scene, specialist: UUID, phone: PhoneActivities, provider: Provider
) -> None:
    ring = scene.ring(scene.call(specialist))
    scene.end(ring.attempt, AttemptOutcome.TECHNICAL)
    assert phone.place_call(ring) == RINGS_ON
    assert provider.asked("call", customer_phone=scene.phone) == []


def test_a_specialist_without_a_telephone_gets_the_attempt_back(
    engine: Engine, scene: Scene, phone: PhoneActivities, provider: Provider
) -> None:
    ring = scene.ring(scene.call(add_staff(engine, Role.SPECIALIST, phone=None)))
    assert phone.place_call(ring) == TECHNICAL
    assert provider.asked("call", customer_phone=scene.phone) == []


# Civil hours


@pytest.mark.parametrize(
    ("zone", "requested", "rung_at", "outcome"),
    [
        ("Europe/Moscow", moscow(20), moscow(20, 59), RINGS_ON),
        ("Europe/Moscow", moscow(20), moscow(21), TECHNICAL),
        ("Asia/Vladivostok", moscow(10), moscow(13, 59), RINGS_ON),
        ("Asia/Vladivostok", moscow(10), moscow(14), TECHNICAL),
        (None, moscow(23), moscow(23) + timedelta(minutes=89), RINGS_ON),
        (None, moscow(15), moscow(16, 30), TECHNICAL),
        (None, moscow(3), moscow(10), RINGS_ON),
        (None, moscow(3), moscow(9, 30), TECHNICAL),
    ],
)
def test_no_call_at_night(
    engine: Engine,
    specialist: UUID,
    phone: PhoneActivities,
    zone: str,
    requested: datetime,
    rung_at: datetime,
    outcome: Rung,
) -> None:
    with time_machine.travel(requested):
        scene = Scene(engine, policy=ALWAYS_OPEN, zone=zone)
        attempt = scene.call(specialist)
    with time_machine.travel(rung_at):
        assert phone.place_call(scene.ring(attempt)) == outcome


def test_a_try_that_comes_late_looks_at_the_hour_again(
    engine: Engine, specialist: UUID, phone: PhoneActivities, provider: Provider
) -> None:
    with time_machine.travel(moscow(20, 58)):
        scene = Scene(engine, policy=ALWAYS_OPEN, zone="Europe/Moscow")
        ring = scene.ring(scene.call(specialist))
    with time_machine.travel(moscow(21, 1)):
        assert phone.place_call(ring) == TECHNICAL
    assert provider.asked("call", customer_phone=scene.phone) == []


def test_an_agreed_time_may_be_at_night(engine: Engine, specialist: UUID, phone: PhoneActivities) -> None:
    with time_machine.travel(moscow(23, 30)):
        scene = Scene(engine, policy=ALWAYS_OPEN, zone="Europe/Moscow")
        attempt = scene.call(specialist)
        assert phone.place_call(scene.ring(attempt, agreed=True)) == RINGS_ON


def test_a_number_given_later_has_a_grace_of_its_own(engine: Engine, specialist: UUID, phone: PhoneActivities) -> None:
    given = moscow(23)
    promise = {"requested_at": given.isoformat(), "due": given.isoformat(), "warnings": []}
    with time_machine.travel(moscow(15)):
        scene = Scene(engine, policy=ALWAYS_OPEN, promise=promise)
        attempt = scene.call(specialist)
    with time_machine.travel(given + timedelta(minutes=5)):
        assert phone.place_call(scene.ring(attempt)) == RINGS_ON


# What goes wrong


def test_too_many_requests_frees_the_number_and_is_tried_again(
    scene: Scene, specialist: UUID, phone: PhoneActivities, provider: Provider
) -> None:
    ring = scene.ring(scene.call(specialist))
    provider.fail("calls", "too_many_429", retry_after=3)
    with pytest.raises(ApplicationError) as raised:
        phone.place_call(ring)
    assert raised.value.next_retry_delay == timedelta(seconds=3)
    assert (scene.attempt(ring.attempt).phone, scene.attempt(ring.attempt).posted_at) == (None, None)
    assert phone.place_call(ring) == RINGS_ON
    assert len(provider.accepted("call", customer_phone=scene.phone)) == 1


def test_a_withdrawal_between_two_tries_is_heeded(
    scene: Scene, specialist: UUID, phone: PhoneActivities, provider: Provider
) -> None:
    ring = scene.ring(scene.call(specialist))
    provider.fail("calls", "too_many_429")
    with pytest.raises(ApplicationError):
        phone.place_call(ring)
    scene.withdraw()
    assert phone.place_call(ring) == TECHNICAL
    assert provider.accepted("call", customer_phone=scene.phone) == []


def test_nobody_listening_frees_the_number(engine: Engine, scene: Scene, specialist: UUID) -> None:
    ring = scene.ring(scene.call(specialist))
    with (
        LocalChannels(f"http://127.0.0.1:{free_port()}") as nowhere,
        pytest.raises(ApplicationError),
    ):
        phone_of(engine, nowhere.voice).place_call(ring)
    assert scene.attempt(ring.attempt).phone is None


def test_a_call_whose_acceptance_was_lost_is_found(
    scene: Scene, specialist: UUID, phone: PhoneActivities, provider: Provider
) -> None:
    ring = scene.ring(scene.call(specialist))
    provider.fail("calls", "drop_after")
    with pytest.raises(Doubtful):
        phone.place_call(ring)
    assert phone.place_call(ring) == RINGS_ON
    (placed,) = provider.asked("call", customer_phone=scene.phone)
    assert scene.attempt(ring.attempt).provider_id == placed.body["provider_id"]


def test_of_several_calls_the_one_that_is_nobodys_is_taken(
    engine: Engine, scene: Scene, specialist: UUID, phone: PhoneActivities, provider: Provider
) -> None:
    other = Scene(engine, phone=scene.phone)
    known, lost = (case.ring(case.call(specialist)) for case in (other, scene))
    phone.place_call(known)
    other.end(known.attempt, AttemptOutcome.NO_ANSWER)
    provider.fail("calls", "drop_after")
    with pytest.raises(Doubtful):
        phone.place_call(lost)
    assert phone.place_call(lost) == RINGS_ON
    ids = [line.body["provider_id"] for line in provider.accepted("call", customer_phone=scene.phone)]
    assert [case.attempt(ring.attempt).provider_id for case, ring in ((other, known), (scene, lost))] == ids


@pytest.mark.parametrize("mode", ["drop_before", "error_503", "hang"])
def test_a_call_the_provider_does_not_know_goes_back_to_the_specialist(
    engine: Engine,
    hurried: LocalChannels,
    scene: Scene,
    specialist: UUID,
    phone: PhoneActivities,
    provider: Provider,
    mode: str,
) -> None:
    ring = scene.ring(scene.call(specialist))
    provider.fail("calls", mode)
    for placing in (phone_of(engine, hurried.voice), phone):
        with pytest.raises(Doubtful):
            placing.place_call(ring)
    scene.later(LISTED_AFTER)
    assert phone.place_call(ring) == TECHNICAL
    assert provider.accepted("call", customer_phone=scene.phone) == []


def test_a_refused_number_is_invalid(engine: Engine, specialist: UUID, phone: PhoneActivities) -> None:
    scene = Scene(engine, phone="+7")
    assert phone.place_call(scene.ring(scene.call(specialist))) == Rung(outcome=AttemptOutcome.INVALID)


def test_a_refusal_for_our_own_fault_does_not_blame_the_number(
    engine: Engine, scene: Scene, phone: PhoneActivities
) -> None:
    wrong = add_staff(engine, Role.SPECIALIST, phone="12")
    assert phone.place_call(scene.ring(scene.call(wrong))) == TECHNICAL
