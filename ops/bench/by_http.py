"""Whole loops per second driven through HTTP alone: webhook, relay, staff API, simulated telephone, final survey."""

import asyncio
import time
from ipaddress import IPv4Address
from urllib.parse import urlencode
from uuid import UUID, uuid4

from pydantic import BaseModel
from sqlmodel import Session

from db import links
from db.links import LinkKind
from domain.words import Role
from ops.bench import deliveries
from ops.bench.figures import Group, Line, short, spread
from ops.bench.scene import Person, Scene
from ops.bench.size import Size
from ops.bench.wire import Answer, Connection, Json, written

AT_ONCE = 24
LOOK = 0.1
"""Seconds between two looks at a case that something is awaited of."""
PATIENCE = 120.0


class _Case(BaseModel):
    stage: str


class _Card(BaseModel):
    case: _Case


def measure(scene: Scene, size: Size) -> Group:
    """The whole system with its simulator; each loop is played by the ways of customer and specialist."""
    scene.simulator()
    people = [scene.person(Role.SPECIALIST, f"+7495000{number:04d}") for number in range(4)]
    scene.worker()
    scene.relay()
    scene.api()
    _played(scene, people, min(AT_ONCE, size.loops_by_http))
    rates = [_played(scene, people, size.loops_by_http) for _ in range(max(1, size.rounds // 2))]
    notes = (
        f"{AT_ONCE} loops at once: signed webhook → inbox → relay → case; claim, call (the simulator rings 0.2 s and "
        "talks 0.2 s), resolve; final survey by its link; until the row is closed. Four specialists are on duty, so "
        "five messages a new case, each written to the simulator's log on the disk. "
        f"Every case is looked at each {LOOK * 1000:.0f} ms while something is awaited of it.",
    )
    return Group("Whole loops by HTTP alone", [Line("loops/s through HTTP", spread(rates, "/s"))], notes)


def _played(scene: Scene, people: list[Person], number: int) -> float:
    began = time.monotonic()
    asyncio.run(_play(scene, people, number))
    rate = number / (time.monotonic() - began)
    print(f"  {short(rate)} loops/s", flush=True)
    return rate


async def _play(scene: Scene, people: list[Person], number: int) -> None:
    waiting = deliveries.signed(scene, number)

    async def player(person: Person) -> None:
        port = scene.settings.api_port
        async with (
            Connection(port) as outside,
            Connection(port, {"Authorization": f"Bearer {person.token}"}) as desk,
        ):
            while waiting:
                await _loop(scene, outside, desk, waiting.pop())

    await asyncio.gather(*(player(people[turn % len(people)]) for turn in range(AT_ONCE)))


async def _loop(scene: Scene, outside: Connection, desk: Connection, delivery: bytes) -> None:
    accepted = _good(await outside.send(delivery)).json()["id"]
    case = f"/cases/{accepted}"
    await _until(desk, case, "awaiting_callback")
    await _command(desk, f"{case}/claim", {})
    await _command(desk, f"{case}/calls", {})
    await _until(desk, case, "in_progress")
    solution: Json = {"cause": "setup", "text": "Set up anew.", "solved": True, "one_conversation": True}
    await _command(desk, f"{case}/resolution", solution)
    await _answer_survey(scene, outside, UUID(str(accepted)))
    await _until(desk, case, "closed")


async def _answer_survey(scene: Scene, outside: Connection, case: UUID) -> None:
    path = await asyncio.to_thread(_link, scene, case)
    _good(await outside.get(path))
    # Each customer from an address of their own: one address may not send so many forms.
    address = str(IPv4Address((10 << 24) + case.int % 2**24))
    form = {"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": address}
    _good(await outside.send(written("POST", path, form, urlencode({"tnps": "9", "solved": "yes"}).encode())))


def _link(scene: Scene, case: UUID) -> str:
    """As it stands in the mail: the same token whenever it is asked for."""
    secret = scene.settings.token_secret.get_secret_value().encode()
    with Session(scene.engine) as session, session.begin():
        token = links.issue(session, case_id=case, kind=LinkKind.FINAL_SURVEY, secret=secret)
    return links.path(LinkKind.FINAL_SURVEY, token)


async def _command(desk: Connection, path: str, body: Json) -> None:
    _good(await desk.post(path, body, {"Idempotency-Key": str(uuid4())}))


async def _until(desk: Connection, case: str, stage: str) -> None:
    """Until the case's card shows this stage; it is not there at all before its case opens."""
    patience = time.monotonic() + PATIENCE
    while time.monotonic() < patience:
        answer = await desk.get(case)
        if answer.status == 200 and _Card.model_validate_json(answer.body).case.stage == stage:
            return
        await asyncio.sleep(LOOK)
    raise TimeoutError(f"{case} is not {stage}")


def _good(answer: Answer) -> Answer:
    if answer.status >= 300:
        raise RuntimeError(f"answered {answer.status}: {answer.body[:300]!r}")
    return answer
