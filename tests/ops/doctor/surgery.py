"""An installation in order: our real API behind TLS at a public name, staff, and two accounts set up as they should."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import uvicorn
from sqlalchemy import Engine
from sqlmodel import Session

from api.app import create_app
from api.deps import Parts
from db.engine import engine_for
from db.staff import Staff
from domain.policies import policies_from
from domain.words import Role
from ops.doctor.checks import Line, examine
from ops.doctor.installation import Installation
from ops.doctor.outside import Outside
from ops.ports import free_port
from settings import Settings
from surveys.mapping import Forms
from temporal_client import connect_lazily
from tests.ops.doctor.own_certificate import issue, trusting
from tests.ops.doctor.provider_books import CALLER_ID, KEY, SERVICE, SID, TOKEN, Books, in_order

HOST = "loop.help.example"
PUBLIC_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqD"
    "qBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA=="
)


@dataclass
class Surgery:
    """What a test may change before the doctor comes."""

    settings: Settings
    outside: Outside
    books: Books
    api: Settings
    """What the running API was started with."""
    folder: Path

    def look(self) -> dict[str, Line]:
        """Everything that is said, by subject."""
        return {line.subject: line for line in examine(Installation(self.settings, self.outside))}

    def change(self, **changes: object) -> None:
        """Other settings than the running API has."""
        self.settings = self.settings.model_copy(update=changes)

    def around(self, outside: Outside) -> None:
        """Another world."""
        self.outside = outside

    def written(self, name: str, content: str) -> Path:
        """A file of the installation."""
        file = self.folder / name
        file.write_text(content)
        return file


async def parts_of(settings: Settings, engine: Engine) -> Parts:
    """What the API needs; Temporal is away, and nobody here asks it."""
    forms = Forms.load(settings.forms_file)
    temporal = await connect_lazily(settings)
    return Parts(settings, engine, temporal, policies_from(None, development=True), forms)


def configured(books: Books, database_url: str, port: int) -> Settings:
    """As the guide says."""
    return Settings.model_validate(
        {
            "database_url": database_url,
            "public_url": f"https://{HOST}:{port}",
            "api_port": port,
            "temporal_address": f"127.0.0.1:{free_port()}",
            "telephony": "twilio",
            "allowed_countries": ("BY", "KZ"),
            "caller_id": CALLER_ID,
            "twilio_account_sid": SID,
            "twilio_auth_token": TOKEN,
            "twilio_url": books.url,
            "twilio_sms_sender": SERVICE,
            "mailer": "sendgrid",
            "sendgrid_api_key": KEY,
            "sendgrid_url": books.url,
            "sendgrid_webhook_key": PUBLIC_KEY,
            "mail_from": "desk@help.example",
            "slack_webhook": "https://hooks.slack.com/services/T000/B000/secretpart",
        }
    )


def staff_the_desk(engine: Engine) -> None:
    """One of each."""
    with Session(engine) as session, session.begin():
        for role in (Role.SPECIALIST, Role.SECOND_LINE, Role.LEAD, Role.MANAGER):
            session.add(Staff(name=role.value, role=role, phone=CALLER_ID, email=f"{role.value}@help.example"))


@dataclass(frozen=True)
class House:
    """What takes long to start, and no test changes: the API behind TLS, its database with staff, the providers."""

    settings: Settings
    engine: Engine
    books: Books
    certificate: Path

    def in_good_order(self, folder: Path) -> Surgery:
        """All is well, whatever was changed before."""
        self.books.begin_anew(in_order(self.settings.public_url, PUBLIC_KEY))
        outside = Outside(
            resolve=lambda _host, _port: ["8.8.8.8"],
            connect_to={HOST: "127.0.0.1"},
            trust=lambda: trusting(self.certificate),
        )
        return Surgery(self.settings, outside, self.books, self.settings, folder)


@contextmanager
def house_on(database_url: str, folder: Path, days: int = 60) -> Iterator[House]:
    """Open while the block lasts."""
    engine, certificate = engine_for(database_url), issue(HOST, folder, days)
    staff_the_desk(engine)
    with Books() as books:
        parts = asyncio.run(parts_of(configured(books, database_url, free_port()), engine))
        with serving(parts, certificate):
            yield House(parts.settings, engine, books, certificate)
    engine.dispose()


@contextmanager
def serving(parts: Parts, certificate: Path) -> Iterator[None]:
    """The API, behind TLS, as if a proxy stood before it."""
    port = parts.settings.api_port
    config = uvicorn.Config(
        create_app(parts), host="127.0.0.1", port=port, log_level="warning", access_log=False, ssl_certfile=certificate
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        _await(port, {"Host": HOST}, certificate)
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=20)


def _await(port: int, headers: Mapping[str, str], certificate: Path) -> None:
    transport = httpx2.HTTPTransport(retries=8, verify=trusting(certificate))
    with httpx2.Client(transport=transport, trust_env=False) as client:
        url = f"https://127.0.0.1:{port}/healthz"
        assert client.get(url, headers=dict(headers), extensions={"sni_hostname": HOST}).is_success
