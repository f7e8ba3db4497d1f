"""The webhooks alone, on a real database, with senders who can sign."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import httpx2
from fastapi import FastAPI
from sqlalchemy import Engine, func, select
from sqlmodel import Session, SQLModel
from standardwebhooks import Webhook
from temporalio.client import Client

from api.deps import Parts
from api.problems import install
from api.relay_waker import RelayWaker
from api.webhooks import local, shop, surveys
from db import tables
from domain.policies import policies_from
from settings import Settings
from surveys.mapping import Forms
from surveys.reading import Json

NOON = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
"""A Tuesday noon in Moscow."""
FORMS = Forms.read(
    """
    [generic.purchase]
    name = "After the purchase"
    [generic.mapped]
    name = "Mapped"
    fields = { contact = "q1" }
    [typeform.F1]
    name = "Typeform"
    contact_values = ["Yes"]
    fields = { contact = "call", phone = "phone" }
    [formbricks.S1]
    name = "Formbricks"
    fields = { contact = "call", phone = "phone", comment = "why" }
    """
)
STORED = (tables.Response, tables.Customer, tables.Inbox, tables.Licence, tables.Purchase, tables.Suppression)
Row = TypeVar("Row", bound=SQLModel)


@dataclass
class Clock:
    """The time at which deliveries are signed and received."""

    time: datetime = NOON

    def pass_(self, time: timedelta) -> None:
        self.time += time


@dataclass
class Webhooks:
    """Sends deliveries, and looks at what they left in the database."""

    client: httpx2.AsyncClient
    engine: Engine
    settings: Settings
    clock: Clock = field(default_factory=Clock)

    async def generic(self, document: Json) -> httpx2.Response:
        return await self.signed("/webhooks/surveys/generic", document, source="generic")

    async def shop(self, document: Json) -> httpx2.Response:
        return await self.signed("/webhooks/shop", document, source="shop")

    async def local(self, room: str, document: Json) -> httpx2.Response:
        body = json.dumps(document).encode()
        secret = self.settings.channel_callback_secret.get_secret_value()
        return await self.post(f"/webhooks/local/{room}", body, self.headers(body, secret))

    async def signed(self, path: str, document: Json, *, source: str) -> httpx2.Response:
        body = json.dumps(document).encode()
        secret = self.settings.secrets_of(source)[0].get_secret_value()
        return await self.post(path, body, self.headers(body, secret))

    async def typeform(self, document: Json) -> httpx2.Response:
        body = json.dumps(document).encode()
        key = self.settings.webhook_secrets_typeform[0].get_secret_value().encode()
        signature = base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()
        headers = {"content-type": "application/json", "typeform-signature": f"sha256={signature}"}
        return await self.post("/webhooks/surveys/typeform", body, headers)

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> httpx2.Response:
        return await self.client.post(path, content=body, headers=headers)

    def headers(self, body: bytes, secret: str, *, at: datetime | None = None) -> dict[str, str]:
        signed_at = at or self.clock.time
        return {
            "content-type": "application/json",
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(signed_at.timestamp())),
            "webhook-signature": Webhook(secret).sign("msg_1", signed_at, body.decode("utf-8", "surrogateescape")),
        }

    def count(self) -> dict[str, int]:
        with Session(self.engine) as session:
            return {
                str(table.__tablename__): session.scalar(select(func.count()).select_from(table)) or 0
                for table in STORED
            }

    def rows(self, table: type[Row]) -> list[Row]:
        with Session(self.engine) as session:
            return list(session.scalars(select(table)))

    def add(self, *rows: SQLModel) -> None:
        """Kept one by one, so that later rows may point to earlier ones."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            for row in rows:
                session.add(row)
                session.flush()


def webhooks(engine: Engine, temporal: Client, **changes: object) -> Webhooks:
    """The app in this process; `changes` are settings."""
    settings = Settings.model_validate({"default_region": "RU", **changes})
    clock = Clock()
    parts = Parts(
        settings=settings,
        engine=engine,
        temporal=temporal,
        policies=policies_from(None, development=True),
        forms=FORMS,
        clock=lambda: clock.time,
    )
    app = FastAPI()
    app.state.parts, app.state.relay_waker = parts, RelayWaker(engine)
    install(app)
    for room in (surveys, shop, local):
        app.include_router(room.router)
    transport = httpx2.ASGITransport(app=app)
    return Webhooks(httpx2.AsyncClient(transport=transport, base_url="http://test"), engine, settings, clock)


@contextmanager
def nothing_stored(hooks: Webhooks) -> Iterator[None]:
    """Whatever is sent inside the block leaves no trace."""
    before = hooks.count()
    yield
    assert hooks.count() == before


def generic(**changes: Json) -> dict[str, Json]:
    """A contact request in our own shape."""
    return {
        "response_id": "r-1",
        "form": "purchase",
        "submitted_at": "2026-11-03T08:59:00Z",
        "contact": {"requested": True, "phone": "8 (916) 123-45-67"},
        **changes,
    }


def version(minute: int) -> str:
    """Versions that rise with their minute."""
    return f"2026-11-03T08:{minute:02}:00Z"
