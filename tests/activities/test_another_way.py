"""What did not arrive is told by another way, once; a telephone that was off is tried once more, later."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import Engine
from sqlmodel import Session, col, select
from temporalio.exceptions import ApplicationError

from activities.announcements import Announce
from channels.errors import Refused, RefusedReason
from channels.local import LocalChannels
from channels.protocols import ProviderMessage, SmsToSend
from db import callbacks
from db.columns import now
from db.outreach import MessageState
from db.suppressions import is_suppressed
from db.tables import Alert, Inbox, Message
from domain.announcements import announcement
from domain.events import Event, EventKind
from domain.messages import MessageFailed
from domain.rules import hear
from domain.words import AttemptOutcome
from tests.activities.provider import Provider
from tests.activities.scene import Scene
from tests.activities.test_message_tact import ALWAYS_OPEN, MOSCOW, moscow
from tests.activities.wiring import SECRET, announcements_of

Say = Callable[[Announce], None]
TRIED, LATE, SURVEY = EventKind.NEXT_ATTEMPT_PLANNED, EventKind.PROMISE_BROKEN, EventKind.RESOLVED
RECEIVED, AGREED = EventKind.OPENED, EventKind.CALLBACK_AGREED
LANDLINE = "+74951234567"


def fail(scene: Scene, message: Message, error: str = "bounced") -> Event:
    """As a webhook hears of it and the case then does: the event that is told."""
    with Session(scene.engine) as session, session.begin():
        assert callbacks.return_message(session, message.id, at=now(), error=error)
    with Session(scene.engine) as session:
        row = session.exec(select(Inbox).where(Inbox.kind == "message_failed", Inbox.key == str(message.id))).one()
    hear(scene.case, MessageFailed.model_validate(row.body), now=now())
    scene.project()
    event = scene.told[-1]
    assert (event.kind, event.ref) == (EventKind.MESSAGE_FAILED, message.id)
    return event


def sent(scene: Scene) -> list[tuple[str, str, str]]:
    return [(row.template, row.channel, row.state) for row in scene.messages() if row.staff_id is None]


def in_turn(scene: Scene) -> list[Message]:
    return sorted((row for row in scene.messages() if row.staff_id is None), key=lambda row: row.id)


@pytest.mark.parametrize(
    ("kind", "first", "then"), [(SURVEY, "mail", "sms"), (RECEIVED, "mail", "sms"), (LATE, "sms", "mail")]
)
def test_the_same_is_told_by_the_other_way(
    scene: Scene, announce: Say, provider: Provider, kind: EventKind, first: str, then: str
) -> None:
    announce(scene.moment(scene.event(kind)))
    failed = scene.message(first)
    moment = scene.moment(fail(scene, failed))
    announce(moment)
    announce(moment)
    rows = in_turn(scene)
    assert [(row.channel, row.template, row.due) for row in rows] == [
        (first, failed.template, failed.due),
        (then, failed.template, failed.due),
    ]
    assert [row.state for row in rows] == ["failed", "accepted"]
    assert len(provider.asked(then, message_id=rows[-1].id)) == 1


def test_a_substitute_that_fails_is_the_end_of_it(scene: Scene, announce: Say) -> None:
    announce(scene.moment(scene.event(SURVEY)))
    announce(scene.moment(fail(scene, scene.message("mail"))))
    announce(scene.moment(fail(scene, scene.message("sms"), "unreachable")))
    assert sent(scene) == [("final_survey", "mail", "failed"), ("final_survey", "sms", "failed")]


def test_what_has_gone_both_ways_is_not_told_again(scene: Scene, announce: Say) -> None:
    announce(scene.moment(scene.event(TRIED)))
    announce(scene.moment(fail(scene, scene.message("mail"))))
    announce(scene.moment(fail(scene, scene.message("sms"), "undelivered")))
    assert sorted(sent(scene)) == [("tried_to_reach", "mail", "failed"), ("tried_to_reach", "sms", "failed")]


def test_another_moment_has_its_own_other_way(scene: Scene, announce: Say) -> None:
    announce(scene.moment(scene.event(LATE)))
    announce(scene.moment(fail(scene, scene.message("sms"))))
    announce(scene.moment(scene.event(LATE)))
    announce(scene.moment(fail(scene, in_turn(scene)[-1])))
    assert [row.channel for row in in_turn(scene)] == ["sms", "mail", "sms", "mail"]


@pytest.mark.parametrize(
    ("response", "kind", "channel"),
    [
        ({"phone": LANDLINE}, SURVEY, "mail"),
        ({"email": None}, LATE, "sms"),
        ({}, EventKind.NUMBER_NEEDED, "mail"),
    ],
)
def test_without_another_way_nothing_follows(
    engine: Engine, announce: Say, response: dict[str, str | None], kind: EventKind, channel: str
) -> None:
    scene = Scene(engine, response=response)
    announce(scene.moment(scene.event(kind)))
    announce(scene.moment(fail(scene, scene.message(channel), "undelivered")))
    assert [row.channel for row in in_turn(scene)] == [channel]


def test_what_we_only_lost_sight_of_is_not_told_twice(scene: Scene, announce: Say) -> None:
    announce(scene.moment(scene.event(SURVEY)))
    event = fail(scene, scene.message("mail"))
    with Session(scene.engine) as session, session.begin():
        session.get_one(Message, scene.message("mail").id).state = MessageState.DELIVERED
    announce(scene.moment(event))
    assert [row.channel for row in in_turn(scene)] == ["mail"]


@pytest.mark.parametrize("kind", [RECEIVED, LATE, AGREED])
def test_who_has_spoken_with_us_meanwhile_is_left_in_peace(
    scene: Scene, specialist: UUID, announce: Say, kind: EventKind
) -> None:
    announce(scene.moment(scene.event(kind)))
    attempt = scene.call(specialist)
    scene.answer(attempt)
    scene.end(attempt, AttemptOutcome.REACHED)
    failed = in_turn(scene)[0]
    announce(scene.moment(fail(scene, failed)))
    assert [row.channel for row in in_turn(scene) if row.template == failed.template] == [failed.channel]


def test_a_time_that_has_passed_is_not_told(engine: Engine, announce: Say) -> None:
    scene = Scene(engine)
    announce(scene.moment(scene.event(AGREED, due=now() + timedelta(minutes=30))))
    event = fail(scene, scene.message("sms"))
    with time_machine.travel(now() + timedelta(minutes=31)):
        announce(scene.moment(event))
    assert [row.channel for row in in_turn(scene)] == ["sms"]


def test_at_night_no_sms_goes_in_place_of_a_letter_that_cannot_wait(engine: Engine, announce: Say) -> None:
    with time_machine.travel(moscow(22)):
        scene = Scene(engine, policy=ALWAYS_OPEN, zone=MOSCOW)
        announce(scene.moment(scene.event(RECEIVED)))
        announce(scene.moment(fail(scene, scene.message("mail"))))
    assert [row.channel for row in in_turn(scene)] == ["mail"]


# A telephone that was off


@pytest.fixture
def by_sms(engine: Engine) -> Scene:
    """A customer without an e-mail address."""
    return Scene(engine, email=None)


def test_a_telephone_that_was_off_is_tried_once_more_later(by_sms: Scene, announce: Say, provider: Provider) -> None:
    announce(by_sms.moment(by_sms.event(TRIED)))
    moment = by_sms.moment(fail(by_sms, by_sms.message("sms"), "unreachable"))
    with pytest.raises(ApplicationError) as raised:
        announce(moment)
    assert raised.value.next_retry_delay is not None
    assert timedelta(minutes=4) < raised.value.next_retry_delay <= timedelta(minutes=5)
    assert [row.state for row in in_turn(by_sms)] == ["failed", "queued"]
    with time_machine.travel(now() + timedelta(minutes=5, seconds=1)):
        announce(moment)
    assert [row.state for row in in_turn(by_sms)] == ["failed", "accepted"]
    announce(by_sms.moment(fail(by_sms, in_turn(by_sms)[-1], "unreachable")))
    assert len(provider.asked("sms", phone=by_sms.phone)) == 2


def test_with_an_address_the_letter_goes_at_once(scene: Scene, announce: Say) -> None:
    announce(scene.moment(scene.event(LATE)))
    announce(scene.moment(fail(scene, scene.message("sms"), "unreachable")))
    assert [(row.channel, row.state) for row in in_turn(scene)] == [("sms", "failed"), ("mail", "accepted")]


def test_when_the_letter_comes_back_too_the_telephone_is_tried_once_more(scene: Scene, announce: Say) -> None:
    announce(scene.moment(scene.event(TRIED)))
    announce(scene.moment(fail(scene, scene.message("sms"), "unreachable")))
    assert len(in_turn(scene)) == 2
    with pytest.raises(ApplicationError):
        announce(scene.moment(fail(scene, scene.message("mail"))))
    assert [row.channel for row in in_turn(scene)][2:] == ["sms"]


# Refused at once


class Refusing:
    """An SMS channel that refuses everything, and keeps what it was asked."""

    def __init__(self, reason: RefusedReason) -> None:
        self.reason, self.asked = reason, list[SmsToSend]()

    def send(self, sms: SmsToSend) -> ProviderMessage:
        self.asked.append(sms)
        raise Refused(self.reason)

    def find(self, phone: str, since: datetime, *, text: str | None = None) -> ProviderMessage | None:
        return None


@pytest.mark.parametrize(
    ("reason", "closed", "alarmed"),
    [
        (RefusedReason.INVALID_NUMBER, False, False),
        (RefusedReason.NO_SMS, False, False),
        (RefusedReason.OPTED_OUT, True, False),
        (RefusedReason.CONFIG, False, True),
    ],
)
def test_a_refusal_tells_the_case_closes_the_number_or_alarms_the_operator(
    engine: Engine, scene: Scene, channels: LocalChannels, reason: RefusedReason, closed: bool, alarmed: bool
) -> None:
    announcements_of(engine, channels, sms=Refusing(reason)).announce(scene.moment(scene.event(LATE)))
    assert sent(scene) == [("we_are_late", "sms", "failed")]
    with Session(engine) as session:
        facts = session.exec(select(Inbox).where(Inbox.case_id == scene.id, Inbox.kind == "message_failed")).all()
        alerts = session.exec(select(Alert).where(Alert.kind == "messages_failing", col(Alert.ended_at).is_(None)))
        assert [row.body["message"] for row in facts] == [str(scene.message("sms").id)]
        assert is_suppressed(session, "sms", scene.phone, SECRET) is closed
        assert bool(alerts.all()) is alarmed


# For how long an SMS is worth delivering


@pytest.mark.parametrize(
    ("kind", "told", "minutes"),
    [
        (LATE, moscow(12), 10),
        (TRIED, moscow(12), 15),
        (AGREED, moscow(12), 60),
        (SURVEY, moscow(12), 240),
        (TRIED, moscow(20, 50), 10),
        (SURVEY, moscow(19), 120),
    ],
)
def test_an_sms_is_given_up_in_minutes_and_before_the_night(
    engine: Engine, channels: LocalChannels, kind: EventKind, told: datetime, minutes: int
) -> None:
    sms = Refusing(RefusedReason.NO_SMS)
    with time_machine.travel(told, tick=False):
        scene = Scene(engine, policy=ALWAYS_OPEN, zone=MOSCOW, email=None)
        announcements_of(engine, channels, sms=sms).announce(scene.moment(scene.event(kind)))
    assert [one.validity for one in sms.asked] == [timedelta(minutes=minutes)]


@pytest.mark.parametrize("quiet", [False, True])
def test_a_failed_message_is_worth_telling_also_when_it_is_recorded_late(scene: Scene, quiet: bool) -> None:
    told = announcement(scene.event(EventKind.MESSAGE_FAILED, quiet=quiet))
    assert told is not None
    assert told.by_another_way
