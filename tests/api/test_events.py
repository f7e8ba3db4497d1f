"""The live stream over a real server: nothing lost, not by commits out of order, reconnections or a shutdown."""

import asyncio
import json
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import Connection, Engine, text
from temporalio.client import Client

import api.events
import api.feed
from api.__main__ import Server, server_of
from api.feed import BACKLOG, Change, Feed
from api.problems import MEDIA_TYPE
from db import tail
from ops.ports import free_port
from tests.api.staff_desk import Desk, desk_over, nowhere, until

PATIENCE = 10
ADD = text(
    "insert into timeline (case_id, seq, event_id, kind, at, detail) "
    "select :case, n, n::text, 'claimed', now(), '' from generate_series(cast(:first as int), cast(:last as int)) n "
    "returning id"
)


@dataclass
class Event:
    """One event as a browser gets it."""

    name: str = ""
    id: int = 0
    data: str = ""


@dataclass
class Site:
    """The desk behind a real server."""

    desk: Desk
    server: Server
    address: str

    @asynccontextmanager
    async def listening(self, path: str = "/events", **headers: str) -> AsyncIterator[AsyncIterator[Event]]:
        """A stream that has said `ready`, and its events after that."""
        bearer = {"Authorization": f"Bearer {self.desk.staff['specialist'].token}"}
        async with (
            httpx2.AsyncClient(base_url=self.address, timeout=PATIENCE, trust_env=False) as client,
            client.stream("GET", path, headers=bearer | headers) as answer,
        ):
            assert answer.headers["content-type"].startswith("text/event-stream")
            events = read(answer)
            assert (await anext(events)).name == "ready"
            yield events


async def read(answer: httpx2.Response) -> AsyncIterator[Event]:
    event = Event()
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if not line:
            if event.name:
                yield event
            event = Event()
        elif name == "event":
            event.name = value
        elif name == "id":
            event.id = int(value)
        elif name == "data":
            event.data = value


@pytest.fixture
def away() -> Client:
    """A Temporal that is not needed here."""
    return asyncio.run(nowhere())


@contextmanager
def serving(desk: Desk) -> Iterator[Site]:
    server = server_of(desk.app, host="127.0.0.1", port=(port := free_port()))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        asyncio.run(until(lambda: server.started and desk.app.state.feed.ready))
        yield Site(desk, server, f"http://127.0.0.1:{port}")
    finally:
        server.handle_exit(signal.SIGTERM, None)
        thread.join(PATIENCE)
        assert not thread.is_alive()


@asynccontextmanager
async def reading(feed: Feed) -> AsyncIterator[None]:
    """A feed that reads; afterwards it has given back its connections."""
    task = asyncio.create_task(feed.run())
    await until(lambda: feed.ready)
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.fixture
def site(engine: Engine, away: Client) -> Iterator[Site]:
    with serving(desk_over(engine, away)) as site:
        yield site


def add(connection: Connection, case: UUID, first: int = 1, last: int = 1) -> list[int]:
    """Append rows to the timeline; the caller commits."""
    return list(connection.execute(ADD, {"case": case, "first": first, "last": last}).scalars())


async def take(events: AsyncIterator[Event], count: int) -> list[int]:
    async with asyncio.timeout(PATIENCE):
        return [(await anext(events)).id for _ in range(count)]


async def test_a_change_arrives_with_ids_and_codes_only(site: Site) -> None:
    async with site.listening() as events:
        case = site.desk.open()
        async with asyncio.timeout(PATIENCE):
            event = await anext(events)
    assert event.name == "case"
    assert json.loads(event.data).keys() == {"id", "case", "seq", "kind", "at"}
    change = Change.model_validate_json(event.data)
    assert (change.id, change.case, change.seq, change.kind) == (event.id, case, 1, "opened")


async def test_sessions_that_commit_in_reverse_order_lose_nothing(site: Site) -> None:
    """The session that began first, and already wrote elsewhere, commits last."""
    async with site.listening() as events:
        with site.desk.engine.connect() as first, site.desk.engine.connect() as second:
            first.execute(text("update staff set language = 'ru'"))
            later = add(second, uuid4())
            second.commit()
            seen = await take(events, 1)
            earlier = add(first, uuid4())
            first.commit()
            seen += await take(events, 1)
    assert seen == later + earlier == sorted(seen)


async def test_a_second_writer_waits_until_the_first_has_committed(site: Site) -> None:
    """So an id never becomes visible after a higher one, and `id > last` skips nothing."""
    async with site.listening() as events:
        with site.desk.engine.connect() as slow, ThreadPoolExecutor(1) as threads:
            first = add(slow, uuid4())
            second = threads.submit(_add_and_commit, site.desk.engine, uuid4())
            await until(lambda: _somebody_waits(site.desk.engine))
            assert tail.position(site.desk.engine) == 0
            slow.commit()
            assert await take(events, 2) == first + second.result(PATIENCE)


def _add_and_commit(engine: Engine, case: UUID) -> list[int]:
    with engine.begin() as connection:
        return add(connection, case)


def _somebody_waits(engine: Engine) -> bool:
    with engine.connect() as connection:
        waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        return bool(connection.execute(text(waiting)).scalar())


async def test_many_writers_at_once_lose_nothing(site: Site) -> None:
    async with site.listening() as events:
        with ThreadPoolExecutor(8) as threads:
            written = [threads.submit(_add_and_commit, site.desk.engine, uuid4()) for _ in range(100)]
            ids = sorted(one for future in written for one in future.result(PATIENCE))
        assert await take(events, 100) == ids


async def test_a_listener_that_reconnects_gets_what_it_missed(site: Site) -> None:
    async with site.listening() as events:
        seen = _add_and_commit(site.desk.engine, uuid4())
        assert await take(events, 1) == seen
    missed = _add_and_commit(site.desk.engine, uuid4()) + _add_and_commit(site.desk.engine, uuid4())
    async with site.listening("/events?since=0", **{"Last-Event-ID": str(seen[0])}) as events:
        news = _add_and_commit(site.desk.engine, uuid4())
        assert await take(events, 3) == missed + news


async def test_a_stream_ends_soon_after_its_token(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.events, "LOOK_AGAIN", timedelta(milliseconds=50))
    async with site.listening() as events, asyncio.timeout(PATIENCE):
        with site.desk.engine.begin() as connection:
            connection.execute(text("delete from apitoken"))
        assert [event async for event in events] == []
    await until(lambda: site.desk.app.state.feed.listeners == 0)


async def test_a_page_tells_with_which_event_it_was_rendered(site: Site) -> None:
    with site.desk.engine.begin() as connection:
        ids = add(connection, uuid4(), 1, tail.PAGE + 10)
    async with site.listening(f"/events?since={ids[4]}") as events:
        assert await take(events, len(ids) - 5) == ids[5:]


async def test_without_a_number_the_stream_begins_now(site: Site) -> None:
    old = _add_and_commit(site.desk.engine, uuid4())
    await until(lambda: site.desk.app.state.feed.subscribe().start == old[0])
    async with site.listening() as events:
        new = _add_and_commit(site.desk.engine, uuid4())
        assert await take(events, 1) == new


async def test_a_quiet_stream_says_that_it_is_alive_and_where_it_is(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.feed, "ALIVE", timedelta(milliseconds=20))
    async with site.listening() as events, asyncio.timeout(PATIENCE):
        signs = [await anext(events) for _ in range(2)]
        [new] = _add_and_commit(site.desk.engine, uuid4())
        heard = [await anext(events)]
        while (heard[-1].name == "alive" and heard[-1].id < new) or heard[-1].name == "case":
            heard.append(await anext(events))
    assert [(sign.name, sign.id) for sign in signs] == [("alive", 0)] * 2
    assert [event.id for event in heard if event.name == "case"] == [new]
    assert (heard[-1].name, heard[-1].id) == ("alive", new)


async def test_a_feed_that_lost_its_connection_goes_on_without_a_gap(site: Site) -> None:
    async with site.listening() as events:
        before = _add_and_commit(site.desk.engine, uuid4())
        assert await take(events, 1) == before
        with site.desk.engine.connect() as connection:
            listeners = "from pg_stat_activity where query ilike 'listen%' and datname = current_database()"
            assert connection.execute(text(f"select count(pg_terminate_backend(pid)) {listeners}")).scalar() == 1
        after = _add_and_commit(site.desk.engine, uuid4())
        assert await take(events, 1) == after


async def test_a_slow_listener_is_cut_off_and_may_come_back(engine: Engine) -> None:
    async with reading(feed := Feed(engine)):
        slow = feed.subscribe()
        with engine.begin() as connection:
            ids = add(connection, uuid4(), 1, BACKLOG + 1)
        await until(lambda: feed.listeners == 0)
        assert [change async for change in slow.changes()] == []
        caught_up = [change.id async for change in feed.since(slow.start, upto=feed.subscribe().start)]
    assert caught_up == ids


async def test_a_shutdown_ends_open_streams_at_once(site: Site) -> None:
    async with site.listening() as first, site.listening() as second:
        site.server.handle_exit(signal.SIGTERM, None)
        async with asyncio.timeout(2):
            rest = [event async for event in first] + [event async for event in second]
            await until(lambda: not site.server.server_state.connections)
    assert rest == []


async def test_a_feed_that_is_not_ready_asks_to_come_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.feed.PATIENCE", timedelta(milliseconds=10))
    answer = await desk.get("lead", "/events")
    assert (answer.status_code, answer.json()["code"]) == (503, "feed_not_ready")
    assert answer.headers["content-type"] == MEDIA_TYPE


@pytest.mark.parametrize("since", ["-1", "x", str(2**63)])
async def test_a_number_that_is_no_event_is_refused(desk: Desk, since: str) -> None:
    async with reading(desk.app.state.feed):
        assert (await desk.get("lead", f"/events?since={since}")).status_code == 422
