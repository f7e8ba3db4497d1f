"""What our outgoing webhooks keep: sealed secrets, what was fed, what is swept."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import Engine
from sqlmodel import Session

from db.columns import now
from db.outgoing_feed import feed
from db.retention import sweep
from payload_keys import KeyRing
from tests.activities.scene import Scene
from tests.http_receiver import Answer, Receiver
from tests.ops import hooks
from tests.ops.hooks import (
    deliverer,
    deliveries,
    delivery,
    endpoint,
    endpoint_at,
    verified,
    wait_of,
)

KEY = "2026-11:" + "A" * 43 + "="
OPENED = ["case.opened", "alert.new_case"]


async def test_a_sealed_secret_signs_while_its_key_is_here(engine: Engine) -> None:
    ring = KeyRing.read([KEY])
    with Receiver() as server:
        endpoint_at(engine, server.url, "case.opened", ring=ring)
        assert hooks.SECRET not in endpoint(engine).secret
        Scene(engine)
        async with deliverer(engine) as without_key:
            await without_key.once()
        assert (delivery(engine).error, server.taken) == ("secret_sealed", [])
        hooks.pass_time(engine, wait_of(engine))
        async with deliverer(engine, ring=ring) as working:
            await working.once()
        assert verified(server.taken[0])["type"] == "case.opened"


def test_what_a_rolled_back_feed_wrote_is_fed_again(engine: Engine) -> None:
    endpoint_at(engine, "http://127.0.0.1:9/", "case.*")
    Scene(engine)
    with Session(engine) as session:
        assert feed(session) == 1
    with Session(engine) as session, session.begin():
        assert feed(session) == 1
    with Session(engine) as session, session.begin():
        assert feed(session) == 0


def test_the_step_of_a_newer_version_is_told_by_its_name(engine: Engine) -> None:
    endpoint_at(engine, "http://127.0.0.1:9/", "case.*")
    scene = Scene(engine)
    with engine.begin() as connection:
        columns = "insert into timeline (case_id, seq, event_id, kind, at, detail) values"
        connection.exec_driver_sql(f"{columns} ('{scene.id}', 99, '{uuid4()}', 'teleported', now(), '')")
    with Session(engine) as session, session.begin():
        assert feed(session) == 2
    assert [row.event for row in deliveries(engine)] == ["case.opened", "case.teleported"]


async def test_what_is_long_settled_is_swept_and_what_waits_is_not(engine: Engine) -> None:
    with Receiver(otherwise=Answer(500)) as server:
        endpoint_at(engine, server.url)
        Scene(engine)
        async with deliverer(engine) as working:
            server.script.append(Answer())
            assert await working.once() == 2
    assert sorted(row.state for row in deliveries(engine)) == ["delivered", "waiting"]
    later = now() + timedelta(minutes=1)
    with Session(engine) as session, session.begin():
        assert sweep(session, commands_before=later, inbox_before=later, at=later) == 1
    assert delivery(engine).state == "waiting"
