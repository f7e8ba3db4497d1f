"""Back-ups of both stores around a case in flight, and systems restored from them."""

import asyncio
import itertools
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session, col, select
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import Client

from channels.local import LocalChannels
from channels.simulator.people import Behaviour, Script
from db import inbox
from db.casework import Attempt, Case, Timeline
from db.columns import new_id, now
from db.engine import engine_for
from db.intake import Response
from db.people import Customer
from db.staff import Staff
from domain.messages import Call, CallEnded, Claim
from domain.messages import Staff as By
from domain.policies import STANDARD
from domain.policy import CivilHours, CompanyHours, Policy
from domain.promise import promise_from
from domain.words import AttemptOutcome, Role
from ops.postgres import EmbeddedPostgres
from ops.reconciler import Reconciler
from ops.relay import Relay
from settings import Settings
from temporal_client import connect
from tests.activities.provider import Provider
from tests.databases import make
from tests.ops.relay_rows import until
from worker import worker_for

ALWAYS = Policy(name="always", company=CompanyHours(always_open=True), civil=CivilHours(always_civil=True))
POLICIES: Mapping[str, Policy] = {STANDARD: Policy(), ALWAYS.name: ALWAYS}
PHONE = "+79161230042"
_numbers = itertools.count()


@dataclass(frozen=True)
class Flight:
    """The case that is in flight, and whose it is."""

    case: UUID
    customer: UUID
    attempt: UUID
    specialist: UUID


class Site:
    """One system: a database, a Temporal, and the telephone network, which no restore takes back."""

    def __init__(self, engine: Engine, client: Client, settings: Settings) -> None:
        self.engine, self.client, self.settings = engine, client, settings
        self.relay = Relay(engine, client, POLICIES, task_queue=settings.task_queue)
        self.reconciler = Reconciler(engine, client, POLICIES, task_queue=settings.task_queue)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """With a worker, which ends what it does before it stops."""
        with LocalChannels(self.settings.channels_target) as channels:
            async with worker_for(self.client, self.engine, channels, self.settings):
                yield
                while await self._is_busy():
                    await asyncio.sleep(0.02)

    async def _is_busy(self) -> bool:
        case, _, _ = self.rows()
        described = await self.client.get_workflow_handle(f"case-{case.id}").describe()
        started = PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
        return any(one.state == started for one in described.raw_description.pending_activities)

    def rows(self) -> tuple[Case, list[Timeline], list[Attempt]]:
        """The one case; LookupError while there is none."""
        with Session(self.engine, expire_on_commit=False) as session:
            case = session.exec(select(Case)).first()
            if case is None:
                raise LookupError
            timeline = session.exec(select(Timeline).order_by(col(Timeline.seq))).all()
            return case, list(timeline), list(session.exec(select(Attempt)).all())

    def kinds(self) -> list[str]:
        """The timeline in short; none while there is no case."""
        with Session(self.engine) as session:
            return list(session.exec(select(Timeline.kind).order_by(col(Timeline.seq))))

    async def until(self, kind: str) -> None:
        """Wait for a step of the case."""
        await until(lambda: kind in self.kinds())

    def end_call(self, flight: Flight) -> None:
        """The provider reports that nobody answered, as its webhook would store it."""
        ended = CallEnded(
            id=f"end:{flight.attempt}", at=now(), attempt=flight.attempt, outcome=AttemptOutcome.NO_ANSWER
        )
        with Session(self.engine) as session, session.begin():
            inbox.tell(session, flight.case, ended)


async def site_of(database_url: str, temporal: str, simulator: str) -> Site:
    """A system over these."""
    settings = Settings(_env_file=None, temporal_address=temporal, channels_url=simulator, task_queue="restored")
    return Site(engine_for(database_url), await connect(settings), settings)


def request(engine: Engine) -> Flight:
    """A response that asks for contact, accepted this moment, and a specialist."""
    at = now()
    promise = promise_from(ALWAYS, requested_at=at, zone=None)
    assert promise
    customer, specialist = (
        Customer(name="Ivan", phone=PHONE),
        Staff(name="Anna", role=Role.SPECIALIST, phone="+74950000001"),
    )
    response = Response(
        source="generic",
        form="purchase",
        external_id=str(new_id()),
        version=at,
        submitted_at=at,
        customer_id=customer.id,
        language="ru",
        phone=PHONE,
        policy=ALWAYS.name,
        contact_requested_at=at,
        promise=promise.model_dump(mode="json"),
    )
    flight = Flight(response.id, customer.id, new_id(), specialist.id)
    with Session(engine) as session, session.begin():
        for row in (customer, specialist, response):
            session.add(row)
            session.flush()
        inbox.put(
            session,
            kind=inbox.CONTACT_REQUEST,
            key=str(flight.case),
            case_id=flight.case,
            body=None,
            urgent_at=promise.due,
        )
    return flight


async def claim_and_ring(site: Site, flight: Flight, provider: Provider) -> None:
    """The customer's telephone rings; whether it does, we were not told."""
    provider.play(PHONE, Script(calls=(Behaviour.NO_ANSWER,), ring_seconds=600))
    provider.fail("calls", "drop_after")
    handle = site.client.get_workflow_handle(f"case-{flight.case}")
    by = By(id=flight.specialist, role=Role.SPECIALIST)
    await handle.execute_update("claim", Claim(by=by))
    await handle.execute_update("call", Call(by=by, attempt=flight.attempt))
    await until(lambda: bool(provider.asked("call", attempt_id=flight.attempt)))


class Backups:
    """Copies of both stores, each taken at an instant of its own, while they run."""

    def __init__(self, postgres: EmbeddedPostgres, folder: Path) -> None:
        self._postgres, self._folder = postgres, folder

    def dump(self, database: str, name: str) -> None:
        """Of the rows."""
        self._tool("pg_dump", "--format=custom", "--file", str(self._folder / f"{name}.dump"), database)

    def restored(self, name: str) -> str:
        """A new database from it; its URL."""
        database = f"restored_{next(_numbers)}"
        make(self._postgres, database, template="template0")
        self._tool("pg_restore", "--exit-on-error", "--dbname", database, str(self._folder / f"{name}.dump"))
        return self._postgres.url_of(database)

    def copy(self, live: Path, name: str) -> Path:
        """Of Temporal's file, consistent though the server writes."""
        target = self._folder / f"{name}.db"
        with sqlite3.connect(live) as source, sqlite3.connect(target) as copy:
            source.backup(copy)
        source.close()
        copy.close()
        return target

    def _tool(self, program: str, *arguments: str) -> None:
        home = self._postgres.home
        command = (str(home.binaries / program), "--host", str(home.socket), "--username", "postgres", *arguments)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
