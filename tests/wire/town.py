"""The whole system beside a telephone provider and a mail provider that play theirs, all on the loopback."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Self, TypeVar
from uuid import uuid4

from sqlalchemy import Engine
from sqlmodel import Session

from db.engine import engine_for
from db.staff import Staff
from domain.words import Role
from ops.demo.live import Live
from ops.demo.screen import Screen
from ops.demo.wire import Desk, Platform
from ops.postgres import EmbeddedPostgres
from ops.run_file import Running
from ops.tokens import issue
from settings import Settings, variable
from tests.free_ports import free_port
from tests.journeys.conftest import PORTS, System
from tests.wire.sendgrid_like.server import KEY, SendGridLike
from tests.wire.twilio_like.server import ACCOUNT, TOKEN, TwilioLike

CALLER_ID, COMPANY = "+74950000000", "Ромашка"
OUR_ADDRESS = "care@romashka.example.com"
FORMS = '[generic."*"]\nname = "Any"\npolicy = "round-the-clock"\n'
POLICIES = """[round-the-clock]
company = { always_open = true }
civil = { always_civil = true }
claimed_not_called = "PT2H"
alarm_repeat = "PT1H"
"""
Found = TypeVar("Found")


class Specialist(Desk):
    """A member of staff who goes home at the end of the block."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()


class Sender(Platform):
    """A survey platform that closes its connection at the end of the block."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()


@dataclass(frozen=True)
class Town:
    """A running system and its two providers."""

    running: Running
    system: System
    engine: Engine
    twilio: TwilioLike
    sendgrid: SendGridLike
    live: Live
    """Timelines as they happen."""

    @property
    def api(self) -> str:
        """Where it is reached, by customers and by providers."""
        return self.running.addresses["api"]

    def platform(self) -> Sender:
        """A survey platform that may deliver."""
        [secret] = Settings(_env_file=None).secrets_of("generic")
        return Sender(self.api, secret.get_secret_value())

    def specialist(self, phone: str) -> Specialist:
        """A new member of staff at this telephone; off duty, so that nobody alerts them of others' cases."""
        person = Staff(name=f"Specialist {uuid4().hex[:6]}", role=Role.SPECIALIST, phone=phone, language="en")
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.add(person)
            session.flush()
            token = issue(session, person.id, name="tests")
        return Specialist(self.api, token)

    def logs(self) -> dict[str, str]:
        """What each process has logged."""
        return {log.name: log.read_text(errors="replace") for log in (self.system.data / "logs").iterdir()}


@contextmanager
def inhabited(folder: Path) -> Iterator[Town]:
    """Everything, with the logs at DEBUG; at the end all of it stops, which must be clean."""
    with TwilioLike(CALLER_ID) as twilio, SendGridLike() as sendgrid:
        system = _system(folder, twilio, sendgrid)
        with system.running() as running:
            sendgrid.events_url = f"{running.addresses['api']}/webhooks/sendgrid/events"
            engine = engine_for(EmbeddedPostgres.at(system.data).url)
            with _live(running) as live:
                yield Town(running, system, engine, twilio, sendgrid, live)
            engine.dispose()


@contextmanager
def _live(running: Running) -> Iterator[Live]:
    with Specialist(running.addresses["api"], running.tokens["lead"]) as lead:
        live = Live(lead, Screen(StringIO(), started=datetime.now(UTC), labels=[]))
        live.start(timedelta(seconds=20))
        try:
            yield live
        finally:
            live.stop()


def _system(folder: Path, twilio: TwilioLike, sendgrid: SendGridLike) -> System:
    chosen = _ours(folder) | _providers(twilio, sendgrid)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CLOSELOOP_")}
    return System(folder / "data", inherited | {variable(name): value for name, value in chosen.items()})


def _ours(folder: Path) -> dict[str, str]:
    data, forms, policies = folder / "data", folder / "forms.toml", folder / "policies.toml"
    data.mkdir()
    forms.write_text(FORMS)
    policies.write_text(POLICIES)
    ports = {name: str(free_port()) for name in PORTS}
    files = {"data_dir": str(data), "forms_file": str(forms), "policy_file": str(policies)}
    public_url = f"http://127.0.0.1:{ports['api_port']}"
    return {**ports, **files, "log_level": "DEBUG", "public_url": public_url, "company_name": COMPANY}


def _providers(twilio: TwilioLike, sendgrid: SendGridLike) -> dict[str, str]:
    return {
        "caller_id": CALLER_ID,
        "telephony": "twilio",
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": TOKEN,
        "twilio_url": twilio.url,
        "twilio_calls_per_second": "20",
        "mailer": "sendgrid",
        "sendgrid_api_key": KEY,
        "sendgrid_url": sendgrid.url,
        "sendgrid_webhook_key": sendgrid.teller.public_key,
        "mail_from": OUR_ADDRESS,
    }


def until(found: Callable[[], Found | None], what: str, *, seconds: float = 60) -> Found:
    """Ask until there is an answer. AssertionError when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = found()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.1)
