"""Whatever is away, and however many come at once: each response that was accepted becomes one case."""

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from ops.relay import AT_ONCE
from tests.stress.sender import Delivered, Json, response
from tests.stress.stressed import Stressed, ids_of
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.timeout(1200), pytest.mark.usefixtures("gone")]
_numbers = count(1)
EACH = timedelta(seconds=0.5)
"""How long a case may take to open on a busy machine."""
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def responses(how_many: int) -> list[Json]:
    """Responses that nobody has sent yet."""
    return [response(next(_numbers)) for _ in range(how_many)]


def await_cases(stressed: Stressed, cases: set[UUID]) -> None:
    """Until all have opened; then each has been opened once, by the one workflow it has."""
    opened = "select count(*) from cases where id = any(:cases)"
    patience = PATIENCE + EACH * len(cases)
    until(lambda: stressed.count(opened, cases=list(cases)) == len(cases), patience=patience)
    until(lambda: cases <= stressed.workflows().keys())
    told = "select count(*), count(distinct case_id) from timeline where kind = 'opened' and case_id = any(:cases)"
    assert stressed.rows(told, cases=list(cases)) == [(len(cases), len(cases))]
    assert stressed.workflows().keys() <= {row.id for row in stressed.rows("select id from cases")}


def test_what_comes_while_temporal_is_away_is_started_when_it_is_back_most_urgent_first(
    stressed: Stressed, size: int
) -> None:
    stressed.kill_temporal()
    answers = stressed.sender.send(responses(size))
    assert [one.status for one in answers] == [202] * size
    assert len(ids_of(answers)) == size
    poisoned = poison(stressed)
    stressed.temporal.start()
    await_cases(stressed, ids_of(answers))
    # One batch may have met a server that was only half awake.
    assert len(out_of_turn(stressed, ids_of(answers))) <= AT_ONCE
    failed = stressed.rows("select done_at, error from inbox where id = any(:ids)", ids=poisoned)
    stressed.execute("delete from inbox where id = any(:ids)", ids=poisoned)
    assert [row.done_at for row in failed] == [None] * len(poisoned)
    assert {row.error for row in failed} == {"ValidationError", "KeyError", "NoResultFound"}


def poison(stressed: Stressed) -> list[UUID]:
    """Rows no case can be told of, more urgent than any other, and more than the relay carries at once."""
    kinds = ("survey_answered", "unheard_of", "contact_request") * AT_ONCE
    rows = [(uuid4(), kind) for kind in kinds]
    for row, kind in rows:
        stressed.execute(
            "insert into inbox (id, kind, key, case_id, body, urgent_at, received_at, attempts, next_try_at) "
            'values (:id, :kind, :key, :case, \'{"not": "a fact"}\', :at, now(), 0, now())',
            **{"id": row, "kind": kind, "key": str(row), "case": uuid4(), "at": LONG_AGO},
        )
    return [row for row, _ in rows]


def out_of_turn(stressed: Stressed, cases: set[UUID]) -> list[UUID]:
    """Cases that were started more than two batches before or after their turn by urgency."""
    urgent = "select case_id from inbox where kind = 'contact_request' and case_id = any(:cases) order by urgent_at, id"
    due = [row.case_id for row in stressed.rows(urgent, cases=list(cases))]
    started = stressed.workflows()
    turn = {case: place for place, case in enumerate(sorted(cases, key=lambda case: started[case]))}
    return [case for place, case in enumerate(due) if abs(turn[case] - place) > 2 * AT_ONCE]


def test_while_postgresql_is_away_senders_are_asked_to_come_again_and_nothing_is_half_done(
    stressed: Stressed, size: int
) -> None:
    sent = responses(size)

    async def kill_midway(answered: int) -> None:
        if answered == size // 4:
            stressed.kill_postgres()

    answers = stressed.sender.send(sent, during=kill_midway)
    refused = [one for one in answers if one.status != 202]
    assert {one.status for one in refused} == {503}
    assert all(one.retry_after and one.retry_after.isdecimal() for one in refused)
    stressed.postgres.start()
    stored = whole(stressed, [one.key for one in answers])
    assert {one.key for one in answers if one.status == 202} <= stored.keys()
    again = stressed.sender.send(sent)
    assert {one.key: one.status for one in again} == {one.key: 200 if one.key in stored else 202 for one in answers}
    assert {one.key: one.id for one in again if one.key in stored} == stored
    await_cases(stressed, ids_of(again))
    assert len(ids_of(again)) == size


def whole(stressed: Stressed, keys: list[str]) -> dict[str, str]:
    """Which of these responses are stored, with their ids; each with its customer and its contact request."""
    found = stressed.rows(
        "select r.external_id, r.id, count(i.id) as requests, count(c.id) as customers, "
        "  count(r.promise) as promises from response r "
        "left join inbox i on i.case_id = r.id and i.kind = 'contact_request' "
        "left join customer c on c.id = r.customer_id "
        "where r.external_id = any(:keys) group by r.id",
        keys=keys,
    )
    assert {(row.requests, row.customers, row.promises) for row in found} <= {(1, 1, 1)}
    orphans = "select count(*) from inbox i where not exists (select from response r where r.id = i.case_id)"
    assert stressed.count(orphans) == 0
    return {str(row.external_id): str(row.id) for row in found}


def test_a_response_delivered_again_when_its_case_is_closed_and_forgotten_opens_nothing(
    stressed: Stressed, gone: Json
) -> None:
    first = stressed.deliver(gone)
    (case,) = ids_of([first])
    assert first == Delivered(str(gone["response_id"]), 200, str(case))
    until(lambda: not is_known(stressed, case))
    before = stressed.steps(case)
    later = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    assert stressed.deliver({**gone, "updated_at": later, "comment": "Again."}).id == str(case)
    carried_again = "update inbox set done_at = null, result = null, next_try_at = now() where case_id = :case"
    stressed.execute(carried_again, case=case)
    results = "select result from inbox where case_id = :case"
    until(lambda: all(row.result for row in stressed.rows(results, case=case)))
    assert {row.result for row in stressed.rows(results, case=case)} == {"already_closed"}
    assert stressed.steps(case) == before
    assert not is_known(stressed, case)


@pytest.fixture(scope="module")
def gone(stressed: Stressed) -> Json:
    """The response of a closed case that Temporal is forgetting, as after its retention: it takes a while over it."""
    (one,) = responses(1)
    (case,) = ids_of([stressed.deliver(one)])
    await_cases(stressed, {case})
    stressed.done("lead", f"/cases/{case}/withdrawal", {"reason": "Has solved it alone."})

    async def delete(client: Client) -> None:
        await client.get_workflow_handle(f"case-{case}").result()
        closed = WorkflowExecution(workflow_id=f"case-{case}")
        request = DeleteWorkflowExecutionRequest(namespace=client.namespace, workflow_execution=closed)
        await client.workflow_service.delete_workflow_execution(request)

    stressed.in_temporal(delete)
    return one


def is_known(stressed: Stressed, case: UUID) -> bool:
    """Whether Temporal has a workflow of this case, running or closed."""

    async def described(client: Client) -> bool:
        try:
            await client.get_workflow_handle(f"case-{case}").describe()
        except RPCError as error:
            return error.status is not RPCStatusCode.NOT_FOUND
        return True

    return stressed.in_temporal(described)
