"""Outgoing webhooks arrive: signed, at least once, tried for 24 hours, whoever is killed."""

import asyncio
import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session
from standardwebhooks.webhooks import WebhookVerificationError

from db import outgoing_queue as queue
from db.outgoing import WebhookDelivery
from ops.deliverer import FIRST_WAIT, LONGEST_WAIT, wait_after
from tests.activities.scene import Scene
from tests.http_receiver import Answer, Receiver
from tests.ops import hooks
from tests.ops.hooks import (
    QUICK,
    alerts_open,
    deliverer,
    deliveries,
    delivery,
    endpoint,
    endpoint_at,
    verified,
    wait_of,
)
from tests.ops.relay_rows import until

KEY = "2026-11:" + "A" * 43 + "="
OPENED = ["case.opened", "alert.new_case"]


async def test_an_endpoint_is_told_of_a_case_signed(engine: Engine) -> None:
    with Receiver() as server:
        endpoint_at(engine, server.url)
        scene = Scene(engine)
        async with deliverer(engine) as working:
            assert await working.once() == 2
        assert hooks.types_of(server.taken) == OPENED
        told = verified(server.taken[0])
    step = told["data"]
    assert isinstance(step, dict)
    assert set(told) == {"type", "timestamp", "data"}
    assert set(step) == {"case_id", "seq", "kind", "detail", "ref", "due", "stage"}
    assert (step["case_id"], step["kind"], step["stage"]) == (str(scene.id), "opened", "awaiting_callback")
    assert server.taken[0].headers["webhook-id"] == str(deliveries(engine)[0].id)
    assert [(row.state, row.last_status, row.attempts) for row in deliveries(engine)] == [("delivered", 204, 1)] * 2
    with pytest.raises(WebhookVerificationError):
        verified(type(server.taken[0])("/", server.taken[0].headers, server.taken[0].body + b" "))


async def test_nothing_personal_leaves(engine: Engine) -> None:
    with Receiver() as server:
        endpoint_at(engine, server.url)
        scene = Scene(engine)
        scene.withdraw()
        async with deliverer(engine) as working:
            await working.once()
        said = b"".join(taken.body for taken in server.taken).decode()
    assert "case.withdrawn" in said
    for personal in (scene.phone, scene.email, "Anna"):
        assert personal not in said


async def test_an_endpoint_is_told_only_what_it_wants_and_only_from_its_beginning(engine: Engine) -> None:
    Scene(engine)
    with Receiver() as server:
        endpoint_at(engine, server.url, "case.withdrawn", "alert.new_case")
        Scene(engine).withdraw()
        async with deliverer(engine) as working:
            assert await working.once() == 2
            assert await working.once() == 0
        assert hooks.types_of(server.taken) == ["alert.new_case", "case.withdrawn"]


async def test_after_500_it_is_tried_again_later_and_later_under_the_same_id(engine: Engine) -> None:
    with Receiver(Answer(500), Answer(500)) as server:
        endpoint_at(engine, server.url, "case.opened")
        Scene(engine)
        async with deliverer(engine) as working:
            for expected in (FIRST_WAIT, FIRST_WAIT * 2):
                assert await working.once() == 1
                row, wait = delivery(engine), wait_of(engine)
                assert (row.state, row.last_status) == ("waiting", 500)
                assert expected * 0.7 < wait < expected * 1.2
                assert endpoint(engine).failing_since
                assert await working.once() == 0
                hooks.pass_time(engine, wait)
            assert await working.once() == 1
        assert len({taken.headers["webhook-id"] for taken in server.taken}) == 1
        assert [verified(taken)["type"] for taken in server.taken] == ["case.opened"] * 3
    row = delivery(engine)
    assert (row.state, row.last_status, row.attempts, row.error) == ("delivered", 204, 3, None)
    assert endpoint(engine).failing_since is None


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (Answer(302, {"location": "/elsewhere"}), 302, None),
        (Answer(404), 404, None),
        (Answer(429, {"retry-after": "600"}), 429, None),
        (Answer(drop=True), None, "RemoteProtocolError"),
        (Answer(hang=True), None, "timeout"),
    ],
    ids=["redirect", "404", "429", "drop", "hang"],
)
async def test_whatever_is_no_success_is_tried_again(
    engine: Engine, answer: Answer, status: int | None, error: str | None
) -> None:
    with Receiver(answer) as server:
        endpoint_at(engine, server.url, "case.opened")
        Scene(engine)
        async with deliverer(engine, timeout=QUICK) as working:
            await working.once()
        assert [taken.path for taken in server.taken] == ["/hook"]
    row = delivery(engine)
    assert (row.state, row.last_status, row.error) == ("waiting", status, error)
    if answer.headers.get("retry-after"):
        assert wait_of(engine) > timedelta(seconds=590)


async def test_an_endpoint_that_is_down_is_tried_again(engine: Engine) -> None:
    with Receiver() as server:
        pass
    endpoint_at(engine, server.url, "case.opened")
    Scene(engine)
    async with deliverer(engine) as working:
        await working.once()
    assert (delivery(engine).state, delivery(engine).error) == ("waiting", "ConnectError")


async def test_after_24_hours_it_is_given_up_and_people_are_told(engine: Engine) -> None:
    with Receiver(Answer(500), Answer(500)) as server:
        endpoint_at(engine, server.url, "case.opened")
        Scene(engine)
        async with deliverer(engine) as working:
            await working.once()
            hooks.pass_time(engine, timedelta(hours=23, minutes=59, seconds=58))
            await working.once()
            assert (delivery(engine).state, alerts_open(engine)) == ("waiting", 0)
            assert wait_of(engine) <= timedelta(seconds=2), "the last try comes when the time is up"
            server.script.append(Answer(500))
            hooks.pass_time(engine, timedelta(seconds=2))
            await working.once()
            assert (delivery(engine).state, alerts_open(engine)) == ("failed", 1)
            assert await working.once() == 0
            with Session(engine) as session, session.begin():
                queue.again(session, session.get_one(WebhookDelivery, delivery(engine).id))
            assert await working.once() == 1
        assert len({taken.headers["webhook-id"] for taken in server.taken}) == 1
    assert (delivery(engine).state, alerts_open(engine)) == ("delivered", 0)


def test_waits_grow_up_to_two_hours_and_differ() -> None:
    for attempts in range(1, 40):
        middle = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
        assert middle * 0.8 <= wait_after(attempts) <= middle * 1.2
    assert len({wait_after(9) for _ in range(5)}) > 1


async def test_410_ends_it_until_an_admin_says_otherwise(engine: Engine) -> None:
    with Receiver(Answer(410)) as server:
        endpoint_at(engine, server.url, "case.*")
        Scene(engine)
        async with deliverer(engine) as working:
            await working.once()
            Scene(engine)
            assert await working.once() == 0
        assert len(server.taken) == 1
    assert (endpoint(engine).active, endpoint(engine).deactivated_because) == (False, "gone")
    assert (delivery(engine).state, alerts_open(engine)) == ("failed", 1)


DYING = """
import asyncio, sys
from channels.alerts.webhooks import WebhookSender
from db.engine import engine_for
from ops.deliverer import Deliverer
from payload_keys import KeyRing

async def main():
    async with WebhookSender(development=True) as sender:
        await Deliverer(engine_for(sys.argv[1]), sender, KeyRing.read([])).once()

asyncio.run(main())
"""


async def test_killed_between_post_and_row_it_is_told_again_under_the_same_id(
    engine: Engine, database_url: str
) -> None:
    children: list[subprocess.Popen[bytes]] = []
    killing = Answer(before=lambda: os.kill(children[0].pid, signal.SIGKILL))
    with Receiver(killing) as server:
        endpoint_at(engine, server.url, "case.opened")
        Scene(engine)
        children.append(subprocess.Popen([sys.executable, "-c", DYING, database_url]))
        assert await asyncio.to_thread(children[0].wait, 30) == -signal.SIGKILL
        async with deliverer(engine) as working:
            assert await working.once() == 0, "its lease is not over"
            hooks.pass_time(engine, timedelta(seconds=30))
            assert await working.once() == 1
        first, second = server.taken
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert verified(first) == verified(second)
    assert (delivery(engine).state, delivery(engine).attempts) == ("delivered", 2)


async def test_two_relays_tell_everything_once(engine: Engine) -> None:
    with Receiver() as one_server, Receiver() as other_server:
        for server in (one_server, other_server):
            endpoint_at(engine, server.url)
        stop = asyncio.Event()
        async with deliverer(engine) as one, deliverer(engine) as other:
            running = [asyncio.create_task(each.run(stop)) for each in (one, other)]
            for _ in range(8):
                await asyncio.to_thread(lambda: Scene(engine).withdraw())
            await until(lambda: len(other_server.taken) >= 24 <= len(one_server.taken))
            await until(lambda: [row.state for row in deliveries(engine)] == ["delivered"] * 48)
            stop.set()
            await asyncio.gather(*running)
        for server in (one_server, other_server):
            ids = [taken.headers["webhook-id"] for taken in server.taken]
            assert len(ids) == len(set(ids)) == 24
    assert len(deliveries(engine)) == 48


async def test_an_endpoint_that_hangs_holds_up_nobody(engine: Engine) -> None:
    with Receiver(otherwise=Answer(hang=True)) as hanging, Receiver() as server:
        endpoint_at(engine, hanging.url)
        endpoint_at(engine, server.url)
        stop = asyncio.Event()
        async with deliverer(engine) as working:
            running = asyncio.create_task(working.run(stop))
            await asyncio.to_thread(lambda: Scene(engine).withdraw())
            await until(lambda: len(hanging.taken) == 1 and len(server.taken) == 3)
            await asyncio.to_thread(lambda: Scene(engine).withdraw())
            await until(lambda: len(server.taken) == 6)
            assert len(hanging.taken) == 1
            stop.set()
            await running


async def test_where_nothing_arrives_one_event_at_a_time_is_tried(engine: Engine) -> None:
    with Receiver(otherwise=Answer(500)) as server:
        endpoint_at(engine, server.url)
        for _ in range(3):
            Scene(engine)
        async with deliverer(engine) as working:
            assert await working.once() == 4
            assert await working.once() == 1
        assert len(server.taken) == 5
