"""Mail cannot be looked up: its events are waited for, and only after their time it is posted once more."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from temporalio.exceptions import ApplicationError

from activities.announcements import Announce
from activities.delivery import MAIL_EVENT_WAIT
from channels.local import LocalChannels
from channels.sendgrid.mail import Sender, SendGridMail
from channels.sendgrid.wire import Wire
from domain.events import EventKind
from ops.ports import free_port
from provider_settings import Mailer
from tests.activities.scene import Scene
from tests.activities.wiring import announcements_of
from tests.api.staff_desk import nowhere, parts_over
from tests.wire.faults import Fault, Mode
from tests.wire.our_api import OurApi, serving
from tests.wire.sendgrid_like.server import KEY, SendGridLike

Say = Callable[[Announce], None]
NOT_ACCEPTED = (Mode.HANG_BEFORE, Mode.DROP_BEFORE, Mode.UNAVAILABLE_BEFORE)
ACCEPTED = (Mode.HANG_AFTER, Mode.DROP_AFTER, Mode.UNAVAILABLE_AFTER)


@pytest.fixture
def provider() -> Iterator[SendGridLike]:
    with SendGridLike() as server:
        yield server


@pytest.fixture
def ours(engine: Engine, provider: SendGridLike) -> Iterator[OurApi]:
    """Where the provider tells what became of letters."""
    parts = parts_over(engine, asyncio.run(nowhere()))
    key = provider.teller.public_key
    update = {
        "mailer": Mailer.SENDGRID,
        "sendgrid_api_key": SecretStr(KEY),
        "sendgrid_webhook_key": key,
        "mail_from": "care@example.com",
    }
    with serving(replace(parts, settings=parts.settings.model_copy(update=update))) as api:
        provider.events_url = f"{api.url}/webhooks/sendgrid/events"
        yield api


@pytest.fixture
def say(engine: Engine, provider: SendGridLike) -> Iterator[Say]:
    """Announces by this mail provider; there is no other way out."""
    wire = Wire(KEY, provider.url, timedelta(seconds=0.5))
    mail = SendGridMail(wire, Sender(address="care@example.com", name="Ромашка"))
    with LocalChannels(f"http://127.0.0.1:{free_port()}") as nobody:
        yield announcements_of(engine, nobody, mail=mail).announce


@pytest.fixture
def scene(engine: Engine) -> Scene:
    """A customer whose landline takes no SMS."""
    return Scene(engine, phone="+74951234567")


def _tried(scene: Scene) -> Announce:
    return scene.moment(scene.event(EventKind.NEXT_ATTEMPT_PLANNED))


def _waits(say: Say, moment: Announce) -> timedelta:
    with pytest.raises(ApplicationError) as raised:
        say(moment)
    assert raised.value.next_retry_delay
    return raised.value.next_retry_delay


@pytest.mark.parametrize("mode", NOT_ACCEPTED)
def test_without_an_event_in_time_it_is_posted_once_more(
    provider: SendGridLike, say: Say, scene: Scene, mode: Mode
) -> None:
    moment = _tried(scene)
    provider.faults.plan("mail/send", Fault(mode), of=scene.email)
    assert _waits(say, moment) == MAIL_EVENT_WAIT
    assert _waits(say, moment) > MAIL_EVENT_WAIT - timedelta(minutes=1)
    assert provider.posts == [scene.email]
    scene.later(MAIL_EVENT_WAIT)
    say(moment)
    assert (len(provider.posts), len(provider.to(scene.email))) == (2, 1)
    assert (scene.message("mail").state, scene.message("mail").attempts) == ("accepted", 2)


@pytest.mark.parametrize("mode", ACCEPTED)
@pytest.mark.usefixtures("ours")
def test_an_event_proves_that_it_left(provider: SendGridLike, say: Say, scene: Scene, mode: Mode) -> None:
    moment = _tried(scene)
    provider.faults.plan("mail/send", Fault(mode), of=scene.email)
    _waits(say, moment)
    provider.wait(lambda one: len(one.told) == 2)
    scene.later(MAIL_EVENT_WAIT)
    say(moment)
    assert provider.posts == [scene.email]
    assert (scene.message("mail").state, scene.message("mail").attempts) == ("delivered", 1)


def test_too_many_waits_as_long_as_told_and_does_not_count(provider: SendGridLike, say: Say, scene: Scene) -> None:
    moment = _tried(scene)
    provider.faults.plan("mail/send", Fault(Mode.TOO_MANY, timedelta(seconds=40)), of=scene.email)
    assert timedelta(seconds=35) < _waits(say, moment) <= timedelta(seconds=41)
    assert (scene.message("mail").state, scene.message("mail").attempts) == ("queued", 0)
    say(moment)
    assert (len(provider.posts), len(provider.to(scene.email))) == (2, 1)
