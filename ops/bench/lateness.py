"""Where the time goes between the instant a promise is due and the row that says it was broken."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import mean
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from ops.bench.figures import milliseconds, quantile

AT_ONCE = 8
STEPS = ("timer set late", "fired", "taken by a worker", "decided", "written")
"""What is waited for, one after the other."""
PARTS = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))


@dataclass(frozen=True)
class Broken:
    """A promise that was not kept, and when its row was written."""

    case: UUID
    due: datetime
    recorded: datetime

    @property
    def late(self) -> float:
        """Seconds."""
        return (self.recorded - self.due).total_seconds()


@dataclass(frozen=True)
class Way:
    """Of one deadline: seconds that each of the steps took, and whether its task went to the worker's own queue."""

    late: float
    steps: Sequence[float]
    timed_out: bool
    """A task of the case found no worker in time, and went through the common queue."""


async def ways(client: Client, broken: Sequence[Broken]) -> list[Way]:
    """Read out of the histories."""
    waiting, found = list(broken), list[Way]()

    async def reader() -> None:
        while waiting:
            one = waiting.pop()
            history = await client.get_workflow_handle(f"case-{one.case}").fetch_history()
            found.append(_way(one, history.events))

    await asyncio.gather(*(reader() for _ in range(AT_ONCE)))
    return found


def shown(found: Sequence[Way]) -> list[str]:
    """The whole distribution, and what the slowest hundredth waited for."""
    late = [one.late for one in found]
    slowest = sorted(found, key=lambda one: one.late)[-max(1, len(found) // 100) :]
    parts = (f"{name} {milliseconds(quantile(late, part))}" for name, part in PARTS)
    return [
        f"late by {', '.join(parts)}, last {milliseconds(max(late))}; "
        f"{sum(one.timed_out for one in found)} tasks found no worker in time",
        f"all, on average: {_steps(found)}",
        f"the slowest hundredth, on average: {_steps(slowest)}",
    ]


def by_second(broken: Sequence[Broken], since: datetime) -> str:
    """How late the latest of each second was, in tenths of a second: one stall stands out, a lasting one does not."""
    latest: dict[int, float] = {}
    for one in broken:
        second = int((one.due - since).total_seconds())
        latest[second] = max(latest.get(second, 0.0), one.late)
    return " ".join(f"{latest[second] * 10:.0f}" for second in sorted(latest))


def _steps(found: Sequence[Way]) -> str:
    taken = zip(STEPS, zip(*(one.steps for one in found), strict=True), strict=True)
    return ", ".join(f"{name} {milliseconds(mean(seconds))}" for name, seconds in taken)


def _way(one: Broken, events: Sequence[HistoryEvent]) -> Way:
    fired = next(e for e in events if _is(e, "TIMER_FIRED") and _at(e.event_time) >= one.due)
    started = events[fired.timer_fired_event_attributes.started_event_id - 1]
    length = started.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
    later = events[fired.event_id :]
    decided = next(e for e in later if _is(e, "WORKFLOW_TASK_COMPLETED"))
    taken = events[decided.workflow_task_completed_event_attributes.started_event_id - 1]
    marks = [one.due, _at(started.event_time) + length, *(_at(e.event_time) for e in (fired, taken, decided))]
    steps = [(after - before) / timedelta(seconds=1) for before, after in pairwise([*marks, one.recorded])]
    until = later[: decided.event_id - fired.event_id]
    return Way(one.late, steps, any(_is(e, "WORKFLOW_TASK_TIMED_OUT") for e in until))


def _is(event: HistoryEvent, kind: str) -> bool:
    return EventType.Name(event.event_type) == f"EVENT_TYPE_{kind}"


def _at(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)
