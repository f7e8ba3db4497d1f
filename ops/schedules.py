"""What happens by the calendar: retention, once a night, as a Temporal schedule."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError

from workflows.retention import KeepNoLonger

_log = logging.getLogger(__name__)
RETENTION = "retention"
HOUR = 2
"""UTC: before the working day of our customers."""
MISSED = timedelta(days=1)
"""A night that everything was down for is made up for within a day."""
TRY_AGAIN = timedelta(seconds=10)


async def ensure(client: Client, *, task_queue: str) -> None:
    """Make the schedule, or bring it up to date: any number may at once. Paused by an operator, it stays paused."""
    wanted = _retention(task_queue)
    try:
        await client.create_schedule(RETENTION, wanted)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(RETENTION).update(lambda known: _updated(wanted, known))


async def ensure_at_last(client: Client, *, task_queue: str) -> None:
    """The same, tried until Temporal takes it: a worker need not wait for that."""
    while True:
        try:
            await ensure(client, task_queue=task_queue)
        except RPCError as error:
            _log.warning("the retention schedule is not there yet: %s", error.status.name)
            await asyncio.sleep(TRY_AGAIN.total_seconds())
        else:
            return


def _retention(task_queue: str) -> Schedule:
    nightly = ScheduleCalendarSpec(hour=[ScheduleRange(HOUR)], minute=[ScheduleRange(30)], comment="once a night")
    return Schedule(
        action=ScheduleActionStartWorkflow(KeepNoLonger.run, id=RETENTION, task_queue=task_queue),
        spec=ScheduleSpec(calendars=[nightly]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=MISSED),
    )


def _updated(wanted: Schedule, known: ScheduleUpdateInput) -> ScheduleUpdate:
    return ScheduleUpdate(schedule=replace(wanted, state=known.description.schedule.state))
