"""The relay hears of every committed row once it is there, and of many at once only once."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import Engine, create_engine
from sqlmodel import Session

from api import relay_waker
from api.relay_waker import RelayWaker
from db import inbox, profiles, strangers
from db.columns import new_id
from db.engine import listening
from db.intake import ResponseRow
from settings import Settings
from surveys.reading import Json
from temporal_client import connect_lazily
from tests.api.webhook_app import NOON, generic, webhooks

SOON = timedelta(seconds=5)
IN_VAIN = 4 * relay_waker.PAUSE
"""So long is waited for what must not come."""


@pytest.fixture
async def relay(engine: Engine) -> AsyncIterator[psycopg.AsyncConnection]:
    """Listens as the relay does."""
    async with listening(engine, "inbox") as connection:
        yield connection


async def woken(relay: psycopg.AsyncConnection) -> int:
    """How often, until it stays quiet."""
    first = [one async for one in relay.notifies(timeout=SOON.total_seconds(), stop_after=1)]
    return len(first) + await heard(relay)


async def heard(relay: psycopg.AsyncConnection) -> int:
    return len([one async for one in relay.notifies(timeout=IN_VAIN.total_seconds())])


def stored(engine: Engine, relay: strangers.Relay) -> None:
    """A delivery of somebody unknown, and then a fact of the same connection."""
    identity = profiles.Identity(None, None)
    customer, case = profiles.blank(identity, NOON), new_id()
    response = ResponseRow(
        id=case,
        source="generic",
        form="demo",
        external_id=str(case),
        version=NOON,
        submitted_at=NOON,
        customer_id=customer.id,
        language="en",
    )
    request = inbox.row(kind=inbox.CONTACT_REQUEST, key=str(case), case_id=case, body=None, urgent_at=NOON)
    with engine.begin() as connection:
        stranger = strangers.Stranger(response, customer, request, identity)
        assert strangers.add(connection, stranger, secret=b"secret", relay=relay)


async def test_many_rows_at_once_wake_it_once(engine: Engine, relay: psycopg.AsyncConnection) -> None:
    waker = RelayWaker(engine)
    await asyncio.gather(*(waker.wake() for _ in range(100)))
    assert await woken(relay) == 1


async def test_what_comes_while_it_is_told_is_told_too(engine: Engine, relay: psycopg.AsyncConnection) -> None:
    waker = RelayWaker(engine)
    first = asyncio.create_task(waker.wake())
    for _ in range(3):  # its notification is under way then
        await asyncio.sleep(0)
    await waker.wake()
    await first
    assert await woken(relay) == 2


async def test_a_delivery_that_asks_for_contact_wakes_it(engine: Engine, relay: psycopg.AsyncConnection) -> None:
    hooks = webhooks(engine, await connect_lazily(Settings(_env_file=None)))
    contact: Json = {"requested": True, "phone": "+79161234567"}
    assert (await hooks.generic(generic(contact=contact))).status_code == 202
    assert await woken(relay) == 1


async def test_whoever_does_not_promise_to_wake_it_wakes_it_at_commit(
    engine: Engine, relay: psycopg.AsyncConnection
) -> None:
    stored(engine, strangers.Relay.WOKEN_AT_COMMIT)
    assert await woken(relay) == 1


async def test_a_promise_to_wake_it_holds_for_one_transaction(engine: Engine, relay: psycopg.AsyncConnection) -> None:
    stored(engine, strangers.Relay.WOKEN_BY_CALLER)
    assert await heard(relay) == 0
    with Session(engine) as session, session.begin():
        inbox.put(session, kind="owner_left", key="k", case_id=new_id(), body=None, urgent_at=NOON)
    assert await woken(relay) == 1


async def test_without_a_database_it_says_so_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    nowhere = create_engine("postgresql+psycopg://nobody@/nowhere?host=/nonexistent")
    with caplog.at_level(logging.WARNING):
        await RelayWaker(nowhere).wake()
    assert caplog.messages == ["the relay was not woken: OperationalError"]
