"""The whole system in processes of its own, with cases in several stages, and every token there is to try."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import requests
from sqlalchemy import Engine, text
from sqlmodel import Session

from db import links
from db.engine import engine_for
from db.links import LinkKind
from ops.postgres import EmbeddedPostgres
from ops.run_file import Running
from tests.fuzz.contract import Document
from tests.fuzz.senders import SETTINGS, signed
from tests.waiting import until

_RECORD = re.compile(r"^(?=[A-Z]+:\S+:|\d{4}-\d\d-\d\d )", re.MULTILINE)
GENERIC = "/webhooks/surveys/generic"
CASES = 8
Json = dict[str, str | bool]


@dataclass(frozen=True)
class Installation:
    """A running system, seen from outside and from its database."""

    running: Running
    data: Path
    engine: Engine
    cases: list[str]
    reviews: list[str]

    @property
    def address(self) -> str:
        return self.running.addresses["api"]

    def document(self) -> Document:
        """The OpenAPI document as it is served."""
        found: Document = requests.get(f"{self.address}/openapi.json", timeout=30).json()
        return found

    def staff(self) -> list[str]:
        """The ids of everybody who works here."""
        return _ids(self.engine, "staff")

    def links(self, kind: LinkKind) -> list[str]:
        """A customer's token for each case."""
        secret = SETTINGS.token_secret.get_secret_value().encode()
        with Session(self.engine) as session, session.begin():
            return [links.issue(session, case_id=UUID(case), kind=kind, secret=secret) for case in self.cases]

    def count(self, query: str) -> int:
        """What a counting query counts."""
        with self.engine.connect() as connection:
            return int(connection.execute(text(query)).scalar_one())

    def troubles(self) -> list[str]:
        """Records of our own processes' logs that are errors or carry a traceback; to try again later is neither."""
        logs = (self.data / "logs" / f"{name}.log" for name in ("api", "relay", "worker", "simulator"))
        records = [f"{log.stem}: {record}" for log in logs for record in _RECORD.split(log.read_text())]
        return [one for one in records if ("Traceback" in one or " ERROR" in one) and "Error: NotYet:" not in one]


def furnished(running: Running, data: Path) -> Installation:
    """The system with eight cases: some claimed, one under review, one resolved."""
    engine = engine_for(EmbeddedPostgres.at(data).url)
    cases = [_ask_for_contact(running, number) for number in range(CASES)]
    until(lambda: len(_ids(engine, "cases")) == CASES)
    _move(running, cases)
    reviews = _ids(engine, "review")
    return Installation(running, data, engine, cases, reviews)


def _ask_for_contact(running: Running, number: int) -> str:
    response = {
        "response_id": f"r-{uuid4()}",
        "form": "demo",
        "submitted_at": datetime.now(UTC).isoformat(),
        "contact": {"requested": True, "phone": f"+7916123{number:04}"},
        "customer": {"id": f"c-{number}", "name": "Анна", "email": f"anna{number}@example.com"},
    }
    body = json.dumps(response).encode()
    headers = {"content-type": "application/json", **signed(GENERIC, body)}
    answer = requests.post(f"{running.addresses['api']}{GENERIC}", data=body, headers=headers, timeout=30)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def _move(running: Running, cases: list[str]) -> None:
    """Some into later stages, so that every command finds one that may obey."""
    reached: Json = {"outcome": "reached"}
    for case in cases[:4]:
        _command(running, case, "claim")
    for case in cases[:3]:
        _command(running, case, "attempts", reached)
    _command(running, cases[0], "reviews", {"question": "Which version?"})
    solved: Json = {"cause": "other", "text": "Solved.", "solved": True, "one_conversation": True}
    _command(running, cases[1], "resolution", solved)


def _command(running: Running, case: str, name: str, body: Json | None = None) -> None:
    headers = {"Authorization": f"Bearer {running.tokens['specialist']}"}
    url = f"{running.addresses['api']}/cases/{case}/{name}"
    answer = requests.post(url, json=body, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text


def _ids(engine: Engine, table: str) -> list[str]:
    with engine.connect() as connection:
        return [str(row.id) for row in connection.execute(text(f"select id from {table} order by id"))]
