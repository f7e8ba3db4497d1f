"""Names, numbers, addresses and texts reach the provider, and no log of ours, however talkative it is set."""

import logging
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session
from temporalio.exceptions import ApplicationError

from activities.announcements import Announce
from activities.phone import Doubtful, PhoneActivities
from channels.local import LocalChannels
from db.engine import engine_for
from db.tables import Attempt
from domain.events import EventKind
from domain.words import Role
from tests.activities.provider import Provider
from tests.activities.scene import Scene, add_staff
from tests.activities.wiring import phone_of


@pytest.fixture
def talkative(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """As with LOG_LEVEL=DEBUG."""
    caplog.set_level(logging.DEBUG)
    return caplog


def test_no_personal_data_in_logs(
    engine: Engine,
    talkative: pytest.LogCaptureFixture,
    announce: Callable[[Announce], None],
    phone: PhoneActivities,
    provider: Provider,
) -> None:
    name, form, answer, member = (f"{word}-{uuid4().hex}" for word in ("name", "form", "answer", "member"))
    scene = Scene(engine, customer={"name": name, "address_form": form}, comment=answer)
    staff = add_staff(engine, Role.SPECIALIST, name=member, phone="+74957654321")
    scene.own(staff)
    talkative.clear()
    _announce_and_ring(scene, staff, announce, phone, provider)
    assert provider.accepted("sms", phone=scene.phone)
    said = talkative.text + "".join(str(record.__dict__) for record in talkative.records)
    for marker in (name, form, answer, member, scene.phone[1:], scene.email, "+74957654321"):
        assert marker not in said


def _announce_and_ring(
    scene: Scene,
    staff: UUID,
    announce: Callable[[Announce], None],
    phone: PhoneActivities,
    provider: Provider,
) -> None:
    """Both of them in doubt first: looking up is where numbers go into URLs."""
    moment = scene.moment(scene.event(EventKind.NEXT_ATTEMPT_PLANNED))
    provider.fail("sms", "drop_after")
    with pytest.raises(ApplicationError):
        announce(moment)
    announce(moment)
    ring = scene.ring(scene.call(staff))
    provider.fail("calls", "drop_after")
    with pytest.raises(Doubtful):
        phone.place_call(ring)
    phone.place_call(ring)
    phone.reconcile_call(ring)


def test_no_personal_data_in_a_database_error(
    engine: Engine, database_url: str, scene: Scene, specialist: UUID, channels: LocalChannels
) -> None:
    """An activity's error ends in the workflow's history."""
    ring = scene.ring(scene.call(specialist))
    with engine.begin() as connection:
        name = connection.scalar(text("select current_database()"))
        connection.execute(text(f"alter database {name} set lock_timeout = '100ms'"))
    hasty = engine_for(database_url)
    with Session(engine) as holder:
        holder.get_one(Attempt, ring.attempt, with_for_update=True)
        with pytest.raises(OperationalError) as raised:
            phone_of(hasty, channels.voice).place_call(ring)
    hasty.dispose()
    assert scene.phone not in str(raised.value)
