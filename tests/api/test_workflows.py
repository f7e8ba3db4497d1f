"""Behind the rows: a case live from its workflow, and the drift between the two."""

import asyncio
from uuid import UUID

from sqlmodel import Session
from temporalio.client import Client

from api.workflows import CountsOut, WorkflowOut
from db.casework import Case
from db.columns import now
from domain.words import Stage
from tests.api.conftest import Open
from tests.api.staff_desk import Desk


async def workflow(desk: Desk, case_id: UUID) -> WorkflowOut:
    answer = await desk.get("manager", f"/cases/{case_id}/workflow")
    assert answer.status_code == 200, answer.text
    return WorkflowOut.model_validate(answer.json())


async def counts(desk: Desk) -> CountsOut:
    return CountsOut.model_validate((await desk.get("manager", "/workflows/counts")).json())


async def test_a_running_case_is_shown_live(live: Desk, open_case: Open) -> None:
    case_id = await open_case()
    await live.post("specialist", f"/cases/{case_id}/claim")
    with Session(live.engine) as session, session.begin():
        stored = session.get_one(Case, case_id)
        stored.snapshot = stored.snapshot | {"owner": None}
    shown = await workflow(live, case_id)
    assert (shown.live, shown.status) == (True, "RUNNING")
    assert shown.snapshot.owner == live.staff["specialist"].id
    assert shown.snapshot.waiting_for
    assert shown.history_length


async def test_a_case_whose_workflow_is_gone_is_shown_from_the_rows(live: Desk) -> None:
    case_id = live.open()
    shown = await workflow(live, case_id)
    assert (shown.live, shown.status, shown.history_length) == (False, None, None)
    assert shown.snapshot.case == case_id


async def test_while_temporal_is_away_a_case_is_shown_from_the_rows(desk: Desk) -> None:
    assert not (await workflow(desk, desk.open())).live
    assert (await desk.get("manager", "/workflows/counts")).status_code == 503


async def test_the_drift_names_what_only_one_side_takes_to_be_open(live: Desk, open_case: Open) -> None:
    agreed, forgotten = await open_case(), await open_case()
    rows_only = live.open()
    with Session(live.engine) as session, session.begin():
        session.get_one(Case, forgotten).closed_at = now()
    client: Client = live.app.state.parts.temporal
    await _listed(client, agreed, forgotten)
    found = await counts(live)
    assert rows_only in found.rows_only
    assert agreed not in found.rows_only + found.workflows_only
    assert forgotten in found.workflows_only
    assert found.open[Stage.AWAITING_CALLBACK] == 2
    assert found.running >= 2


async def _listed(client: Client, *cases: UUID) -> None:
    """Wait until Temporal lists them: it does so a moment after they began."""
    ids = ", ".join(f"'case-{case}'" for case in cases)
    async with asyncio.timeout(15):
        while (await client.count_workflows(f"WorkflowId IN ({ids})")).count < len(cases):
            await asyncio.sleep(0.05)
