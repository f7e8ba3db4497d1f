"""The worker process: runs cases and does what they ask for; drains before it ends."""

import asyncio
import logging
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import NoReturn

from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

import settings as configuration
from activities.announcements import SENDERS, AnnouncementActivities
from activities.cases import CaseActivities
from activities.erasure import ErasureActivities, Periods
from activities.phone import PhoneActivities
from activities.ways import Ways
from channels.local import LocalChannels
from db.engine import engine_for
from ops.schedules import ensure_at_last
from settings import Settings
from temporal_client import connect
from workflows.close_the_loop import CloseTheLoop
from workflows.erasure import ErasePeople
from workflows.retention import KeepNoLonger

_log = logging.getLogger(__name__)
ACTIVITY_THREADS = 16
TRY_AGAIN = timedelta(seconds=2)
GRACE = timedelta(seconds=5)
"""How long activities under way may take on after the order to stop; then they are cancelled."""
LAST_WORDS = timedelta(seconds=1)
"""How long after that the worker waits for those that do not listen."""
OURS = ("activities", "channels", "db", "domain", "settings", "surveys", "workflows")
"""Our own modules pass through the sandbox: a workflow costs half as much, and its checks stay."""


_NO_SURPRISES = (
    SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
    | SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
)
SANDBOX = SandboxedWorkflowRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules(*OURS).with_import_notification_policy(
        _NO_SURPRISES
    )
)


def worker_for(client: Client, engine: Engine, channels: LocalChannels, settings: Settings) -> Worker:
    """Everything a worker does, wired together."""
    secret = settings.token_secret.get_secret_value().encode()
    ways = Ways(
        engine,
        sms=channels.sms,
        mail=channels.mail,
        alerts=channels.alerts,
        secret=secret,
        public_url=settings.public_url,
        company=settings.company_name,
    )
    announcements = AnnouncementActivities(engine, ways, secret)
    cases = CaseActivities(engine, secret, announcements.tell)
    phone = PhoneActivities(engine, channels.voice, settings.caller_id)
    erasing = ErasureActivities(engine, channels.keepers, secret=secret, periods=_periods(settings))
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=[CloseTheLoop, ErasePeople, KeepNoLonger],
        activities=[
            cases.record,
            cases.extend_calendar,
            phone.place_call,
            phone.reconcile_call,
            phone.hang_up,
            announcements.announce,
            erasing.end_cases,
            erasing.forget_copies,
            erasing.empty_rows,
            erasing.erase_stale,
            erasing.sweep,
        ],
        activity_executor=ThreadPoolExecutor(ACTIVITY_THREADS),
        max_concurrent_activities=ACTIVITY_THREADS,
        workflow_runner=SANDBOX,
        graceful_shutdown_timeout=GRACE,
        # After a worker's death its cases wait this long for it before another one takes them over.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
    )


def _periods(settings: Settings) -> Periods:
    return Periods(settings.personal_data_kept, settings.commands_kept, settings.inbox_kept)


async def _patiently(settings: Settings, metrics: str | None, stop: asyncio.Event) -> Client | None:
    """Temporal, once it answers; None when told to stop before."""
    while not stop.is_set():
        try:
            return await connect(settings, metrics_address=metrics)
        except RuntimeError:
            _log.warning("Temporal does not answer at %s; trying again", settings.temporal_target)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), TRY_AGAIN.total_seconds())
    return None


async def main(settings: Settings) -> None:
    """Work until told to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    assert settings.database_url is not None
    engine = engine_for(settings.database_url.get_secret_value(), pool_size=ACTIVITY_THREADS + SENDERS)
    metrics = f"{settings.metrics_host}:{settings.worker_metrics_port}" if settings.worker_metrics_port else None
    client = await _patiently(settings, metrics, stop)
    if client:
        with LocalChannels(settings.channels_target) as channels:
            worker = worker_for(client, engine, channels, settings)
            working = asyncio.create_task(worker.run())
            scheduling = asyncio.create_task(ensure_at_last(client, task_queue=settings.task_queue))
            await asyncio.wait((working, asyncio.create_task(stop.wait())), return_when=asyncio.FIRST_COMPLETED)
            scheduling.cancel()
            await _drain(worker, working)
    engine.dispose()


async def _drain(worker: Worker, working: "asyncio.Task[None]") -> None:
    """Let what is under way end. An activity that is stuck, as in a database that hangs, is tried again elsewhere."""
    stopping = asyncio.create_task(worker.shutdown())
    ended, _ = await asyncio.wait((working,), timeout=(GRACE + LAST_WORDS).total_seconds())
    if not ended:
        _log.warning("stopped with an activity that does not end; it is tried again")
        _leave()
    await working
    await stopping


def _leave() -> NoReturn:
    sys.stdout.flush()
    os._exit(0)  # an interpreter that has used temporalio may crash while it shuts down


if __name__ == "__main__":
    logging.basicConfig(level=configuration.load().log_level)
    asyncio.run(main(configuration.load()))
    _leave()
