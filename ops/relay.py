"""`python -m ops.relay`: carries what the inbox holds to its case, most urgent first; any number may run at once."""

import asyncio
import logging
import signal
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import TypeVar
from uuid import UUID

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from channels.alerts.webhooks import WebhookSender
from db import erasure, inbox
from db.columns import now
from db.engine import committed, engine_for, listening
from db.intake import Inbox, Response
from db.openings import opening
from domain.messages import Opening
from domain.policy import Policy
from lifetime import begin, leave
from ops import erasing
from ops.deliverer import Deliverer
from promises import policies_of
from settings import Environment, Settings, load
from temporal_answers import TemporalAwayError, answer, is_there
from temporal_client import connect_lazily
from workflow_ids import handle_of, of_case
from workflows.close_the_loop import CloseTheLoop
from workflows.story import opening_summary

_log = logging.getLogger(__name__)
T = TypeVar("T")

AT_ONCE = 10
LEASE = timedelta(seconds=15)
"""How long nobody else touches a row: longer than a try may take, short enough after a relay was killed."""
TRY = timedelta(seconds=5)
SWEEP = timedelta(seconds=1)
"""Without any notification the inbox is looked at so often."""
LAST_WORDS = timedelta(seconds=2)
"""How long a batch under way may take on after the order to stop."""
FIRST_WAIT = timedelta(milliseconds=500)
SHORT_WAIT = timedelta(seconds=4)
"""The longest wait for what is no fault of the row: recovery must be quick."""
LONG_WAIT = timedelta(minutes=5)
"""The longest wait of a row that fails by itself."""
STUCK = 5
"""After so many tries a row that fails by itself is told to people."""
_DATABASE_AWAY = (DBAPIError, PoolTimeout)


class NotStartedYetError(Exception):
    """The case this fact belongs to is still to be started."""


class CaseLostError(Exception):
    """Temporal does not know a case that is not closed: nothing may be dropped, somebody has to look."""


class Relay:
    """Leases rows, starts or signals their cases, and marks them; it may be killed at any point."""

    def __init__(
        self,
        engine: Engine,
        client: Client,
        policies: Mapping[str, Policy],
        *,
        task_queue: str,
        lease: timedelta = LEASE,
    ) -> None:
        """`client` may be lazy. `lease`: how long a row that was taken stays out of others' reach."""
        self._engine = engine
        self._client = client
        self._policies = policies
        self._task_queue = task_queue
        self._lease = lease
        self._woken = asyncio.Event()
        self._temporal_is_away = False

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, whatever is away meanwhile; a batch under way is finished."""
        working, listening = asyncio.create_task(self._work(stop)), asyncio.create_task(self._listen())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
            self._woken.set()
            await asyncio.wait_for(working, LAST_WORDS.total_seconds())
        except TimeoutError:
            _log.warning("stopped within a batch: its leases bring it back")
        finally:
            tasks = (working, listening, stopping)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def once(self) -> int:
        """Carry one batch: how many rows were tried. Raises what SQLAlchemy raises when PostgreSQL is away."""
        if self._temporal_is_away and not await self._temporal_answers():
            return 0
        leased = await asyncio.to_thread(self._take)
        by_case = sorted(leased, key=lambda row: row.case_id)
        of_cases = [list(rows) for _, rows in groupby(by_case, key=lambda row: row.case_id)]
        await asyncio.gather(*(self._carry_in_turn(rows) for rows in of_cases))
        return len(leased)

    async def _work(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._woken.clear()
            if await self._once_or_none() == 0:
                await self._pause()

    async def _once_or_none(self) -> int:
        try:
            return await self.once()
        except _DATABASE_AWAY as away:
            _log.error("PostgreSQL is away: %s", type(away).__name__)
            await asyncio.sleep(SWEEP.total_seconds())
            return 0

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), SWEEP.total_seconds())
        except TimeoutError:
            return

    async def _listen(self) -> None:
        """Wake at every new row; after a lost connection connect anew, and look at what was missed."""
        while True:
            try:
                async with listening(self._engine, "inbox") as connection:
                    self._woken.set()
                    async for _ in connection.notifies():
                        self._woken.set()
            except psycopg.Error as lost:
                _log.warning("not listening: %s", type(lost).__name__)
            await asyncio.sleep(SWEEP.total_seconds())

    async def _carry_in_turn(self, rows: Sequence[Inbox]) -> None:
        """The rows of one case, in their order: its start comes before its facts."""
        for row in sorted(rows, key=lambda row: (row.kind != inbox.CONTACT_REQUEST, row.id)):
            try:
                await self._carry(row)
            except _DATABASE_AWAY as away:
                _log.error("row not marked: row=%s error=%s", row.id, type(away).__name__)

    async def _carry(self, row: Inbox) -> None:
        try:
            result = await self._bring(row)
        except Exception as error:  # whatever it is, it must not hold up the other rows
            self._note(row, error)
            await self._in_database(partial(_put_back, row=row, error=error))
        else:
            await self._in_database(partial(_finish, row=row, result=result))

    async def _bring(self, row: Inbox) -> str:
        if row.kind == inbox.CONTACT_REQUEST:
            return await self._start(row)
        if row.kind == erasure.ASKED:
            asked = await self._in_database(lambda session: erasing.asked(session, row.case_id))
            return await erasing.start(self._client, asked, task_queue=self._task_queue, patience=TRY)
        return await self._signal(row)

    async def _start(self, row: Inbox) -> str:
        begin = await self._in_database(lambda session: self._opening(session, row.case_id))
        if begin is None:
            return "already_closed"
        start = self._client.start_workflow(
            CloseTheLoop.run,
            begin,
            id=of_case(row.case_id),
            task_queue=self._task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=opening_summary(begin),
            rpc_timeout=TRY,
        )
        try:
            await answer(start)
        except WorkflowAlreadyStartedError:
            return "already_closed"
        return "started"

    async def _signal(self, row: Inbox) -> str:
        """A second try when it was not found, for it may have been started between our two questions."""
        fact = inbox.FACTS[row.kind].model_validate(row.body)
        for _ in range(2):
            handle = handle_of(self._client, row.case_id)
            try:
                await answer(handle.signal(row.kind, fact, rpc_timeout=TRY))
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
            else:
                return "signalled"
            if await self._in_database(lambda session: inbox.is_waiting_to_start(session, row.case_id)):
                raise NotStartedYetError
        if not await self._in_database(lambda session: inbox.is_closed(session, row.case_id)):
            raise CaseLostError
        return "already_closed"

    async def _temporal_answers(self) -> bool:
        if not await is_there(self._client, patience=TRY):
            return False
        self._temporal_is_away = False
        _log.info("Temporal is back")
        return True

    def _note(self, row: Inbox, error: Exception) -> None:
        if isinstance(error, TemporalAwayError):
            if not self._temporal_is_away:
                _log.error("Temporal is away")
            self._temporal_is_away = True
        elif not isinstance(error, NotStartedYetError):
            name = type(error).__name__
            _log.error("row not carried: row=%s kind=%s attempts=%d error=%s", row.id, row.kind, row.attempts, name)

    def _take(self) -> Sequence[Inbox]:
        """The lease is committed before Temporal is asked: no transaction is open while we wait for the network."""
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            return inbox.lease(session, limit=AT_ONCE, until_after=self._lease)

    def _opening(self, session: Session, case_id: UUID) -> Opening | None:
        """None: the case is on record as closed; Temporal, which forgets closed cases in time, would run it again."""
        if inbox.is_closed(session, case_id):
            return None
        return opening(session, session.get_one(Response, case_id), self._policies, now())

    async def _in_database(self, work: Callable[[Session], T]) -> T:
        return await asyncio.to_thread(committed, self._engine, work)


def _put_back(session: Session, row: Inbox, error: Exception) -> None:
    """Try again later. What goes on failing for reasons of its own blocks nobody, and is told to people."""
    blameless = isinstance(error, (TemporalAwayError, NotStartedYetError))
    wait = min(FIRST_WAIT * (1 << min(row.attempts - 1, 10)), SHORT_WAIT if blameless else LONG_WAIT)
    inbox.postpone(session, row.id, wait=wait, error=type(error).__name__)
    if not blameless and row.attempts >= STUCK:
        inbox.tell_stuck(session, row)


def _finish(session: Session, row: Inbox, result: str) -> None:
    inbox.finish(session, row.id, result=result)
    if row.attempts >= STUCK:
        inbox.end_stuck(session, row)


async def _main(settings: Settings) -> None:
    if settings.database_url is None:
        raise SystemExit("CLOSELOOP_DATABASE_URL is not set; `python -m ops.run` sets it for the embedded PostgreSQL.")
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for order in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(order, stop.set)
    port = settings.relay_metrics_port
    client = await connect_lazily(settings, metrics_address=f"{settings.metrics_host}:{port}" if port else None)
    engine = engine_for(settings.database_url.get_secret_value())
    relay = Relay(engine, client, policies_of(settings), task_queue=settings.task_queue)
    try:
        async with WebhookSender(development=settings.environment is Environment.DEVELOPMENT) as sender:
            await asyncio.gather(relay.run(stop), Deliverer(engine, sender, settings.payload_ring).run(stop))
    finally:
        engine.dispose()


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    settings = load()
    begin(settings)
    asyncio.run(_main(settings))


if __name__ == "__main__":
    main()
    leave()
