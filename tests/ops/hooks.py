"""Endpoints of outgoing webhooks, cases that give them something to be told, and a deliverer."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import Engine, func, update
from sqlmodel import Session, col, select
from standardwebhooks import Webhook

from channels.alerts.webhooks import WebhookSender
from db.columns import new_id
from db.outgoing import WebhookDelivery, WebhookEndpoint
from db.outreach import Alert
from db.sealing import seal
from db.tail import position
from ops.deliverer import Deliverer
from payload_keys import KeyRing
from tests.http_receiver import Taken

SECRET = "whsec_b3V0Z29pbmctd2ViaG9va3MtdGVzdC1zZWNyZXQ="
NO_KEYS = KeyRing.read([])
QUICK = timedelta(milliseconds=300)


def endpoint_at(engine: Engine, url: str, *events: str, ring: KeyRing = NO_KEYS) -> UUID:
    """Told from now on, of everything unless it wants less."""
    endpoint_id = new_id()
    sealed = seal(SECRET, ring, place=str(endpoint_id))
    wanted = list(events or ("case.*", "alert.*"))
    with Session(engine) as session, session.begin():
        session.add(WebhookEndpoint(id=endpoint_id, url=url, events=wanted, secret=sealed, cursor=position(engine)))
    return endpoint_id


@asynccontextmanager
async def deliverer(
    engine: Engine,
    *,
    ring: KeyRing = NO_KEYS,
    timeout: timedelta = timedelta(seconds=5),
    lease: timedelta = timedelta(seconds=30),
) -> AsyncIterator[Deliverer]:
    """As in development."""
    async with WebhookSender(development=True, timeout=timeout) as sender:
        yield Deliverer(engine, sender, ring, lease=lease)


def deliveries(engine: Engine) -> Sequence[WebhookDelivery]:
    with Session(engine) as session:
        return session.exec(select(WebhookDelivery).order_by(col(WebhookDelivery.timeline_id))).all()


def delivery(engine: Engine) -> WebhookDelivery:
    (only,) = deliveries(engine)
    return only


def endpoint(engine: Engine) -> WebhookEndpoint:
    with Session(engine) as session:
        return session.exec(select(WebhookEndpoint)).one()


def alerts_open(engine: Engine) -> int:
    with Session(engine) as session:
        return len(
            session.exec(select(Alert).where(Alert.kind == "webhook_failing", col(Alert.ended_at).is_(None))).all()
        )


def pass_time(engine: Engine, by: timedelta) -> None:
    """As if everything in the queues had been there so much longer."""
    earlier = {name: getattr(WebhookDelivery, name) - by for name in ("created_at", "next_try_at", "give_up_at")}
    with Session(engine) as session, session.begin():
        session.execute(update(WebhookDelivery).values(earlier))


def wait_of(engine: Engine) -> timedelta:
    """How long from now until the one delivery is tried again."""
    with Session(engine) as session:
        return cast(timedelta, session.scalar(select(WebhookDelivery.next_try_at - func.now())))


def verified(taken: Taken) -> dict[str, object]:
    """Its body, as a receiver reads it; raises when the signature is not ours."""
    return cast(dict[str, object], Webhook(SECRET).verify(taken.body, dict(taken.headers)))


def types_of(taken: Sequence[Taken]) -> list[str]:
    return [str(json.loads(one.body)["type"]) for one in taken]
