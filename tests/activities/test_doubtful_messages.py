"""What goes wrong on the way out: in doubt the provider is asked, and nothing is told twice without proof."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session
from temporalio.exceptions import ApplicationError

from activities.announcements import Announce
from activities.delivery import LISTED_AFTER, MAIL_EVENT_WAIT
from channels.local import LocalChannels
from channels.simulator.process import SimulatorProcess
from db import callbacks
from db.columns import now
from db.outreach import MessageState
from domain.events import EventKind
from ops.ports import free_port
from tests.activities.conftest import NOBODY
from tests.activities.provider import Provider
from tests.activities.scene import Scene
from tests.activities.wiring import announcements_of

Say = Callable[[Announce], None]
SECOND = timedelta(seconds=1)
NOT_ACCEPTED = ("drop_before", "error_503", "hang")


@pytest.fixture
def by_sms(engine: Engine) -> Scene:
    """A customer without an e-mail address."""
    return Scene(engine, email=None)


@pytest.fixture
def by_mail(engine: Engine) -> Scene:
    """A customer whose landline takes no SMS."""
    return Scene(engine, phone="+74951234567")


@pytest.fixture
def hasty(engine: Engine, hurried: LocalChannels) -> Say:
    """Announces over channels that do not wait long for an answer."""
    return announcements_of(engine, hurried).announce


@pytest.fixture(autouse=True)
def _no_fault_left(provider: Provider) -> Iterator[None]:
    yield
    for route in ("sms", "mail"):
        for mode in (*NOT_ACCEPTED, "drop_after", "too_many_429"):
            provider.fail(route, mode, count=0)


def is_told_to_wait(say: Say, moment: Announce) -> timedelta:
    with pytest.raises(ApplicationError) as raised:
        say(moment)
    assert raised.value.next_retry_delay is not None
    return raised.value.next_retry_delay


def tried(scene: Scene) -> Announce:
    return scene.moment(scene.event(EventKind.NEXT_ATTEMPT_PLANNED))


# Certainly not sent


@pytest.mark.parametrize(("route", "people"), [("sms", "by_sms"), ("mail", "by_mail")])
def test_too_many_requests_waits_as_long_as_told_and_does_not_count(
    request: pytest.FixtureRequest, announce: Say, provider: Provider, route: str, people: str
) -> None:
    scene: Scene = request.getfixturevalue(people)
    moment = tried(scene)
    provider.fail(route, "too_many_429", count=3, retry_after=4)
    for _ in range(3):
        assert is_told_to_wait(announce, moment) == timedelta(seconds=4)
        assert (scene.message(route).state, scene.message(route).attempts) == ("queued", 0)
    announce(moment)
    assert (scene.message(route).state, scene.message(route).attempts) == ("accepted", 1)
    assert len(provider.accepted(route, message_id=scene.message(route).id)) == 1


def test_nobody_listening_is_tried_again(engine: Engine, by_sms: Scene, announce: Say, provider: Provider) -> None:
    moment = tried(by_sms)
    with LocalChannels(f"http://127.0.0.1:{free_port()}") as nowhere:
        is_told_to_wait(announcements_of(engine, nowhere).announce, moment)
    assert by_sms.message().state == "queued"
    announce(moment)
    assert len(provider.asked("sms", phone=by_sms.phone)) == 1


def test_a_refusal_is_final(by_sms: Scene, announce: Say, provider: Provider) -> None:
    provider.write(by_sms.phone, "STOP")  # which has not come to us yet
    moment = tried(by_sms)
    announce(moment)
    announce(moment)
    assert by_sms.to_customer() == [("sms", "failed", "opted_out")]
    assert len(provider.asked("sms", phone=by_sms.phone)) == 1


# SMS in doubt


def test_an_accepted_sms_whose_answer_was_lost_is_found(by_sms: Scene, announce: Say, provider: Provider) -> None:
    moment = tried(by_sms)
    provider.fail("sms", "drop_after")
    is_told_to_wait(announce, moment)
    assert by_sms.message().state == "unknown"
    announce(moment)
    (sent,) = provider.asked("sms", phone=by_sms.phone)
    assert (by_sms.message().state, by_sms.message().provider_id) == ("accepted", sent.body["provider_id"])


@pytest.mark.parametrize("mode", NOT_ACCEPTED)
def test_an_sms_is_sent_once_more_only_when_proven_absent(
    by_sms: Scene, hasty: Say, announce: Say, provider: Provider, mode: str
) -> None:
    moment = tried(by_sms)
    provider.fail("sms", mode)
    is_told_to_wait(hasty, moment)
    assert timedelta(0) < is_told_to_wait(announce, moment) <= LISTED_AFTER
    assert len(provider.asked("sms", phone=by_sms.phone)) == 1
    by_sms.later(LISTED_AFTER)
    announce(moment)
    assert (by_sms.message().state, by_sms.message().attempts) == ("accepted", 2)
    assert [line.accepted for line in provider.asked("sms", phone=by_sms.phone)] == [False, True]


def test_an_sms_lost_twice_is_given_up(by_sms: Scene, announce: Say, provider: Provider) -> None:
    moment = tried(by_sms)
    provider.fail("sms", "drop_before", count=2)
    for _ in range(2):
        is_told_to_wait(announce, moment)
        by_sms.later(LISTED_AFTER)
    announce(moment)
    announce(moment)
    assert by_sms.to_customer() == [("sms", "failed", "lost")]
    assert len(provider.asked("sms", phone=by_sms.phone)) == 2


def test_another_sms_to_the_same_phone_is_no_proof(by_sms: Scene, announce: Say, provider: Provider) -> None:
    moment = tried(by_sms)
    provider.fail("sms", "drop_before")
    is_told_to_wait(announce, moment)
    late = by_sms.moment(by_sms.event(EventKind.CALLBACK_AGREED))
    announce(late)
    is_told_to_wait(announce, moment)
    assert [state for _, state, _ in by_sms.to_customer()] == ["unknown", "accepted"]


def test_a_provider_that_cannot_be_asked_proves_nothing(
    engine: Engine, by_sms: Scene, announce: Say, provider: Provider
) -> None:
    moment = tried(by_sms)
    provider.fail("sms", "drop_after")
    is_told_to_wait(announce, moment)
    by_sms.later(timedelta(hours=1))
    with LocalChannels(f"http://127.0.0.1:{free_port()}") as nowhere:
        is_told_to_wait(announcements_of(engine, nowhere).announce, moment)
    assert by_sms.message().state == "unknown"
    announce(moment)
    assert by_sms.message().state == "accepted"
    assert len(provider.asked("sms", phone=by_sms.phone)) == 1


def test_a_provider_killed_before_it_answered_is_asked_when_it_is_back(
    engine: Engine, by_sms: Scene, tmp_path: Path, secret_file: Path
) -> None:
    moment, port, log = tried(by_sms), free_port(), tmp_path / "log.jsonl"

    def running() -> SimulatorProcess:
        return SimulatorProcess(log=log, callback_url=NOBODY, secret_file=secret_file, port=port)

    with running() as first, LocalChannels(first.base_url) as channels:
        Provider(first.base_url).fail("sms", "drop_after")
        is_told_to_wait(announcements_of(engine, channels).announce, moment)
        first.kill()
        is_told_to_wait(announcements_of(engine, channels).announce, moment)
        with running() as second:
            announcements_of(engine, channels).announce(moment)
            assert len(Provider(second.base_url).asked("sms", phone=by_sms.phone)) == 1
    assert by_sms.message().state == "accepted"


# Mail in doubt


@pytest.mark.parametrize("mode", [*NOT_ACCEPTED, "drop_after"])
def test_a_mail_in_doubt_is_not_sent_again_before_an_event_is_due(
    by_mail: Scene, hasty: Say, announce: Say, provider: Provider, mode: str
) -> None:
    moment = tried(by_mail)
    provider.fail("mail", mode)
    assert is_told_to_wait(hasty, moment) == MAIL_EVENT_WAIT
    by_mail.later(MAIL_EVENT_WAIT - 30 * SECOND)
    assert timedelta(0) < is_told_to_wait(announce, moment) <= 30 * SECOND
    assert len(provider.asked("mail", address=by_mail.email)) == 1


def test_an_event_settles_a_mail_in_doubt(engine: Engine, by_mail: Scene, announce: Say, provider: Provider) -> None:
    moment = tried(by_mail)
    provider.fail("mail", "drop_after")
    is_told_to_wait(announce, moment)
    with Session(engine) as session, session.begin():
        callbacks.settle_message(
            session, by_mail.message("mail").id, state=MessageState.DELIVERED, at=now(), error=None
        )
    by_mail.later(MAIL_EVENT_WAIT)
    announce(moment)
    assert (by_mail.message("mail").state, by_mail.message("mail").attempts) == ("delivered", 1)
    assert len(provider.asked("mail", address=by_mail.email)) == 1


def test_a_mail_without_an_event_is_sent_exactly_once_more(by_mail: Scene, announce: Say, provider: Provider) -> None:
    moment = tried(by_mail)
    provider.fail("mail", "drop_after")
    is_told_to_wait(announce, moment)
    by_mail.later(MAIL_EVENT_WAIT)
    announce(moment)
    by_mail.later(MAIL_EVENT_WAIT)
    announce(moment)
    assert (by_mail.message("mail").state, by_mail.message("mail").attempts) == ("accepted", 2)
    first, second = provider.asked("mail", address=by_mail.email)
    assert first.body["message_id"] == second.body["message_id"]
    assert first.body["html"] == second.body["html"]


def test_a_mail_in_doubt_twice_is_given_up(by_mail: Scene, announce: Say, provider: Provider) -> None:
    moment = tried(by_mail)
    provider.fail("mail", "drop_after", count=5)
    for _ in range(2):
        is_told_to_wait(announce, moment)
        by_mail.later(MAIL_EVENT_WAIT)
    announce(moment)
    by_mail.later(MAIL_EVENT_WAIT)
    announce(moment)
    assert by_mail.to_customer() == [("mail", "failed", "lost")]
    assert len(provider.asked("mail", address=by_mail.email)) == 2


def test_not_sent_is_not_one_of_the_two_sendings(by_mail: Scene, announce: Say, provider: Provider) -> None:
    moment = tried(by_mail)
    provider.fail("mail", "too_many_429", count=3)
    for _ in range(3):
        is_told_to_wait(announce, moment)
    provider.fail("mail", "drop_before")
    is_told_to_wait(announce, moment)
    by_mail.later(MAIL_EVENT_WAIT)
    announce(moment)
    assert (by_mail.message("mail").state, by_mail.message("mail").attempts) == ("accepted", 2)
