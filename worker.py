"""The worker process: runs cases and does what they ask for; drains before it ends."""

import asyncio
import logging
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

from activities.announcements import SENDERS, AnnouncementActivities
from activities.cases import CaseActivities
from activities.erasure import ErasureActivities, Periods
from activities.phone import PhoneActivities
from activities.ways import Ways
from channels.installed import Channels
from channels.protocols import VoiceChannel
from db.engine import engine_for
from lifetime import begin, leave
from ops.schedules import ensure_at_last
from promises import alert_routes_of
from providers import providers
from settings import Settings, load
from temporal_client import connect
from workflows.calls_apart import CallsApart, calls_queue
from workflows.close_the_loop import CloseTheLoop
from workflows.erasure import ErasePeople
from workflows.retention import KeepNoLonger
from workflows.sandbox import Sandbox

_log = logging.getLogger(__name__)
ACTIVITY_THREADS = 16
CALL_THREADS = 4
WORKFLOW_TASKS = 8
"""Taken at once: one that waits here for its turn sets its timers late, as it counts from when it was taken."""
TRY_AGAIN = timedelta(seconds=2)
GRACE = timedelta(seconds=5)
"""How long activities under way may take on after the order to stop; then they are cancelled."""
LAST_WORDS = timedelta(seconds=1)
"""How long after that the worker waits for those that do not listen."""
OURS = ("activities", "channels", "db", "domain", "provider_settings", "settings", "surveys", "workflows")
"""Our own modules pass through the sandbox: a workflow costs half as much, and its checks stay."""


_NO_SURPRISES = (
    SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
    | SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
)
SANDBOX = Sandbox(
    restrictions=SandboxRestrictions.default.with_passthrough_modules(*OURS).with_import_notification_policy(
        _NO_SURPRISES
    )
)


def worker_for(client: Client, engine: Engine, channels: Channels, settings: Settings) -> Worker:
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
    announcements = AnnouncementActivities(engine, ways, secret, alert_routes_of(settings))
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
        max_concurrent_workflow_tasks=WORKFLOW_TASKS,
        workflow_runner=SANDBOX,
        interceptors=[CallsApart()] if settings.uses_twilio else [],
        graceful_shutdown_timeout=GRACE,
        # After a worker's death its cases wait this long for it before another one takes them over.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
    )


def calls_worker_for(client: Client, engine: Engine, voice: VoiceChannel, settings: Settings) -> Worker:
    """Places calls, and only so many a second as the provider lets an account begin, however many workers there are."""
    phone = PhoneActivities(engine, voice, settings.caller_id)
    return Worker(
        client,
        task_queue=calls_queue(settings.task_queue),
        activities=[phone.place_call],
        activity_executor=ThreadPoolExecutor(CALL_THREADS),
        max_concurrent_activities=CALL_THREADS,
        max_task_queue_activities_per_second=settings.twilio_calls_per_second,
        graceful_shutdown_timeout=GRACE,
    )


def _workers(client: Client, engine: Engine, channels: Channels, settings: Settings) -> Iterator[Worker]:
    yield worker_for(client, engine, channels, settings)
    if settings.uses_twilio:
        yield calls_worker_for(client, engine, channels.voice, settings)


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
    engine = engine_for(settings.database_url.get_secret_value(), pool_size=ACTIVITY_THREADS + CALL_THREADS + SENDERS)
    metrics = f"{settings.metrics_host}:{settings.worker_metrics_port}" if settings.worker_metrics_port else None
    client = await _patiently(settings, metrics, stop)
    if client:
        with providers(settings) as channels:
            workers = list(_workers(client, engine, channels, settings))
            working = asyncio.create_task(_run(workers))
            scheduling = asyncio.create_task(ensure_at_last(client, task_queue=settings.task_queue))
            await asyncio.wait((working, asyncio.create_task(stop.wait())), return_when=asyncio.FIRST_COMPLETED)
            scheduling.cancel()
            await _drain(workers, working)
    engine.dispose()


async def _run(workers: Sequence[Worker]) -> None:
    await asyncio.gather(*(worker.run() for worker in workers))


async def _shut_down(workers: Sequence[Worker]) -> None:
    await asyncio.gather(*(worker.shutdown() for worker in workers))


async def _drain(workers: Sequence[Worker], working: "asyncio.Task[None]") -> None:
    """Let what is under way end. An activity that is stuck, as in a database that hangs, is tried again elsewhere."""
    stopping = asyncio.create_task(_shut_down(workers))
    ended, _ = await asyncio.wait((working,), timeout=(GRACE + LAST_WORDS).total_seconds())
    if not ended:
        _log.warning("stopped with an activity that does not end; it is tried again")
        leave()
    await working
    await stopping


if __name__ == "__main__":
    settings = load()
    begin(settings)
    asyncio.run(main(settings))
    leave()
