"""Activities over a real PostgreSQL and a real provider process."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.announcements import Announce, AnnouncementActivities
from activities.phone import PhoneActivities
from channels.local import LocalChannels
from channels.simulator.process import SimulatorProcess
from domain.words import Role
from ops.ports import free_port
from tests.activities.provider import Provider
from tests.activities.scene import Scene, add_staff
from tests.activities.wiring import announcements_of, phone_of

NOBODY = "http://127.0.0.1:9"
SECRET = "whsec_bG9jYWwtcHJvdmlkZXItdGVzdC1zZWNyZXQ="


@pytest.fixture(scope="session")
def secret_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("secrets") / "provider"
    file.write_text(SECRET)
    return file


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory, secret_file: Path) -> Iterator[SimulatorProcess]:
    log = tmp_path_factory.mktemp("provider") / "log.jsonl"
    with SimulatorProcess(log=log, callback_url=NOBODY, secret_file=secret_file) as running:
        yield running


@pytest.fixture
def provider(simulator: SimulatorProcess) -> Provider:
    return Provider(simulator.base_url)


@pytest.fixture
def channels(provider: Provider) -> Iterator[LocalChannels]:
    with LocalChannels(provider.base_url, timeout=timedelta(seconds=5)) as opened:
        yield opened


@pytest.fixture
def hurried(provider: Provider) -> Iterator[LocalChannels]:
    """Does not wait long for an answer."""
    with LocalChannels(provider.base_url, timeout=timedelta(milliseconds=300)) as opened:
        yield opened


@pytest.fixture
def announcements(engine: Engine, channels: LocalChannels) -> AnnouncementActivities:
    return announcements_of(engine, channels)


@pytest.fixture
def announce(announcements: AnnouncementActivities) -> Callable[[Announce], None]:
    return lambda moment: ActivityEnvironment().run(announcements.announce, moment)


@pytest.fixture
def phone(engine: Engine, channels: LocalChannels) -> PhoneActivities:
    return phone_of(engine, channels.voice)


@pytest.fixture
def scene(engine: Engine) -> Scene:
    """A case of a customer with a mobile number and an e-mail address, who may be told at any hour."""
    return Scene(engine)


@pytest.fixture
def specialist(engine: Engine) -> UUID:
    return add_staff(engine, Role.SPECIALIST)


@pytest.fixture
def held_up(engine: Engine, announcements: AnnouncementActivities) -> Callable[[Announce], None]:
    """Announces while the provider is away: rows are written, nothing leaves."""

    def say(moment: Announce) -> None:
        with LocalChannels(f"http://127.0.0.1:{free_port()}") as nowhere, pytest.raises(ApplicationError):
            announcements_of(engine, nowhere).announce(moment)

    return say
