"""Whatever is down or killed, everything in the inbox reaches its case, once."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, text
from sqlmodel import Session
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.service import RPCError

from db import inbox
from domain.messages import Opening
from domain.policies import policies_from
from ops.ports import free_port
from ops.relay import STUCK, Relay
from ops.temporal_server import TemporalServer
from settings import Settings
from temporal_client import connect_lazily, data_converter
from tests.ops.relay_rows import (
    DUE,
    REQUESTED,
    SECRETS,
    Gate,
    alerts,
    change,
    close,
    request_contact,
    row,
    rows,
    until,
    withdraw,
)

QUEUE = "relay-test"
POLICIES = policies_from(None, development=False)


def due_in(hours: int) -> datetime:
    return REQUESTED + timedelta(hours=hours)


def relay_of(engine: Engine, client: Client) -> Relay:
    return Relay(engine, client, POLICIES, task_queue=QUEUE)


@pytest.fixture
def relay(engine: Engine, dev_client: Client) -> Relay:
    return relay_of(engine, dev_client)


@asynccontextmanager
async def running(*relays: Relay) -> AsyncIterator[None]:
    """The relays at work inside the block; their end is awaited."""
    stop = asyncio.Event()
    at_work = [asyncio.create_task(relay.run(stop)) for relay in relays]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*at_work)


async def signals_of(client: Client, case_id: UUID) -> list[str]:
    history = await client.get_workflow_handle(f"case-{case_id}").fetch_history()
    kind = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    found = [event.workflow_execution_signaled_event_attributes for event in history.events if event.event_type == kind]
    return [attributes.signal_name for attributes in found]


async def test_a_contact_request_starts_its_case(relay: Relay, engine: Engine, dev_client: Client) -> None:
    case_id = request_contact(engine)
    assert await relay.once() == 1
    done = row(engine, case_id)
    assert (done.result, done.error, done.attempts) == ("started", None, 1)
    handle = dev_client.get_workflow_handle(f"case-{case_id}")
    described = await handle.describe()
    assert (described.workflow_type, described.task_queue) == ("CloseTheLoop", QUEUE)
    assert await described.static_summary() == "Promise due 2026-11-03 10:00 UTC"
    history = await handle.fetch_history()
    given = history.events[0].workflow_execution_started_event_attributes.input.payloads
    (begin,) = await data_converter(Settings(_env_file=None)).decode(given, [Opening])
    assert (begin.case, begin.number_usable, begin.promise.due) == (case_id, True, DUE)
    assert not [secret for secret in SECRETS if secret in history.to_json()]


async def test_a_fact_signals_its_case(relay: Relay, engine: Engine, dev_client: Client) -> None:
    case_id = request_contact(engine)
    withdraw(engine, case_id)
    assert await relay.once() == 2
    assert row(engine, case_id, "customer_withdrew").result == "signalled"
    assert await signals_of(dev_client, case_id) == ["customer_withdrew"]


async def test_a_fact_waits_until_its_case_is_started(relay: Relay, engine: Engine, dev_client: Client) -> None:
    case_id = request_contact(engine)
    change(engine, row(engine, case_id).id, next_try_at=func.now() + timedelta(hours=1))
    withdraw(engine, case_id)
    await relay.once()
    waiting = row(engine, case_id, "customer_withdrew")
    assert (waiting.done_at, waiting.error) == (None, "NotStartedYetError")
    change(engine, row(engine, case_id).id, next_try_at=func.now())
    async with running(relay):
        await until(lambda: row(engine, case_id, "customer_withdrew").result == "signalled")
    assert await signals_of(dev_client, case_id) == ["customer_withdrew"]


async def test_a_fact_for_a_closed_case_is_done(relay: Relay, engine: Engine, dev_client: Client) -> None:
    case_id = request_contact(engine)
    await relay.once()
    await dev_client.get_workflow_handle(f"case-{case_id}").terminate()
    close(engine, case_id)
    withdraw(engine, case_id)
    await relay.once()
    assert row(engine, case_id, "customer_withdrew").result == "already_closed"


async def test_a_fact_for_a_case_that_temporal_has_lost_is_kept_and_told(
    relay: Relay, engine: Engine, dev_client: Client
) -> None:
    case_id = request_contact(engine)
    await relay.once()
    await dev_client.get_workflow_handle(f"case-{case_id}").terminate()
    withdraw(engine, case_id)
    waiting = row(engine, case_id, "customer_withdrew")
    change(engine, waiting.id, attempts=STUCK - 1)
    await relay.once()
    assert row(engine, case_id, "customer_withdrew").error == "CaseLostError"
    (told,) = alerts(engine)
    assert (told.kind, told.case_id, told.ended_at) == ("fact_stuck", case_id, None)
    close(engine, case_id)
    change(engine, waiting.id, next_try_at=func.now())
    await relay.once()
    (told,) = alerts(engine)
    assert told.ended_at is not None


async def lease_and_start(engine: Engine, client: Client, case_id: UUID) -> str | None:
    """What a relay has done that is killed between start and mark, its lease being over."""
    with Session(engine) as session, session.begin():
        assert len(inbox.lease(session, limit=1, until_after=timedelta(0))) == 1
    handle = await client.start_workflow("CloseTheLoop", id=f"case-{case_id}", task_queue=QUEUE)
    return handle.first_execution_run_id


async def test_a_relay_killed_before_it_marked_starts_nothing_twice(
    relay: Relay, engine: Engine, dev_client: Client
) -> None:
    case_id = request_contact(engine)
    run_id = await lease_and_start(engine, dev_client, case_id)
    await relay.once()
    assert (row(engine, case_id).attempts, row(engine, case_id).done_at is None) == (2, False)
    assert (await dev_client.get_workflow_handle(f"case-{case_id}").describe()).run_id == run_id


async def test_a_case_that_closed_before_it_was_marked_is_not_opened_again(
    relay: Relay, engine: Engine, dev_client: Client
) -> None:
    case_id = request_contact(engine)
    run_id = await lease_and_start(engine, dev_client, case_id)
    await dev_client.get_workflow_handle(f"case-{case_id}").terminate()
    await relay.once()
    assert row(engine, case_id).result == "already_closed"
    assert (await dev_client.get_workflow_handle(f"case-{case_id}").describe()).run_id == run_id


async def test_a_case_that_closed_is_not_opened_again_when_temporal_has_forgotten_it(
    relay: Relay, engine: Engine, dev_client: Client
) -> None:
    case_id = request_contact(engine)
    close(engine, case_id)
    await relay.once()
    assert row(engine, case_id).result == "already_closed"
    with pytest.raises(RPCError, match="not found"):
        await dev_client.get_workflow_handle(f"case-{case_id}").describe()


async def test_a_leased_row_is_nobody_elses_until_the_lease_is_over(relay: Relay, engine: Engine) -> None:
    request_contact(engine)
    with Session(engine) as session, session.begin():
        inbox.lease(session, limit=1, until_after=timedelta(minutes=1))
    assert await relay.once() == 0


async def test_the_most_urgent_are_carried_first(engine: Engine) -> None:
    for hours in (3, 1, 2):
        request_contact(engine, urgent_at=due_in(hours))
    with Session(engine) as session, session.begin():
        taken = inbox.lease(session, limit=2, until_after=timedelta(minutes=1))
        assert [one.urgent_at for one in taken] == [due_in(1), due_in(2)]


async def test_rows_that_always_fail_back_off_and_block_nobody(relay: Relay, engine: Engine) -> None:
    poisoned = [request_contact(engine) for _ in range(12)]
    for case_id in poisoned:
        change(engine, row(engine, case_id).id, kind="survey_answered", body={"marker": "x"}, urgent_at=due_in(-5))
    good = request_contact(engine)
    async with running(relay):
        await until(lambda: row(engine, good).result == "started")
        await until(lambda: row(engine, poisoned[0], "survey_answered").attempts >= 3)
    failed = row(engine, poisoned[0], "survey_answered")
    assert (failed.done_at, failed.error) == (None, "ValidationError")


async def test_waits_grow_to_minutes_for_what_fails_by_itself(relay: Relay, engine: Engine) -> None:
    case_id = request_contact(engine)
    change(engine, row(engine, case_id).id, kind="unheard_of", attempts=30)
    await relay.once()
    with Session(engine) as session:
        wait = session.scalar(text("select next_try_at - now() from inbox"))
    assert timedelta(minutes=4) < wait < timedelta(minutes=6)
    assert rows(engine)[0].error == "KeyError"


async def test_several_relays_share_the_work(engine: Engine, dev_client: Client) -> None:
    for _ in range(40):
        request_contact(engine)
    async with running(*(relay_of(engine, dev_client) for _ in range(4))):
        await until(lambda: all(one.done_at for one in rows(engine)))
    assert {(one.attempts, one.result) for one in rows(engine)} == {(1, "started")}


async def test_what_came_while_temporal_was_away_is_started_when_it_is_back(
    engine: Engine, dev_server: TemporalServer
) -> None:
    gate = Gate(dev_server.address, port := free_port())
    client = await connect_lazily(Settings(_env_file=None, temporal_address=f"127.0.0.1:{port}"))
    for _ in range(30):
        request_contact(engine)
    async with running(relay_of(engine, client)):
        await until(lambda: any(one.error == "TemporalAwayError" for one in rows(engine)))
        await gate.open()
        await until(lambda: all(one.done_at for one in rows(engine)))
        await gate.shut()
        request_contact(engine)
        await until(lambda: rows(engine)[-1].error == "TemporalAwayError")
        await gate.open()
        await until(lambda: all(one.done_at for one in rows(engine)))
    await gate.shut()
    assert {one.result for one in rows(engine)} == {"started"}


async def test_a_namespace_that_is_missing_closes_no_case(engine: Engine, dev_server: TemporalServer) -> None:
    nowhere = Settings(_env_file=None, temporal_address=dev_server.address, temporal_namespace="nowhere")
    case_id = request_contact(engine)
    change(engine, row(engine, case_id).id, done_at=func.now())
    withdraw(engine, case_id)
    await relay_of(engine, await connect_lazily(nowhere)).once()
    assert row(engine, case_id, "customer_withdrew").error == "TemporalAwayError"


async def test_it_survives_the_loss_of_its_database_connections(relay: Relay, engine: Engine) -> None:
    first = request_contact(engine)
    async with running(relay):
        await until(lambda: row(engine, first).done_at is not None)
        with engine.connect() as connection:
            others = "datname = current_database() and pid <> pg_backend_pid()"
            connection.execute(text(f"select pg_terminate_backend(pid) from pg_stat_activity where {others}"))
        second = request_contact(engine)
        await until(lambda: row(engine, second).done_at is not None)


def test_the_process_works_and_stops_when_asked(
    engine: Engine, database_url: str, dev_server: TemporalServer, tmp_path: Path
) -> None:
    environment = {
        **os.environ,
        "CLOSELOOP_DATABASE_URL": database_url,
        "CLOSELOOP_TEMPORAL_ADDRESS": dev_server.address,
        "CLOSELOOP_RELAY_METRICS_PORT": "0",
    }
    case_id = request_contact(engine)
    with subprocess.Popen([sys.executable, "-m", "ops.relay"], env=environment, stderr=subprocess.PIPE) as process:
        asyncio.run(until(lambda: row(engine, case_id).done_at is not None))
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)
    assert (process.returncode, row(engine, case_id).result) == (0, "started"), said
    assert not [secret for secret in SECRETS if secret.encode() in said]
