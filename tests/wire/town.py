"""The whole system beside a telephone provider and a mail provider that play theirs, all on the loopback."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Self
from uuid import uuid4

from sqlalchemy import Engine
from sqlmodel import Session

from db.engine import engine_for
from db.staff import Staff
from domain.words import Role
from ops.demo.live import Live
from ops.demo.screen import Screen
from ops.demo.wire import Desk, Platform
from ops.ports import free_port
from ops.postgres import EmbeddedPostgres
from ops.run_file import Running
from ops.tokens import issue
from settings import Settings, variable
from tests.journeys.conftest import PORTS, System
from tests.wire.sendgrid_like.server import KEY, SendGridLike
from tests.wire.slack_like import SlackLike
from tests.wire.twilio_like.server import ACCOUNT, TOKEN, TwilioLike

CALLER_ID, COMPANY = "+74950000000", "Ромашка"
OUR_ADDRESS = "care@romashka.example.com"
HASTY = "hasty"
"""A form whose promise breaks while one waits."""
ALARM_REPEAT = timedelta(seconds=1)
FORMS = f'''[generic."*"]
name = "Any"
policy = "round-the-clock"

[generic.{HASTY}]
name = "Hasty"
policy = "{HASTY}"
'''
_ALWAYS = """company = { always_open = true }
civil = { always_civil = true }
claimed_not_called = "PT2H"
"""
POLICIES = f"""[round-the-clock]
{_ALWAYS}alarm_repeat = "PT1H"

[{HASTY}]
{_ALWAYS}promise = "PT6S"
warnings = []
alarm_repeat = "PT{ALARM_REPEAT.seconds}S"
"""
ALERTS = """[promise_broken]
ways = ["slack", "mail"]
at_once = 1
to = ["owner"]
"""


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
    """A running system, its two providers, and a room of Slack."""

    running: Running
    system: System
    engine: Engine
    twilio: TwilioLike
    sendgrid: SendGridLike
    slack: SlackLike
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

    def lead(self) -> Specialist:
        """The lead."""
        return Specialist(self.api, self.running.tokens["lead"])

    def specialist(self, phone: str, email: str | None = None) -> Specialist:
        """A new member of staff at this telephone; off duty, so that nobody alerts them of others' cases."""
        name = f"Specialist {uuid4().hex[:6]}"
        person = Staff(name=name, role=Role.SPECIALIST, phone=phone, email=email, language="en")
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.add(person)
            session.flush()
            token = issue(session, person.id, name="tests")
        return Specialist(self.api, token)

    def logs(self) -> dict[str, str]:
        """What each process has logged."""
        return {log.name: log.read_text(errors="replace") for log in (self.system.data / "logs").iterdir()}


@contextmanager
def inhabited(folder: Path, **more: str) -> Iterator[Town]:
    """Everything, with the logs at DEBUG and `more` settings; at the end all of it stops, which must be clean."""
    with TwilioLike(CALLER_ID) as twilio, SendGridLike() as sendgrid, SlackLike() as slack:
        system = _system(folder, {**_providers(twilio, sendgrid), "slack_webhook": slack.url, **more})
        with system.running() as running:
            sendgrid.events_url = f"{running.addresses['api']}/webhooks/sendgrid/events"
            engine = engine_for(EmbeddedPostgres.at(system.data).url)
            with _live(running) as live:
                yield Town(running, system, engine, twilio, sendgrid, slack, live)
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


def _system(folder: Path, elsewhere: dict[str, str]) -> System:
    chosen = _ours(folder) | elsewhere
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CLOSELOOP_")}
    return System(folder / "data", inherited | {variable(name): value for name, value in chosen.items()})


def _ours(folder: Path) -> dict[str, str]:
    data = folder / "data"
    data.mkdir()
    tables = {"forms_file": FORMS, "policy_file": POLICIES, "alerts_file": ALERTS}
    for name, table in tables.items():
        (folder / f"{name}.toml").write_text(table)
    ports = {name: str(free_port()) for name in PORTS}
    files = {"data_dir": str(data)} | {name: str(folder / f"{name}.toml") for name in tables}
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
