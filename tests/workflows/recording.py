"""Plays named paths and keeps their histories; not one of the tests, but run by `python -m tests.histories`."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from tests.histories.archive import Archive
from tests.workflows.conftest import Start
from tests.workflows.paths import PATHS
from tests.workflows.playing import Play
from tests.workflows.scene import Handle, NamedPath, Scene
from tests.workflows.troubles import Troubled

SKIPPING = [path for path in PATHS.values() if not path.on_the_real_server]
REAL = [path for path in PATHS.values() if path.on_the_real_server]


@pytest.fixture
def outside() -> Troubled:
    return Troubled()


@pytest.fixture
async def scene(
    temporal_env: WorkflowEnvironment,
    engine: Engine,
    begin: Start,
    working: Callable[[], Worker],
    outside: Troubled,
) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as workers:

        async def start(**wanted: object) -> Play:
            if "worker" not in at_work:
                at_work["worker"] = await workers.enter_async_context(working())
            play = await begin(**wanted)
            await play.settled()
            return play

        at_work: dict[str, Worker] = {}
        url = engine.url.render_as_string(hide_password=False)
        yield Scene(temporal_env.client, url, start, begin, working, outside)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("named", SKIPPING, ids=lambda named: named.name)
async def test_record(scene: Scene, archive: Archive, named: NamedPath) -> None:
    await record(scene, archive, named)


class TestRealServer:
    """In real time."""

    @pytest.fixture
    async def temporal_env(self, dev_client: Client) -> WorkflowEnvironment:
        return WorkflowEnvironment.from_client(dev_client)

    @pytest.mark.timeout(600)
    @pytest.mark.parametrize("named", REAL, ids=lambda named: named.name)
    async def test_record(self, scene: Scene, archive: Archive, named: NamedPath) -> None:
        await record(scene, archive, named)


async def record(scene: Scene, archive: Archive, named: NamedPath) -> None:
    handle = handle_of(await named.way(scene))
    archive.keep(named, await handle.fetch_history())


def handle_of(played: Play | Handle) -> Handle:
    if isinstance(played, Play):
        return played.env.client.get_workflow_handle(played.handle.id)
    return played
