"""The staff API over a real database, with a member of each role, and cases to work on."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import httpx2
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel
from temporalio.client import Client

from api.app import create_app
from api.deps import Parts
from db.columns import new_id, now
from db.intake import Response
from db.openings import opening
from db.people import Customer
from db.projection import project
from db.staff import Staff
from domain import rules
from domain.messages import Ask, Fact, Opening
from domain.messages import Staff as By
from domain.policy import CivilHours, CompanyHours, Policy
from domain.projection import Record, ticket_of
from domain.promise import promise_from
from domain.words import Role
from ops.ports import free_port
from ops.tokens import issue
from settings import Settings
from surveys.mapping import Forms
from temporal_client import connect_lazily

ROUND_THE_CLOCK = Policy(company=CompanyHours(always_open=True), civil=CivilHours(always_civil=True))
SETTINGS = Settings(_env_file=None, database_url=SecretStr("postgresql://unused"))
POLICIES = {"standard": ROUND_THE_CLOCK}
PEOPLE = {
    "specialist": Role.SPECIALIST,
    "other": Role.SPECIALIST,
    "second_line": Role.SECOND_LINE,
    "lead": Role.LEAD,
    "manager": Role.MANAGER,
    "admin": Role.ADMIN,
}
PHONE = "+79161234567"


@dataclass
class Person:
    """A member of staff with a token."""

    by: By
    name: str
    token: str

    @property
    def id(self) -> UUID:
        return self.by.id


@dataclass
class Desk:
    """The app, asked as this or that person."""

    app: FastAPI
    engine: Engine
    staff: dict[str, Person]
    client: httpx2.AsyncClient
    cases: dict[UUID, rules.Case] = field(default_factory=dict)

    async def ask(
        self, who: str | None, method: str, path: str, body: object = None, *, key: str | None = None
    ) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.staff[who].token}"} if who else {}
        if key:
            headers["Idempotency-Key"] = key
        return await self.client.request(method, path, json=body, headers=headers)

    async def get(self, who: str, path: str) -> httpx2.Response:
        return await self.ask(who, "GET", path)

    async def post(self, who: str, path: str, body: object = None, *, key: str | None = None) -> httpx2.Response:
        return await self.ask(who, "POST", path, body, key=key)

    def set_clock(self, at: datetime) -> None:
        """From now on it is always this time."""
        self.app.state.parts = replace(self.app.state.parts, clock=lambda: at)

    def hire(self, name: str, role: Role) -> Person:
        with Session(self.engine) as session, session.begin():
            staff = Staff(name=f"{name.title()} Smith", role=role, phone="+74950000001", language="en")
            session.add(staff)
            session.flush()
            self.staff[name] = Person(By(id=staff.id, role=role), staff.name, issue(session, staff.id, name="test"))
        return self.staff[name]

    def store(self, *rows: SQLModel) -> None:
        with Session(self.engine) as session, session.begin():
            session.add_all(rows)

    def respond(self, *, requested: datetime | None = None, **fields: object) -> Opening:
        """A response that asks for contact, on its way to its case."""
        at = requested or now()
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            row = Response.model_validate(_response(at, fields.pop("customer", None) or _customer(session)) | fields)
            session.add(row)
            session.flush()
            return opening(session, row, POLICIES, at)

    def open(self, *asks: Ask, requested: datetime | None = None, **response: object) -> UUID:
        """A case as its workflow would have written it, without one."""
        told = self.respond(requested=requested, **response)
        case = self.cases[told.case] = rules.Case(told)
        rules.begin(case, at=told.requested_at)
        self._project(case)
        for ask in asks:
            self.obey(told.case, ask)
        return told.case

    def obey(self, case_id: UUID, ask: Ask) -> None:
        case = self.cases[case_id]
        rules.obey(case, ask, at=now(), why=str(uuid4()))
        self._project(case)

    def hear(self, case_id: UUID, fact: Fact) -> None:
        case = self.cases[case_id]
        rules.hear(case, fact, now=now())
        self._project(case)

    def let_time_pass(self, case_id: UUID) -> None:
        """Whatever is due by now happens."""
        case = self.cases[case_id]
        while (due := rules.next_due(case)) and due.at <= now():
            rules.fall_due(case, now())
            self._project(case)

    def _project(self, case: rules.Case) -> None:
        events, due = tuple(case.take_events()), rules.next_due(case)
        ticket = ticket_of(case.opening) if events and events[0].seq == 1 else None
        snapshot = case.snapshot(due.step if due else None, due.at if due else None)
        with self.engine.begin() as connection:
            project(connection, Record(events=events, snapshot=snapshot, ticket=ticket))


def _customer(session: Session) -> UUID:
    customer = Customer(name="Ivan Petrov", email="ivan@example.com", phone=PHONE)
    session.add(customer)
    session.flush()
    return customer.id


def _response(at: datetime, customer: object) -> dict[str, object]:
    promise = promise_from(ROUND_THE_CLOCK, requested_at=at, zone=None)
    assert promise is not None
    return {
        "id": new_id(),
        "source": "generic",
        "form": "demo",
        "external_id": str(uuid4()),
        "version": at,
        "submitted_at": at,
        "customer_id": customer,
        "language": "en",
        "phone": PHONE,
        "phone_typed": "8 916 123-45-67",
        "contact_requested_at": at,
        "promise": promise.model_dump(mode="json"),
        "answers": [{"question_id": "q1", "question_text": "How was it?", "value": 0, "meaning": "nps"}],
        "nps": 0,
    }


async def nowhere() -> Client:
    """A client of a Temporal that is away."""
    return await connect_lazily(SETTINGS.model_copy(update={"temporal_address": f"127.0.0.1:{free_port()}"}))


def parts_over(engine: Engine, temporal: Client) -> Parts:
    """The app's parts, without an environment."""
    return Parts(settings=SETTINGS, engine=engine, temporal=temporal, policies=POLICIES, forms=Forms.read(""))


def desk_over(engine: Engine, temporal: Client) -> Desk:
    """A desk with one person of each role, and another specialist."""
    app = create_app(parts_over(engine, temporal))
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://desk")
    desk = Desk(app, engine, {}, client)
    for name, role in PEOPLE.items():
        desk.hire(name, role)
    return desk


async def until(true: Callable[[], bool], *, patience: timedelta = timedelta(seconds=15)) -> None:
    """Wait for a condition; AssertionError when it does not come true in time."""
    async with asyncio.timeout(patience.total_seconds()):
        while not true():
            await asyncio.sleep(0.01)
