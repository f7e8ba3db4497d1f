"""Alerts leave by the ways of the installation's table, to whom it names, and the row says which way took them."""

from collections.abc import Mapping
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from temporalio.exceptions import ApplicationError

from activities.announcements import AnnouncementActivities
from channels.alerts.choice import alerts_over
from channels.alerts.routing import Routes, routes_from
from channels.alerts.slack import SlackAlerts
from channels.errors import Ambiguous, NotSent, Refused, RefusedReason
from channels.protocols import MailToSend, SmsToSend
from domain.events import EventKind
from domain.words import Role
from tests.activities.scene import Scene, add_staff
from tests.activities.wiring import SECRET, ways_of
from tests.channels.alerts.alert_ways import Post
from tests.http_receiver import Answer, Receiver

ADDRESS, PHONE = "irina@company.example", "+79161112233"
BUILT_IN = routes_from(None)


@pytest.fixture
def lead(engine: Engine) -> UUID:
    return add_staff(engine, Role.LEAD, email=ADDRESS, phone=PHONE, language="ru")


def announcer(engine: Engine, mail: Post, sms: Post, *, routes: Routes = BUILT_IN) -> AnnouncementActivities:
    alerts = alerts_over(routes, mail=mail, sms=sms)
    return AnnouncementActivities(engine, ways_of(engine, Post(), Post(), alerts), SECRET, routes)


def alerts_of(scene: Scene) -> Mapping[UUID | None, tuple[str, str | None, str | None]]:
    """By recipient: state, way and error."""
    return {row.staff_id: (row.state, row.provider_id, row.error) for row in scene.messages() if row.staff_id}


def test_a_broken_promise_goes_by_sms_and_mail(engine: Engine, lead: UUID) -> None:
    scene, mail, sms = Scene(engine), Post(), Post()
    announcer(engine, mail, sms).announce(scene.moment(scene.event(EventKind.PROMISE_BROKEN)))
    assert alerts_of(scene) == {lead: ("accepted", "sms:P1 mail:P1", None)}
    (letter,), (short,) = mail.sent, sms.sent
    assert isinstance(letter, MailToSend)
    assert isinstance(short, SmsToSend)
    assert (letter.address, letter.language, short.phone) == (ADDRESS, "ru", PHONE)
    assert "обещание" in letter.subject.lower()
    for personal in (scene.phone, scene.email, "Anna"):
        assert personal not in f"{letter.subject}{letter.text}{letter.html}{short.text}"


@pytest.mark.parametrize("down", [NotSent("away"), Ambiguous("timeout"), Refused(RefusedReason.CONFIG)])
def test_a_way_that_is_down_is_passed_over_and_the_row_says_so(engine: Engine, lead: UUID, down: Exception) -> None:
    scene = Scene(engine)
    assert isinstance(down, NotSent | Ambiguous | Refused)
    announcer(engine, Post(down), Post()).announce(scene.moment(scene.event(EventKind.GOAL_MISSED)))
    assert alerts_of(scene) == {lead: ("accepted", "sms:P1", None)}


def test_when_all_ways_are_down_it_stays_and_leaves_later(engine: Engine, lead: UUID) -> None:
    scene, mail = Scene(engine), Post(NotSent("away"))
    announcing = announcer(engine, mail, Post(Ambiguous("away")))
    moment = scene.moment(scene.event(EventKind.GOAL_MISSED))
    with pytest.raises(ApplicationError):
        announcing.announce(moment)
    assert alerts_of(scene) == {lead: ("queued", None, None)}
    mail.error = None
    announcing.announce(moment)
    assert alerts_of(scene) == {lead: ("accepted", "mail:P1", None)}


def test_who_can_be_reached_by_no_way_is_on_record_as_that(engine: Engine) -> None:
    nobody = add_staff(engine, Role.LEAD, phone=None)
    scene = Scene(engine)
    announcer(engine, Post(), Post()).announce(scene.moment(scene.event(EventKind.GOAL_MISSED)))
    assert alerts_of(scene) == {nobody: ("failed", None, "invalid_address")}


def test_the_table_names_whom_to_tell(engine: Engine, lead: UUID) -> None:
    manager = add_staff(engine, Role.MANAGER, on_duty=False, email="boss@company.example")
    routes = routes_from('[goal_missed]\nto = ["manager"]\nwho = "anybody"')
    scene, mail = Scene(engine), Post()
    moment = scene.moment(scene.event(EventKind.GOAL_MISSED), scene.event(EventKind.NO_OVERLAP))
    announcer(engine, mail, Post(), routes=routes).announce(moment)
    assert alerts_of(scene).keys() == {manager, lead}
    assert {sent.address for sent in mail.sent if isinstance(sent, MailToSend)} == {"boss@company.example", ADDRESS}


def test_a_slack_that_answers_500_is_passed_over_in_the_row_too(engine: Engine, lead: UUID) -> None:
    routes = routes_from('[default]\nways = ["slack", "sms"]')
    scene = Scene(engine)
    with Receiver(Answer(500)) as server, SlackAlerts(SecretStr(server.url)) as slack:
        alerts = alerts_over(routes, sms=Post(), slack=slack)
        announcing = AnnouncementActivities(engine, ways_of(engine, Post(), Post(), alerts), SECRET, routes)
        for kind in (EventKind.GOAL_MISSED, EventKind.NO_OVERLAP):
            announcing.announce(scene.moment(scene.event(kind)))
    taken = sorted(str(row.provider_id).partition(":")[0] for row in scene.messages() if row.staff_id)
    assert taken == ["slack", "sms"]
