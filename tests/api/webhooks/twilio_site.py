"""The routes Twilio knows, with a case behind them and its signature on what is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID
from xml.etree import ElementTree

import httpx2
from fastapi import APIRouter, FastAPI
from sqlalchemy import Engine, select
from sqlmodel import Session, col
from temporalio.client import Client
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # the SDK has no py.typed

from api.deps import Parts
from api.problems import install
from db.columns import now
from db.engine import engine_for
from db.tables import Attempt, Inbox
from domain.policies import policies_from
from domain.policy import Policy
from ops.ports import free_port
from settings import Settings
from surveys.mapping import Forms
from tests.activities.scene import ROUND_THE_CLOCK, Scene

PUBLIC, TOKEN = "https://help.example/app", "the account's token"
FORM = "application/x-www-form-urlencoded"
NAME = "Аполлинария"
CALL, LEG = "CA" + "1" * 32, "CA" + "2" * 32


@dataclass
class Clock:
    """The present of the routes; None: as it is."""

    time: datetime | None = None


@dataclass
class TwilioSite:
    """Sends what Twilio sends, and looks at what it left."""

    client: httpx2.AsyncClient
    engine: Engine
    clock: Clock

    async def post(self, path: str, **fields: str) -> httpx2.Response:
        """One signed request."""
        return await self.send(path, urlencode(fields).encode(), {"X-Twilio-Signature": signature(path, fields)})

    async def send(self, path: str, body: bytes, headers: Mapping[str, str]) -> httpx2.Response:
        """One request with these headers."""
        return await self.client.post(path, content=body, headers={"Content-Type": FORM, **headers})

    async def document(self, path: str, **fields: str) -> ElementTree.Element:
        """The document that answers a signed request."""
        answer = await self.post(path, **fields)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
        return ElementTree.fromstring(answer.content)

    def facts(self, case_id: UUID) -> list[tuple[str, dict[str, object]]]:
        """What the case is to be told, by kind."""
        rows = select(Inbox).where(col(Inbox.case_id) == case_id).order_by(col(Inbox.kind), col(Inbox.key))
        with Session(self.engine) as session:
            return [(row.kind, row.body) for row in session.scalars(rows)]

    def change(self, attempt: UUID, **values: object) -> None:
        """Set columns of an attempt."""
        with Session(self.engine) as session, session.begin():
            session.get_one(Attempt, attempt).sqlmodel_update(values)

    def ring(self, scene: Scene, specialist: UUID) -> UUID:
        """A new attempt, for which the provider was asked; its answer was lost."""
        attempt = scene.call(specialist)
        self.change(attempt, phone=scene.phone, posted_at=now())
        return attempt


def signature(path: str, fields: Mapping[str, str]) -> str:
    """As Twilio signs for our public address."""
    return str(RequestValidator(TOKEN).compute_signature(PUBLIC + path, dict(fields)))


def no_database() -> Engine:
    """One that does not answer."""
    return engine_for(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/nothing")


def site(
    engine: Engine, temporal: Client, *routers: APIRouter, policy: Policy = ROUND_THE_CLOCK, **changes: object
) -> TwilioSite:
    """The routes in this process; `changes` are settings."""
    configured = {
        "public_url": PUBLIC,
        "twilio_account_sid": "AC" + "0" * 32,
        "twilio_auth_token": TOKEN,
        "caller_id": "+74950000000",
    }
    settings = Settings.model_validate(configured | changes)
    policies = {**policies_from(None, development=True), "standard": policy}
    app = FastAPI()
    clock = Clock()
    app.state.parts = Parts(settings, engine, temporal, policies, Forms(), clock=lambda: clock.time or now())
    install(app)
    for router in routers:
        app.include_router(router)
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://inside")
    return TwilioSite(client, engine, clock)
