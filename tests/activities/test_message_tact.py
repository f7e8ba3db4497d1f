"""The right channel, the right hour, or nothing at all: a message that no longer fits does harm."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import Engine
from sqlmodel import Session
from temporalio.exceptions import ApplicationError

from activities.announcements import Announce
from db import duty
from db.columns import now
from db.suppressions import suppress
from domain.events import Event, EventKind
from domain.policy import CompanyHours, Policy
from domain.words import AttemptOutcome, Role
from tests.activities.provider import Provider
from tests.activities.scene import Scene, add_staff
from tests.activities.wiring import SECRET

Say = Callable[[Announce], None]
ALWAYS_OPEN = Policy(company=CompanyHours(always_open=True))
LANDLINE, MOSCOW = "+74951234567", "Europe/Moscow"
TRIED, LATE, SURVEY = EventKind.NEXT_ATTEMPT_PLANNED, EventKind.PROMISE_BROKEN, EventKind.RESOLVED


def moscow(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 24, hour, minute, tzinfo=ZoneInfo(MOSCOW))


def sent(scene: Scene) -> list[str]:
    assert {state for _, state, _ in scene.to_customer()} <= {"accepted"}
    return [channel for channel, _, _ in scene.to_customer()]


@pytest.mark.parametrize(
    ("response", "kind", "ways"),
    [
        ({}, TRIED, ["mail", "sms"]),
        ({}, LATE, ["sms"]),
        ({}, SURVEY, ["mail"]),
        ({}, EventKind.NUMBER_NEEDED, ["mail"]),
        ({"email": None}, TRIED, ["sms"]),
        ({"email": None}, SURVEY, ["sms"]),
        ({"email": None}, EventKind.NUMBER_NEEDED, []),
        ({"phone": LANDLINE}, TRIED, ["mail"]),
        ({"phone": LANDLINE}, LATE, ["mail"]),
        ({"phone": LANDLINE}, EventKind.CALLBACK_AGREED, ["mail"]),
        ({"phone": LANDLINE, "email": None}, TRIED, []),
        ({"phone": LANDLINE, "email": None}, LATE, []),
        ({"phone": None, "email": None}, SURVEY, []),
    ],
)
def test_each_message_takes_the_channels_that_reach_the_customer(
    engine: Engine, announce: Say, response: dict[str, str | None], kind: EventKind, ways: list[str]
) -> None:
    scene = Scene(engine, response=response)
    announce(scene.moment(scene.event(kind)))
    assert sent(scene) == ways


def test_after_a_stop_no_sms_is_sent(engine: Engine, scene: Scene, announce: Say, provider: Provider) -> None:
    _stop(engine, scene)
    announce(scene.moment(scene.event(LATE)))
    assert sent(scene) == ["mail"]
    assert provider.asked("sms", phone=scene.phone) == []


def test_a_stop_while_an_sms_waits_is_heeded(engine: Engine, announce: Say, held_up: Say, provider: Provider) -> None:
    scene = Scene(engine, email=None)
    moment = scene.moment(scene.event(TRIED))
    held_up(moment)
    _stop(engine, scene)
    announce(moment)
    assert scene.to_customer() == [("sms", "skipped", "suppressed")]
    assert provider.asked("sms", phone=scene.phone) == []


def test_a_stop_does_not_hide_an_sms_that_has_left(engine: Engine, announce: Say, provider: Provider) -> None:
    scene = Scene(engine, email=None)
    moment = scene.moment(scene.event(TRIED))
    provider.fail("sms", "drop_after")
    with pytest.raises(ApplicationError):
        announce(moment)
    _stop(engine, scene)
    announce(moment)
    assert scene.to_customer() == [("sms", "accepted", None)]


def test_nothing_goes_to_a_number_that_is_not_the_customers(
    scene: Scene, specialist: UUID, announce: Say, provider: Provider
) -> None:
    scene.end(scene.call(specialist), AttemptOutcome.WRONG_NUMBER)
    announce(scene.moment(_last(scene, EventKind.ATTEMPT_ENDED)))
    assert sent(scene) == ["mail"]
    (letter,) = provider.accepted("mail", address=scene.email)
    assert "somebody else answers" in str(letter.body["text"])
    assert provider.asked("sms", phone=scene.phone) == []


def test_a_later_try_keeps_to_what_was_decided(
    engine: Engine, scene: Scene, announce: Say, held_up: Say, provider: Provider
) -> None:
    first, second = add_staff(engine, Role.SECOND_LINE), add_staff(engine, Role.SECOND_LINE, on_duty=False)
    moment = scene.moment(scene.event(LATE))
    held_up(moment)
    with Session(engine) as session, session.begin():
        duty.end(session, first, now(), stand_in=None)
        duty.start(session, second, now())
    _stop(engine, scene)
    announce(moment)
    assert [(row.channel, row.staff_id, row.state) for row in scene.messages()] == [
        ("alert", first, "accepted"),
        ("sms", None, "skipped"),
    ]


# Quiet hours


@pytest.mark.parametrize(
    ("zone", "asked", "told", "ways"),
    [
        (MOSCOW, moscow(18), moscow(20, 59), ["mail", "sms"]),
        (MOSCOW, moscow(18), moscow(21), ["mail"]),
        (MOSCOW, moscow(3), moscow(8, 59), ["mail"]),
        ("Asia/Vladivostok", moscow(10), moscow(15), ["mail"]),
        (None, moscow(15), moscow(16, 29), ["mail", "sms"]),
        (None, moscow(15), moscow(16, 30), ["mail"]),
        (None, moscow(3), moscow(10, 30), ["mail", "sms"]),
    ],
)
def test_sms_keep_quiet_hours_and_mail_goes(
    engine: Engine, announce: Say, zone: str | None, asked: datetime, told: datetime, ways: list[str]
) -> None:
    with time_machine.travel(asked):
        scene = Scene(engine, policy=ALWAYS_OPEN, zone=zone)
    with time_machine.travel(told):
        announce(scene.moment(scene.event(TRIED)))
    assert sent(scene) == ways


def test_at_night_we_are_late_goes_by_mail(engine: Engine, announce: Say) -> None:
    with time_machine.travel(moscow(22)):
        scene = Scene(engine, policy=ALWAYS_OPEN, zone=MOSCOW)
        announce(scene.moment(scene.event(LATE)))
    assert sent(scene) == ["mail"]


def test_an_sms_held_up_until_the_night_is_dropped(
    engine: Engine, announce: Say, held_up: Say, provider: Provider
) -> None:
    with time_machine.travel(moscow(20, 30)):
        scene = Scene(engine, policy=ALWAYS_OPEN, zone=MOSCOW, email=None)
        moment = scene.moment(scene.event(TRIED))
        held_up(moment)
    with time_machine.travel(moscow(21, 30)):
        announce(moment)
    assert scene.to_customer() == [("sms", "skipped", "quiet_hours")]
    assert provider.asked("sms", phone=scene.phone) == []


def test_a_final_survey_by_sms_waits_for_the_morning(engine: Engine, announce: Say, provider: Provider) -> None:
    with time_machine.travel(moscow(22)):
        scene = Scene(engine, policy=ALWAYS_OPEN, zone=MOSCOW, email=None)
        moment = scene.moment(scene.event(SURVEY))
        with pytest.raises(ApplicationError) as raised:
            announce(moment)
    assert raised.value.next_retry_delay is not None
    assert timedelta(hours=10, minutes=59) < raised.value.next_retry_delay <= timedelta(hours=11)
    assert provider.asked("sms", phone=scene.phone) == []
    with time_machine.travel(moscow(9) + timedelta(days=1)):
        announce(moment)
    assert sent(scene) == ["sms"]


def test_who_has_just_spoken_with_us_is_awake(engine: Engine, specialist: UUID, announce: Say) -> None:
    with time_machine.travel(moscow(10)):
        scene = Scene(engine, policy=ALWAYS_OPEN, zone=None, email=None)
    with time_machine.travel(moscow(15)):
        attempt = scene.call(specialist)
        scene.answer(attempt)
        scene.end(attempt, AttemptOutcome.REACHED)
        announce(scene.moment(scene.event(SURVEY)))
    assert sent(scene) == ["sms"]


# Too late to be of use


def _last(scene: Scene, kind: EventKind) -> Event:
    return next(event for event in reversed(scene.told) if event.kind is kind)


def _stop(engine: Engine, scene: Scene) -> None:
    with Session(engine) as session, session.begin():
        suppress(session, "sms", scene.phone, SECRET, reason="stop")
