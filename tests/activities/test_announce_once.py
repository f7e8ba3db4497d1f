"""A moment is told once to each who is concerned, however often and however concurrently the activity runs."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session
from temporalio.exceptions import ApplicationError

from activities.announcements import Announce, AnnouncementActivities
from activities.delivery import NotYet, Way, deliver
from channels.protocols import ProviderMessage
from db.columns import now
from db.tables import Message
from domain.events import EventKind
from domain.words import Role
from tests.activities.provider import Provider
from tests.activities.scene import Scene, add_staff

Say = Callable[[Announce], None]


def test_telling_twice_tells_each_once(scene: Scene, announce: Say, provider: Provider) -> None:
    moment = scene.moment(scene.event(EventKind.NEXT_ATTEMPT_PLANNED))
    announce(moment)
    announce(moment)
    assert scene.to_customer() == [("mail", "accepted", None), ("sms", "accepted", None)]
    assert len(provider.asked("sms", phone=scene.phone)) == 1
    assert len(provider.asked("mail", address=scene.email)) == 1


@pytest.mark.parametrize("kind", [EventKind.PROMISE_BROKEN, EventKind.NEXT_ATTEMPT_PLANNED])
def test_telling_at_the_same_moment_tells_each_once(
    engine: Engine, scene: Scene, announcements: AnnouncementActivities, provider: Provider, kind: EventKind
) -> None:
    staff = [add_staff(engine, role) for role in (Role.SECOND_LINE, Role.LEAD, Role.MANAGER)]
    moment = scene.moment(scene.event(kind))

    def tell(_: int) -> None:
        with suppress(ApplicationError):
            announcements.announce(moment)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(tell, range(8)))
    assert {row.state for row in scene.messages()} == {"accepted"}
    asked = [line for kind in ("sms", "mail", "alert") for line in provider.asked(kind)]
    ours = [line.body["message_id"] for line in asked if line.body["message_id"] in _ids(scene)]
    assert sorted(map(str, ours)) == sorted(_ids(scene))
    assert len(_alerted(provider, staff)) == (3 if kind is EventKind.PROMISE_BROKEN else 0)


def test_of_two_tries_that_read_the_same_row_one_posts(engine: Engine, scene: Scene, announce: Say) -> None:
    announce(scene.moment(scene.event(EventKind.NEXT_ATTEMPT_PLANNED)))
    message, posts = scene.message("sms"), list[str]()
    _set(engine, message.id, state="unknown", provider_id=None)
    scene.later(timedelta(hours=1))

    def post(who: str) -> ProviderMessage:
        posts.append(who)
        return ProviderMessage(provider_id=who, accepted_at=now())

    def look_up_while_another_posts(_: datetime) -> None:
        deliver(engine, _read(engine, message.id), Way(post=lambda: post("quicker")))

    with pytest.raises(NotYet):
        deliver(engine, _read(engine, message.id), Way(post=lambda: post("slower"), find=look_up_while_another_posts))
    assert posts == ["quicker"]
    assert scene.message("sms").provider_id == "quicker"


def test_an_event_that_settles_it_between_two_tries_stands(engine: Engine, scene: Scene, announce: Say) -> None:
    announce(scene.moment(scene.event(EventKind.NEXT_ATTEMPT_PLANNED)))
    message = scene.message("mail")
    _set(engine, message.id, state="queued", attempts=0, provider_id=None)

    def post() -> ProviderMessage:
        _set(engine, message.id, state="delivered")
        return ProviderMessage(provider_id="mail-7", accepted_at=now())

    deliver(engine, _read(engine, message.id), Way(post=post))
    assert (scene.message("mail").state, scene.message("mail").provider_id) == ("delivered", "mail-7")


def test_each_event_and_recipient_has_a_message_of_its_own(engine: Engine, scene: Scene, announce: Say) -> None:
    for _ in range(2):
        add_staff(engine, Role.LEAD)
    announce(scene.moment(scene.event(EventKind.PROMISE_BROKEN), scene.event(EventKind.PROMISE_BROKEN)))
    alerts = [row for row in scene.messages() if row.channel == "alert"]
    assert len(alerts) == len({row.key for row in alerts}) == 4
    assert len({(row.staff_id, row.key.split(":")[1]) for row in alerts}) == 4


def test_the_database_refuses_a_second_message_of_the_same_key(engine: Engine, scene: Scene, announce: Say) -> None:
    announce(scene.moment(scene.event(EventKind.NEXT_ATTEMPT_PLANNED)))
    with Session(engine) as session, pytest.raises(IntegrityError), session.begin():
        session.add(Message(key=scene.message("sms").key, template="tried_to_reach", channel="sms"))


def test_trouble_with_one_message_does_not_hold_up_the_others(
    engine: Engine, scene: Scene, announce: Say, provider: Provider
) -> None:
    lead = add_staff(engine, Role.LEAD)
    provider.fail("alerts", "too_many_429", retry_after=7)
    with pytest.raises(ApplicationError) as raised:
        announce(scene.moment(scene.event(EventKind.PROMISE_BROKEN)))
    assert raised.value.next_retry_delay == timedelta(seconds=7)
    assert scene.to_customer() == [("sms", "accepted", None)]
    assert [row.state for row in scene.messages() if row.staff_id == lead] == ["queued"]


def _ids(scene: Scene) -> list[str]:
    return [str(row.id) for row in scene.messages()]


def _alerted(provider: Provider, staff: list[UUID]) -> list[str]:
    return [str(line.body["staff_id"]) for member in staff for line in provider.accepted("alert", staff_id=member)]


def _set(engine: Engine, message_id: UUID, **values: str | int | None) -> None:
    with Session(engine) as session, session.begin():
        session.get_one(Message, message_id).sqlmodel_update(values)


@pytest.fixture(autouse=True)
def _no_fault_left(provider: Provider) -> Iterator[None]:
    yield
    provider.fail("alerts", "too_many_429", count=0)


def _read(engine: Engine, message_id: UUID) -> Message:
    with Session(engine) as session:
        return session.get_one(Message, message_id)
