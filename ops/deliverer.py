"""Delivers our outgoing webhooks, at least once each; runs beside the relay, and any number may run at once."""

import asyncio
import json
import logging
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session

from channels.alerts.webhooks import Heard, Outgoing, WebhookSender
from db import outgoing_queue as queue
from db.columns import now
from db.engine import committed
from db.outgoing_feed import feed
from db.outgoing_queue import Leased
from db.sealing import UnsealableError, unseal
from payload_keys import KeyRing

_log = logging.getLogger(__name__)
T = TypeVar("T")

AT_ONCE = 4
"""So many events of one endpoint are taken together, and sent one after the other."""
LEASE = timedelta(seconds=30)
"""Longer than that many tries may take: each has five seconds."""
THREADS = 4
SWEEP = timedelta(seconds=1)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=2)
JITTER = 0.2
LAST_WORDS = timedelta(seconds=2)
"""How long what is under way may take on after the order to stop; its lease brings it back."""
GONE = 410


class Deliverer:
    """Feeds the queues, leases, posts, marks; it may be killed at any point, and then somebody is told twice."""

    def __init__(self, engine: Engine, sender: WebhookSender, ring: KeyRing, *, lease: timedelta = LEASE) -> None:
        """`ring` opens the secrets of endpoints. `lease`: how long what was taken stays out of others' reach."""
        self._engine, self._sender, self._ring, self._lease = engine, sender, ring, lease
        self._threads = ThreadPoolExecutor(THREADS, "deliverer")  # beside the relay's, whose work comes first

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, whatever is away. An endpoint that hangs holds up nobody but itself."""
        at_work: dict[UUID, asyncio.Task[None]] = {}
        stopping = asyncio.create_task(stop.wait())
        while not stop.is_set():
            for endpoint, rows in (await self._taken(busy=at_work)).items():
                at_work[endpoint] = asyncio.create_task(self._serve(rows))
            waited_for = (*at_work.values(), stopping)
            await asyncio.wait(waited_for, timeout=SWEEP.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
            at_work = {endpoint: task for endpoint, task in at_work.items() if not task.done()}
        await self._end(at_work.values())

    async def once(self) -> int:
        """Deliver what is due: how many were tried. Raises what SQLAlchemy raises when PostgreSQL is away."""
        taken = await self._take(busy=())
        await asyncio.gather(*(self._serve(rows) for rows in taken.values()))
        return sum(len(rows) for rows in taken.values())

    async def _end(self, at_work: Collection[asyncio.Task[None]]) -> None:
        if at_work:
            _, late = await asyncio.wait(at_work, timeout=LAST_WORDS.total_seconds())
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _taken(self, *, busy: Collection[UUID]) -> Mapping[UUID, Sequence[Leased]]:
        try:
            return await self._take(busy=busy)
        except Exception as error:  # whatever it is, it must not end the process, which is the relay's
            _log.error("nothing taken: %s", type(error).__name__)
            return {}

    async def _take(self, *, busy: Collection[UUID]) -> Mapping[UUID, Sequence[Leased]]:
        """By endpoint. The lease is committed before anybody is asked: no transaction waits for the network."""
        await self._in_database(feed)
        taking = partial(queue.lease, most=AT_ONCE, until_after=self._lease, busy=busy)
        leased = await self._in_database(taking)
        by_endpoint = sorted(leased, key=lambda one: one.endpoint_id)  # keeps the order within each
        return {endpoint: list(rows) for endpoint, rows in groupby(by_endpoint, key=lambda one: one.endpoint_id)}

    async def _serve(self, rows: Sequence[Leased]) -> None:
        for leased in rows:
            try:
                heard = await self._tell(leased)
                await self._in_database(partial(_mark, leased=leased, heard=heard))
            except Exception as error:  # such as a database that is away: the lease brings it back
                _log.error("not marked: delivery=%s error=%s", leased.id, type(error).__name__)

    async def _tell(self, leased: Leased) -> Heard:
        try:
            secret = unseal(leased.secret, self._ring, place=str(leased.endpoint_id))
        except UnsealableError as sealed:
            _log.error("not signed: endpoint=%s: %s", leased.endpoint_id, sealed)
            return Heard(error="secret_sealed")
        body = json.dumps(leased.body, separators=(",", ":"))
        try:
            return await self._sender.send(Outgoing(str(leased.id), leased.url, secret, body), now())
        except Exception as error:  # not foreseen: it counts as a try, or it would be made for ever
            return Heard(error=type(error).__name__)

    async def _in_database(self, work: Callable[[Session], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, committed, self._engine, work)


def _mark(session: Session, leased: Leased, heard: Heard) -> None:
    if heard.status is not None and 200 <= heard.status < 300:
        queue.delivered(session, leased, heard.status)
    elif heard.status == GONE:
        queue.gone(session, leased, heard.status)
    else:
        _log.info("not delivered: delivery=%s status=%s error=%s", leased.id, heard.status, heard.error)
        wait = max(wait_after(leased.attempts), min(heard.retry_after or timedelta(0), LONGEST_WAIT))
        queue.failed(session, leased, wait=wait, status=heard.status, error=heard.error)


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many tries: 5 s, then twice as long each time up to two hours, and not all at once."""
    wait = min(FIRST_WAIT * (1 << min(attempts - 1, 20)), LONGEST_WAIT)
    return wait * random.uniform(1 - JITTER, 1 + JITTER)
