"""An installation together with its own PostgreSQL and Temporal, either of which can be killed and started again."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import httpx2
from sqlalchemy import Row, text
from sqlmodel import Session
from temporalio.client import Client

from channels.simulator.people import Script
from db import links
from domain.state import Snapshot
from ops.ports import free_port
from ops.postgres import DATABASE, EmbeddedPostgres
from ops.postgres_files import settle
from ops.temporal_server import TemporalServer
from temporal_client import connect
from tests import loopback
from tests.chaos.processes import kill, tree
from tests.stress.installation import Installation, installation
from tests.stress.sender import Delivered, Json, Sender
from tests.waiting import until
from workflows.close_the_loop import CloseTheLoop

T = TypeVar("T")


@dataclass
class Stressed:
    """What a test does to the system, and what it finds in its two stores."""

    installed: Installation
    postgres: EmbeddedPostgres
    temporal: TemporalServer

    @property
    def sender(self) -> Sender:
        return Sender(self.installed.api, self.installed.settings)

    def deliver(self, one: Json) -> Delivered:
        """One response."""
        (answer,) = self.sender.send([one])
        return answer

    # Killing

    def kill_temporal(self) -> None:
        """At once; what it has answered for is in its file."""
        assert self.temporal.pid
        os.killpg(self.temporal.pid, signal.SIGKILL)
        until(lambda: self.temporal.pid is None)

    def kill_postgres(self) -> None:
        """The server and all its backends, each of which is a process group of its own."""
        assert self.postgres.pid
        kill(*tree(self.postgres.pid))
        until(lambda: self.postgres.pid is None)

    # Asking

    def rows(self, query: str, **values: object) -> list[Row[tuple[object, ...]]]:
        with self.installed.engine.connect() as connection:
            return list(connection.execute(text(query), values))

    def count(self, query: str, **values: object) -> int:
        """The one number that this query answers with."""
        with self.installed.engine.connect() as connection:
            return int(connection.execute(text(query), values).scalar_one())

    def execute(self, statement: str, **values: object) -> None:
        with self.installed.engine.begin() as connection:
            connection.execute(text(statement), values)

    def in_temporal(self, ask: Callable[[Client], Awaitable[T]]) -> T:
        """Ask with a client of this moment."""

        async def asked() -> T:
            return await ask(await connect(self.installed.settings))

        return asyncio.run(asked())

    def workflows(self) -> dict[UUID, datetime]:
        """When each case's workflow was started. Fails when one was started twice."""

        async def listed(client: Client) -> list[tuple[str, datetime]]:
            query = f"TaskQueue = '{self.installed.settings.task_queue}'"
            return [(one.id, one.start_time) async for one in client.list_workflows(query)]

        found = self.in_temporal(listed)
        assert len({name for name, _ in found}) == len(found)
        return {UUID(name.removeprefix("case-")): at for name, at in found}

    def snapshot(self, case: UUID) -> Snapshot:
        """The workflow's live state."""
        return self.in_temporal(lambda client: client.get_workflow_handle(f"case-{case}").query(CloseTheLoop.current))

    def steps(self, case: UUID) -> list[str]:
        """The kinds of the case's timeline, which has no gap."""
        found = self.rows("select seq, kind from timeline where case_id = :case order by seq", case=case)
        assert [row.seq for row in found] == list(range(1, len(found) + 1))
        return [str(row.kind) for row in found]

    # People

    def ask(self, who: str, method: str, path: str, body: object = None) -> httpx2.Response:
        """A request of a member of staff."""
        headers = {"authorization": f"Bearer {self.installed.tokens[who]}"}
        return loopback.request(method, self.installed.api + path, json=body, headers=headers, timeout=30)

    def done(self, who: str, path: str, body: object = None) -> None:
        """A command that must be obeyed."""
        answer = self.ask(who, "POST", path, body)
        assert answer.status_code == 200, answer.text

    def link(self, case: UUID, kind: links.LinkKind) -> str:
        """The address a customer was sent."""
        secret = self.installed.settings.token_secret.get_secret_value().encode()
        with Session(self.installed.engine) as session, session.begin():
            return self.installed.api + links.path(kind, links.issue(session, case_id=case, kind=kind, secret=secret))

    def script(self, phone: str, script: Script) -> None:
        """How this customer behaves when rung."""
        self._simulator("PUT", f"/script/{phone}", script.model_dump(mode="json"))

    def sms_from(self, phone: str, words: str) -> None:
        """This customer writes to us."""
        self._simulator("POST", f"/people/{phone}/sms", {"text": words})

    def _simulator(self, method: str, path: str, body: Mapping[str, object]) -> None:
        answer = loopback.request(method, self.installed.settings.channels_target + path, json=dict(body))
        assert answer.is_success, answer.text


@contextmanager
def stressed_in(folder: Path) -> Iterator[Stressed]:
    """Everything started in this folder, with servers that may be killed."""
    # Without fsync a kill of its processes loses nothing: the system has it in memory.
    postgres = EmbeddedPostgres(settle(folder), settings={"fsync": "off"})
    temporal = TemporalServer(port=free_port(), log=folder / "temporal.log", db_file=folder / "temporal.db")
    with postgres, temporal, stressed_on(folder / "data", postgres, temporal) as found:
        yield found


@contextmanager
def stressed_on(
    folder: Path, postgres: EmbeddedPostgres, temporal: TemporalServer, *, database: str = DATABASE
) -> Iterator[Stressed]:
    """Our processes on servers that run; with nobody on duty, for alerts are not what is put under stress here."""
    url = postgres.url_of(database)
    found = Stressed(installation(folder, database_url=url, temporal_address=temporal.address), postgres, temporal)
    found.execute("delete from duty")
    try:
        found.installed.start()
        yield found
        assert found.installed.dead == []
    finally:
        found.installed.stop()


def ids_of(answers: Iterable[Delivered]) -> set[UUID]:
    """The cases that were promised."""
    return {UUID(one.id) for one in answers if one.id}
