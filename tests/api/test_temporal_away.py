"""A Temporal that answers but lacks our namespace is away: nothing there says that a case is closed."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Engine
from temporalio.service import RPCError, RPCStatusCode

from ops.temporal_server import TemporalServer
from settings import Settings
from temporal_answers import TemporalAwayError, answer, is_there
from temporal_client import connect_lazily
from tests.api.staff_desk import Desk, desk_over, nowhere

NOWHERE = "no-such-namespace"


@pytest.fixture
async def lost(engine: Engine, dev_server: TemporalServer) -> AsyncIterator[Desk]:
    settings = Settings(_env_file=None, temporal_address=dev_server.address, temporal_namespace=NOWHERE)
    desk = desk_over(engine, await connect_lazily(settings))
    async with desk.client:
        yield desk


async def test_a_command_asks_to_be_repeated(lost: Desk) -> None:
    answer = await lost.post("specialist", f"/cases/{lost.open()}/claim")
    assert (answer.status_code, answer.json()["code"]) == (503, "workflow_unavailable")


async def test_it_is_not_ready(lost: Desk) -> None:
    answer = await lost.client.get("/readyz")
    assert (answer.status_code, answer.json()["failing"]) == (503, ["temporal"])


async def test_the_drift_is_not_told(lost: Desk) -> None:
    answer = await lost.get("manager", "/workflows/counts")
    assert (answer.status_code, answer.json()["code"]) == (503, "workflow_unavailable")


async def test_a_case_is_shown_from_the_rows(lost: Desk) -> None:
    answer = await lost.get("manager", f"/cases/{lost.open()}/workflow")
    assert (answer.status_code, answer.json()["live"]) == (200, False)


async def test_what_does_not_answer_is_not_there() -> None:
    assert not await is_there(await nowhere())


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (RPCStatusCode.UNAVAILABLE, TemporalAwayError),
        (RPCStatusCode.UNKNOWN, TemporalAwayError),
        (RPCStatusCode.NOT_FOUND, RPCError),
        (RPCStatusCode.INVALID_ARGUMENT, RPCError),
    ],
)
async def test_only_what_answers_refuses(status: RPCStatusCode, told: type[Exception]) -> None:
    async def asked() -> None:
        raise RPCError("transport error", status, b"")

    with pytest.raises(told):
        await answer(asked())
