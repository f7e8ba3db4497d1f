"""A whole system for a browser to look at: real rows, real workflows, a simulated provider, people and cases."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
from playwright.sync_api import BrowserContext
from pydantic import JsonValue
from sqlalchemy import Engine
from sqlmodel import Session

from api import passwords
from db import accounts, duty
from db.casework import Case
from db.columns import now
from db.engine import engine_for
from db.staff import Staff
from domain.words import Language, Role
from ops.demo.wire import Json, Platform, Simulator
from ops.processes import Child, Program, await_ready
from ops.programs import answers
from ops.tokens import issue
from settings import LOOPBACK, Settings, variable
from tests import loopback
from tests.waiting import until

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
START = timedelta(seconds=60)
PATIENCE = 15.0
PASSWORD = "a sentence is easy to remember"
CALM, HURRIED = "calm", "hurried"
"""Forms: nothing falls due while a test looks; a call is promised within three seconds."""
NEWS = 202
_numbers = count(1)


@dataclass(frozen=True)
class Colleague:
    """A member of staff with an account and a token."""

    id: UUID
    name: str
    role: Role
    login: str
    token: str


class _Sender(Platform):
    def close(self) -> None:
        self._client.close()


class _Director(Simulator):
    def close(self) -> None:
        self._client.close()


class Installation:
    """The system under `url`. Everything in it is shared by the tests of a session: look for what is your own."""

    def __init__(self, url: str, engine: Engine, platform: Platform, simulator: Simulator) -> None:
        self.url, self.engine, self.simulator = url, engine, simulator
        self._platform = platform

    def hire(
        self, role: Role = Role.SPECIALIST, *, name: str | None = None, language: Language = Language.EN
    ) -> Colleague:
        """Somebody new, off duty, with an account whose password is PASSWORD."""
        number = next(_numbers)
        person = Staff(
            name=name or f"{role.title()} {number}", role=role, phone=f"+7495{number:07d}", language=language
        )
        login = f"{role}-{number}"
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.add(person)
            accounts.give(session, person.id, login, _kept()).one_time = False
            token = issue(session, person.id, name="tests")
        return Colleague(person.id, person.name, role, login, token)

    def go_on_duty(self, colleague: Colleague) -> None:
        """From now on they are alerted."""
        with Session(self.engine) as session, session.begin():
            duty.start(session, colleague.id, now())

    def sign_in(self, context: BrowserContext, colleague: Colleague) -> None:
        """Let this browser have their session, as POST /sign-in opens it."""
        answer = self._post("/sign-in", {"login": colleague.login, "password": PASSWORD})
        assert answer.status_code == 303, (answer.status_code, answer.text)
        for name, value in answer.cookies.items():
            context.add_cookies([{"name": name, "value": value, "url": self.url, "httpOnly": True, "sameSite": "Lax"}])

    def respond(
        self,
        form: str = CALM,
        *,
        name: str = "Anna Belova",
        phone: str | None = None,
        comment: str = "It does not start after the update.",
        nps: int = 3,
        **told: JsonValue,
    ) -> UUID:
        """A response that asks for contact, by the signed webhook; returns once its case can be read.

        `phone`: a new mobile number when left out. `told`: more of the delivery, or in place of it.
        """
        at, ref = datetime.now(UTC).isoformat(), uuid4().hex
        response: Json = {
            "response_id": ref,
            "form": form,
            "submitted_at": at,
            "updated_at": at,
            "finished": True,
            "customer": {"id": ref, "name": name, "zone": "Europe/Moscow", "language": "en"},
            "contact": {"requested": True, "phone": phone or f"+7916{next(_numbers):07d}"},
            "scores": {"nps": nps},
            "comment": comment,
            "product": "home",
        }
        case = self._platform.deliver(response | told, expected=NEWS)
        until(lambda: self.case(case), f"case {case} opens")
        return case

    def case(self, case: UUID) -> Case | None:
        """Its row; None while it is about to open."""
        with Session(self.engine) as session:
            return session.get(Case, case)

    def command(self, colleague: Colleague, case: UUID, what: str, body: Json | None = None) -> Json:
        """Let them do something with a case by the API: `claim`, `calls`, `resolution` …"""
        headers = {"authorization": f"Bearer {colleague.token}", "idempotency-key": str(uuid4())}
        url = f"{self.url}/cases/{case}/{what}"
        answer = loopback.post(url, json=body, headers=headers, timeout=PATIENCE)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        done: Json = answer.json()
        return done

    def _post(self, path: str, form: dict[str, str]) -> httpx2.Response:
        """Each time from another address, for so many sign-ins from one are too many."""
        address = f"127.0.{next(_numbers) % 250}.2" if sys.platform == "linux" else LOOPBACK
        headers = {"origin": self.url, "sec-fetch-site": "same-origin"}
        with httpx2.Client(transport=httpx2.HTTPTransport(local_address=address), timeout=PATIENCE) as client:
            return client.post(f"{self.url}{path}", data=form, headers=headers)


@contextmanager
def running(folder: Path, *, database_url: str, temporal: str) -> Iterator[Installation]:
    """The system on this migrated database and this Temporal as long as the block lasts; `folder` is its own."""
    ready = folder / "ready"
    house = Child(_house(folder, ready, database_url, temporal))
    engine = engine_for(database_url)
    try:
        await_ready(house, patience=START)
        ours, theirs = ready.read_text().split()
        [secret] = Settings(_env_file=None).secrets_of("generic")
        platform, simulator = _Sender(ours, secret.get_secret_value()), _Director(theirs)
        yield Installation(ours, engine, platform, simulator)
        platform.close()
        simulator.close()
    finally:
        engine.dispose()
        house.stop()


def _house(folder: Path, ready: Path, database_url: str, temporal: str) -> Program:
    chosen = {
        "database_url": database_url,
        "temporal_address": temporal,
        "task_queue": f"browser-{uuid4()}",
        "data_dir": str(folder),
        "policy_file": str(HERE / "policies.toml"),
        "forms_file": str(HERE / "forms.toml"),
        "log_level": "WARNING",
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CLOSELOOP_")}
    ours = {variable(name): value for name, value in chosen.items()}
    return Program(
        name="house",
        command=(sys.executable, "-m", "ops.launch", "tests.browser.house", str(ready)),
        log=folder / "house.log",
        env={**inherited, **ours, "PYTHONPATH": str(ROOT)},
        cwd=folder,  # no .env of this machine's user
        ready=lambda: ready.exists() and answers(f"{ready.read_text().split()[0]}/readyz"),
        stop_signal=signal.SIGKILL,  # it has nothing to keep
    )


@cache
def _kept() -> str:
    return passwords.hashed(PASSWORD)
