"""The codec for Temporal's UI and command line: the same keys, for admins, from the UI's pages."""

import asyncio
import base64
import json
import subprocess
import sysconfig
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from api.app import create_app
from ops.temporal_server import TemporalServer
from temporal_client import connect
from tests.api.staff_desk import Desk, desk_over, nowhere
from tests.api.test_events import serving
from tests.ops.payload_keys_of import NEW, OLD, OTHER, settings_with
from workflows.close_the_loop import CloseTheLoop

UI = "https://temporal.example.com"
Json = dict[str, object]


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def payload(text: str, encoding: str = "json/plain") -> Json:
    return {"metadata": {"encoding": base64_of(encoding)}, "data": base64_of(text)}


def encoding_of(payload: Json) -> str:
    metadata = cast(dict[str, str], payload["metadata"])
    return base64.b64decode(metadata["encoding"]).decode()


def app_with(desk: Desk, *keys: str) -> FastAPI:
    settings = settings_with(*keys).model_copy(update={"temporal_ui_origins": (UI,), "body_limit": 4096})
    return create_app(replace(desk.app.state.parts, settings=settings))


@pytest.fixture
async def desk(engine: Engine) -> AsyncIterator[Desk]:
    """A desk whose codec has two keys; it answers the pages of `UI`."""
    desk = desk_over(engine, await nowhere())
    desk.app = app_with(desk, NEW, OLD)
    desk.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=desk.app), base_url="http://desk")
    async with desk.client:
        yield desk


async def through(desk: Desk, way: str, *payloads: Json) -> list[Json]:
    answer = await desk.post("admin", f"/codec/{way}", {"payloads": payloads})
    assert answer.status_code == 200, answer.text
    shown: list[Json] = answer.json()["payloads"]
    return shown


async def test_what_is_encoded_here_is_decoded_again(desk: Desk) -> None:
    given = [payload('{"case":"0198"}'), payload("", "binary/null")]
    stored = await through(desk, "encode", *given)
    assert {encoding_of(one) for one in stored} == {"binary/encrypted"}
    assert await through(desk, "decode", *stored) == given


async def test_what_the_worker_encrypted_is_decoded_whatever_its_key(desk: Desk) -> None:
    given = payload('"with the old key"')
    (stored,) = await through_ring(desk, given, OLD)
    assert await through(desk, "decode", stored, given) == [given, given]


async def through_ring(desk: Desk, given: Json, *keys: str) -> list[Json]:
    """As a worker with these keys would have written it."""
    other = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app_with(desk, *keys)), base_url="http://other")
    async with other:
        headers = {"Authorization": f"Bearer {desk.staff['admin'].token}"}
        answer = await other.post("/codec/encode", json={"payloads": [given]}, headers=headers)
    stored: list[Json] = answer.json()["payloads"]
    return stored


async def test_a_payload_of_an_unknown_key_is_told(desk: Desk) -> None:
    (stored,) = await through_ring(desk, payload("1"), OTHER)
    answer = await desk.post("admin", "/codec/decode", {"payloads": [stored]})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_decodable")
    assert "'other'; the keys here are: new, old" in answer.json()["detail"]


async def test_without_keys_everything_stays_as_it_is(desk: Desk) -> None:
    assert await through_ring(desk, payload("1")) == [payload("1")]


@pytest.mark.parametrize(
    "body",
    [
        {"payloads": [{"data": "not base64!"}]},
        {"payloads": [{"data": "abcde"}]},
        {"payloads": [{"metadata": {"encoding": "?"}}]},
        {"payloads": [{"metadata": ["encoding"]}]},
        {"payloads": [{"externalPayloads": 1}]},
        {"payloads": [7]},
        {"payloads": "all of them"},
        [],
    ],
)
async def test_what_is_no_payload_is_refused(desk: Desk, body: object) -> None:
    for way in ("encode", "decode"):
        assert (await desk.post("admin", f"/codec/{way}", body)).status_code == 422


async def test_what_a_newer_temporal_adds_does_not_disturb(desk: Desk) -> None:
    assert await through(desk, "encode", payload("1") | {"newField": {"a": 1}})


@pytest.mark.parametrize("way", ["encode", "decode"])
async def test_only_an_admin_may_ask(desk: Desk, way: str) -> None:
    answers = {who: (await desk.post(who, f"/codec/{way}", {"payloads": []})).status_code for who in desk.staff}
    assert answers.pop("admin") == 200
    assert set(answers.values()) == {403}
    assert (await desk.ask(None, "POST", f"/codec/{way}", {"payloads": []})).status_code == 401


async def test_a_body_over_the_limit_is_refused_in_a_way_the_ui_can_read(desk: Desk) -> None:
    headers = {"Authorization": f"Bearer {desk.staff['admin'].token}", "Origin": UI}
    answer = await desk.client.post("/codec/decode", json={"payloads": [payload("x" * 5000)]}, headers=headers)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (413, UI)


async def preflight(desk: Desk, path: str, origin: str) -> httpx2.Response:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,x-namespace"}
    return await desk.client.options(path, headers={"Origin": origin, **asked})


async def test_the_pages_of_the_ui_may_ask_with_their_headers(desk: Desk) -> None:
    answer = await preflight(desk, "/codec/decode", UI)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, UI)
    assert "POST" in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert [name for name in ("authorization", "content-type", "x-namespace") if name not in allowed] == []
    assert "access-control-allow-credentials" not in answer.headers


async def test_pages_from_elsewhere_may_not(desk: Desk) -> None:
    answer = await preflight(desk, "/codec/decode", "https://elsewhere.example.com")
    assert answer.status_code == 400
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/cases", "/me", "/codecs", "/"])
async def test_the_pages_of_the_ui_may_ask_for_nothing_else(desk: Desk, path: str) -> None:
    assert "access-control-allow-origin" not in (await preflight(desk, path, UI)).headers
    answer = await desk.client.get(path, headers={"Origin": UI})
    assert "access-control-allow-origin" not in answer.headers


def test_temporals_own_command_line_reads_a_case_through_it(engine: Engine, dev_server: TemporalServer) -> None:
    desk = desk_over(engine, asyncio.run(nowhere()))
    desk.app = app_with(desk, NEW)
    told = desk.respond()

    async def begin() -> None:
        client = await connect(settings_with(NEW, temporal_address=dev_server.address))
        await client.start_workflow(CloseTheLoop.run, told, id=f"case-{told.case}", task_queue=str(told.case))

    asyncio.run(begin())
    show = (str(Path(sysconfig.get_path("scripts")) / "temporal"), "workflow", "show", "--output", "json")
    which = ("--address", dev_server.address, "--workflow-id", f"case-{told.case}")
    with serving(desk) as site:
        through = ("--codec-endpoint", f"{site.address}/codec", "--codec-auth", f"Bearer {desk.staff['admin'].token}")
        assert str(told.customer) in _opening_shown(*show, *which, *through)
    assert str(told.customer) not in _opening_shown(*show, *which)


def _opening_shown(*command: str) -> str:
    """The bytes of the case's input, as far as the command line could read them."""
    shown = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    (payload,) = shown["events"][0]["workflowExecutionStartedEventAttributes"]["input"]["payloads"]
    return base64.b64decode(payload["data"]).decode(errors="replace")
