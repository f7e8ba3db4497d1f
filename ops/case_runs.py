"""Cases as Temporal has them: which run, and what each has recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.converter import DataConverter
from temporalio.service import RPCError, RPCStatusCode

from domain.messages import Opening
from domain.projection import Record
from temporal_answers import answer
from workflow_ids import handle_of

RECORD = "record"
"""The activity whose inputs are all that a case has ever written."""


@dataclass(frozen=True)
class Run:
    """The latest run of one case."""

    running: bool
    base: int
    """The number it went on from; 0 for a case's first run."""
    records: Sequence[Record]

    @property
    def events(self) -> frozenset[tuple[int, str]]:
        """Number and id of everything it has ever recorded."""
        return frozenset((event.seq, event.id) for record in self.records for event in record.events)

    @property
    def seq(self) -> int:
        """The highest number."""
        return max((seq for seq, _ in self.events), default=self.base)


async def run_of(client: Client, case_id: UUID) -> Run | None:
    """The case's latest run, None when Temporal knows none. Its closed runs are known until their retention ends."""
    handle = handle_of(client, case_id)
    try:
        described = await answer(handle.describe())
        history = await answer(handle.fetch_history())
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    first, *others = history.events
    return Run(
        running=described.status is WorkflowExecutionStatus.RUNNING,
        base=await _base(first, client.data_converter),
        records=await _records(others, client.data_converter),
    )


async def _base(started: HistoryEvent, converter: DataConverter) -> int:
    payloads = started.workflow_execution_started_event_attributes.input.payloads
    [begin] = await converter.decode(payloads, [Opening])
    return begin.resumed.snapshot.seq if begin.resumed else 0


async def _records(events: Sequence[HistoryEvent], converter: DataConverter) -> list[Record]:
    scheduled = [event.activity_task_scheduled_event_attributes for event in events]
    inputs = [one.input.payloads for one in scheduled if one.activity_type.name == RECORD]
    return [record for payloads in inputs for record in await converter.decode(payloads, [Record])]
