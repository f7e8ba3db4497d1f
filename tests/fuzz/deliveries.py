"""Good deliveries of every sender, and an app that takes them in this process over a real database."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx2
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select
from sqlmodel import Session, SQLModel
from temporalio.client import Client

from api.app import create_app
from api.deps import Parts
from db import tables
from db.casework import Attempt
from db.columns import now
from db.staff import Staff
from domain.words import Role
from surveys.mapping import Forms
from surveys.reading import Json
from tests.api.staff_desk import POLICIES
from tests.api.test_webhooks_local import a_case
from tests.api.webhook_app import Webhooks
from tests.fuzz.senders import SETTINGS, signed

FORMS = Forms.read(
    """
    [generic."*"]
    name = "Any"
    [typeform.F1]
    name = "Typeform"
    contact_values = ["Yes"]
    fields = { contact = "call", phone = "phone", comment = "why", name = "who" }
    [formbricks.S1]
    name = "Formbricks"
    fields = { contact = "call", phone = "phone", comment = "why", name = "who" }
    [form.demo]
    name = "Our own"
    """
)
SURVEYS, LOCAL, SHOP = "/webhooks/surveys", "/webhooks/local", "/webhooks/shop"
ATTEMPT = UUID("0198f0a2-7c1e-7d30-8a55-2f6c1b9e4d09")
AT = "2026-11-03T09:00:00Z"
EVENT: dict[str, Json] = {"event_id": "e-1", "at": AT}
GOOD: dict[str, dict[str, Json]] = {
    f"{SURVEYS}/generic": {
        "response_id": "r-1",
        "form": "purchase",
        "submitted_at": AT,
        "finished": True,
        "customer": {"id": "c-1", "name": "Анна", "zone": "Asia/Omsk", "invited_email": "anna@example.com"},
        "contact": {"requested": True, "phone": "8 (916) 123-45-67"},
        "scores": {"nps": 0, "ces": 7},
        "comment": "Не запускается",
        "answers": [{"id": "q1", "question": "Что?", "value": ["a", "b"]}],
    },
    f"{SURVEYS}/typeform": {
        "event_id": "ev-1",
        "event_type": "form_response",
        "form_response": {
            "form_id": "F1",
            "token": "t-1",
            "submitted_at": AT,
            "hidden": {"customer_id": "c-1"},
            "variables": [{"key": "product", "type": "text", "text": "office"}],
            "answers": [
                {"type": "choice", "choice": {"label": "Yes"}, "field": {"id": "call", "type": "multiple_choice"}},
                {"type": "text", "text": "Не запускается", "field": {"id": "why", "type": "long_text"}},
                {"type": "phone_number", "phone_number": "+79161234567", "field": {"id": "phone"}},
            ],
        },
    },
    f"{SURVEYS}/formbricks": {
        "event": "responseFinished",
        "data": {
            "id": "r-1",
            "surveyId": "S1",
            "createdAt": AT,
            "updatedAt": AT,
            "finished": True,
            "data": {"call": "clicked", "why": ["a", "b"], "phone": "+79161234567", "more": {"row": "cell"}},
            "contactAttributes": {"userId": "c-1"},
        },
    },
    SHOP: {
        "event": "renewal",
        "version": 1,
        "customer_id": "c-1",
        "licence": {"key_id": "K-1", "product": "home", "segment": "full", "seats": 3, "valid_until": AT},
        "purchase": {"id": "p-1", "product": "home", "amount": 199000, "currency": "RUB", "at": AT},
    },
    f"{LOCAL}/calls": {
        **EVENT,
        "attempt_id": str(ATTEMPT),
        "call_id": "call-1",
        "sequence": 2,
        "event": "ended",
        "outcome": "no_answer",
    },
    f"{LOCAL}/messages": {**EVENT, "message_id": str(ATTEMPT), "event": "delivered"},
    f"{LOCAL}/rings": {**EVENT, "event": "inbound_call", "phone": "+79161234567", "end": "missed"},
    f"{LOCAL}/inbound": {**EVENT, "event": "inbound_sms", "phone": "+79161234567", "text": "СТОП"},
}
STORED = (tables.Response, tables.Customer, tables.Inbox, tables.Licence, tables.Purchase, tables.Suppression)


@dataclass
class Door:
    """The app, from the side of those who deliver."""

    client: TestClient
    engine: Engine

    def deliver(self, path: str, document: Json) -> httpx2.Response:
        """Send a document, rightly signed."""
        return self.send(path, json.dumps(document).encode())

    def send(self, path: str, body: bytes, **headers: str) -> httpx2.Response:
        """Send a body, rightly signed whatever it is."""
        told = {"content-type": "application/json", **signed(path, body), **headers}
        return self.client.post(path, content=body, headers=told)

    def count(self) -> list[int]:
        """How many rows there are of everything a delivery may leave."""
        with Session(self.engine) as session:
            return [session.scalar(select(func.count()).select_from(table)) or 0 for table in STORED]

    def rows(self, table: type[SQLModel]) -> list[SQLModel]:
        """All rows of a table, read back."""
        with Session(self.engine) as session:
            return list(session.scalars(select(table)))

    def everything(self) -> list[SQLModel]:
        """Whatever was stored, read back."""
        return [row for table in STORED for row in self.rows(table)]

    @contextmanager
    def nothing_stored(self) -> Iterator[None]:
        """Whatever is sent inside the block leaves no trace."""
        before = self.count()
        yield
        assert self.count() == before


def door(engine: Engine, temporal: Client) -> Door:
    """The whole app over this database, which holds a case with a call under way."""
    parts = Parts(settings=SETTINGS, engine=engine, temporal=temporal, policies=POLICIES, forms=FORMS)
    _ring(engine)
    return Door(TestClient(create_app(parts), follow_redirects=False), engine)


def _ring(engine: Engine) -> None:
    case = a_case(Webhooks(httpx2.AsyncClient(), engine, SETTINGS))
    with Session(engine) as session, session.begin():
        staff = Staff(name="Anna Smith", role=Role.SPECIALIST, phone="+74950000001", language="en")
        session.add(staff)
        session.flush()
        session.add(Attempt(id=ATTEMPT, case_id=case, by=staff.id, started_at=now()))
