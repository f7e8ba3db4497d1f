"""Desks in browsers: how heavy the first load is, how soon a change is seen, and what many open desks cost."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from uuid import UUID

from sqlalchemy import text
from temporalio.client import Client

from db.columns import now
from domain.messages import Claim, Opening, Release
from domain.words import Role
from ops.bench import first_load, requests, visible
from ops.bench.browser import chromium, launched
from ops.bench.figures import Group, Line, milliseconds, quantile, short
from ops.bench.machine import cpu_seconds, resident
from ops.bench.many_cases import Crowd, fill
from ops.bench.open_desks import Change, Meter, Watched, watched
from ops.bench.scene import Person, Scene
from ops.bench.signing_in import SignedIn, colleague_of, signed_in
from ops.bench.size import Size
from temporal_client import connect
from workflows.close_the_loop import CloseTheLoop

LIVE = 10
"""Cases with a workflow, changed in turn."""
LOOK = 0.1
NO_BROWSER = "left out: no Chromium or Chrome here (make .venv/.browser brings one)"
_LATER = text("update cases set urgent_at = urgent_at + interval '4 days' where closed_at is null")
"""Those that are due within the hour are on the first page then."""
_READABLE = text("select count(*) from cases where id = any(:ids)")


def measure(scene: Scene, size: Size) -> Group:
    """Many rows without workflows, and above them some cases that change."""
    fill(scene.engine, Crowd(now=now(), open=size.open_cases))
    with scene.engine.begin() as connection:
        connection.execute(_LATER)
    scene.provider()
    scene.worker()
    scene.api()
    by, watching = scene.person(Role.SPECIALIST), signed_in(scene, scene.person(Role.LEAD, "+74950000301"))
    begins = requests.stored(scene, LIVE)
    cases = [begin.case for begin in begins]
    asyncio.run(_open(scene, begins))
    lines = _in_a_browser(watching, by, cases, size)
    found = asyncio.run(_many(scene, watching, by, cases, size))
    return Group("Desks", [*lines, *_lines(found)], _notes(size))


async def _open(scene: Scene, begins: Sequence[Opening]) -> None:
    client, ids = await connect(scene.settings), [begin.case for begin in begins]
    for begin in begins:
        queue = scene.settings.task_queue
        await client.start_workflow(CloseTheLoop.run, begin, id=f"case-{begin.case}", task_queue=queue)
    while _readable(scene, ids) < len(ids):
        await asyncio.sleep(LOOK)


def _readable(scene: Scene, ids: Sequence[UUID]) -> int:
    with scene.engine.connect() as connection:
        return int(connection.execute(_READABLE, {"ids": list(ids)}).scalar_one())


def _in_a_browser(watching: SignedIn, by: Person, cases: Sequence[UUID], size: Size) -> list[Line]:
    if not size.first_loads:
        return []
    found = chromium()
    if found is None:
        print(f"  {NO_BROWSER}", flush=True)
        return [Line("desk in a browser", NO_BROWSER)]
    with launched(found) as browser:
        return [*first_load.measure(browser, watching, size), visible.measure(browser, watching, by, cases, size)]


async def _many(scene: Scene, watching: SignedIn, by: Person, cases: Sequence[UUID], size: Size) -> Watched:
    client, api = await connect(scene.settings), scene.api().pid
    changes = [_change(client, by, cases[turn // 2 % LIVE], turn) for turn in range(size.seen_by_all)]
    meter = Meter(partial(cpu_seconds, api), partial(resident, api))
    people = [scene.person(Role.LEAD, f"+7495{number:07d}") for number in range(size.desks)]
    headers = [colleague_of(scene, watching, person).headers for person in people]
    return await watched(scene.settings.api_port, headers, meter, changes)


def _change(client: Client, by: Person, case: UUID, turn: int) -> tuple[Change, Callable[[], Awaitable[object]]]:
    """Straight to the workflow, so that the API's part is what the desks cost, and nothing else."""
    handle = client.get_workflow_handle(f"case-{case}")
    if turn % 2 == 0:
        return (case, str(by.staff.id)), lambda: handle.execute_update(CloseTheLoop.claim, Claim(by=by.staff))
    return (case, ""), lambda: handle.execute_update(CloseTheLoop.release, Release(by=by.staff))


def _lines(found: Watched) -> list[Line]:
    desk, change = (found.after - found.before) / found.desks, found.cpu / found.changes
    latency = f"{milliseconds(quantile(found.waits, 0.5))}, {milliseconds(quantile(found.waits, 0.99))}"
    fetches = found.fetches / found.desks / found.changes
    many = f"{found.desks} open desks"
    return [
        Line(
            f"{many}: memory of the API, each",
            f"{short(1024 * desk)} KiB",
            notes=(
                f"{found.before:.0f} MiB before, {found.opened:.0f} with all open, {found.after:.0f} after changes",
            ),
        ),
        Line(
            f"{many}: CPU of the API, a change",
            f"{milliseconds(change)}, {milliseconds(change / found.desks)} a desk",
            notes=(f"{found.changes} changes; each desk fetched its queue {short(fetches)} times a change",),
        ),
        Line(f"{many}: change → fetched by each, p50 and p99", latency),
    ]


def _notes(size: Size) -> tuple[str, ...]:
    return (
        f"{size.open_cases:,} open cases as rows; {LIVE} more with workflows, on the first page, change in turn.",
        "An open desk is a plain client with one live feed and one connection: after an event it fetches 50 rows, and "
        "holds back half a second as the page does. Each is somebody else's; clients and API share the machine.",
    )
