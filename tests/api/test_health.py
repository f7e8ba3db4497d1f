"""What the operator sees: alive, ready or why not, and numbers without ids."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, update
from temporalio.client import Client

from api.app import create_app
from db import inbox
from db.casework import Attempt, Case
from db.columns import new_id, now
from db.engine import engine_for
from db.intake import Inbox
from db.outreach import Alert, Message
from tests.api.staff_desk import Desk, desk_over, nowhere, parts_over


def put_request(desk: Desk, *, age: timedelta = timedelta(0)) -> None:
    with Session(desk.engine) as session, session.begin():
        inbox.put(session, kind="contact_request", key=str(new_id()), case_id=new_id(), body=None, urgent_at=now())
        session.execute(update(Inbox).values(received_at=now() - age))


async def test_it_is_ready_when_everything_answers(live: Desk) -> None:
    answer = await live.client.get("/readyz")
    assert (answer.status_code, answer.json()["failing"]) == (200, [])


async def test_an_old_inbox_and_an_absent_temporal_are_named(desk: Desk) -> None:
    put_request(desk, age=timedelta(minutes=3))
    answer = await desk.client.get("/readyz")
    assert (answer.status_code, answer.json()["failing"]) == (503, ["inbox", "temporal"])
    assert answer.json()["inbox_waiting"] == 1
    assert 180 <= answer.json()["inbox_oldest_seconds"] < 240


async def test_a_young_inbox_is_no_reason(live: Desk) -> None:
    put_request(live, age=timedelta(minutes=1))
    assert (await live.client.get("/readyz")).status_code == 200


async def test_an_absent_database_is_named_and_answered_with_503(dev_client: Client) -> None:
    engine = engine_for("postgresql+psycopg://nobody@/nothing?host=/nonexistent")
    app = create_app(parts_over(engine, dev_client))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
        ready, alive = await client.get("/readyz"), await client.get("/healthz")
        mine = await client.get("/me", headers={"Authorization": "Bearer ctl_x"})
    assert (ready.status_code, ready.json()["failing"]) == (503, ["database"])
    assert alive.json() == {"status": "ok"}
    assert (mine.status_code, mine.json()["code"]) == (503, "database_unavailable")


async def numbers_of(desk: Desk) -> dict[str, float]:
    """What Prometheus is told; numbers of the process itself left out."""
    lines = (line.rsplit(" ", 1) for line in (await desk.client.get("/metrics")).text.splitlines() if line[0] != "#")
    return {name: float(value) for name, value in lines if not name.startswith(("process_", "closeloop_http"))}


async def test_metrics_count_without_naming_anybody(desk: Desk) -> None:
    case = desk.open(requested=now() - timedelta(hours=2))
    put_request(desk)
    desk.store(Alert(key="a", case_id=case, kind="promise_broken", due=now(), raised_at=now()))
    desk.store(Alert(key="b", case_id=case, kind="fact_stuck", due=now(), raised_at=now()))
    numbers = await numbers_of(desk)
    assert numbers.pop("closeloop_inbox_oldest_age_seconds") < 60
    assert {name: value for name, value in numbers.items() if value} == {
        "closeloop_inbox_waiting": 1,
        "closeloop_alerts_unacknowledged": 2,
        "closeloop_facts_stuck": 1,
        "closeloop_cases_overdue": 1,
        "closeloop_cases_alive": 1,
        "closeloop_promises_undecided": 1,
        'closeloop_cases_open{stage="awaiting_callback"}': 1,
        'closeloop_promises_last_day{promise="open"}': 1,
    }
    assert numbers['closeloop_cases_open{stage="in_progress"}'] == 0, "a number that is 0 is there too"
    assert "closeloop_workflows_running" not in numbers, "an absent Temporal runs an unknown number of cases"


async def test_metrics_tell_promises_that_need_somebody(live: Desk) -> None:
    at = now()
    undecided, talking, broken = (live.open(requested=at - timedelta(hours=2)) for _ in range(3))
    live.open(requested=at - timedelta(minutes=50))
    with Session(live.engine) as session, session.begin():
        row = session.get_one(Case, broken)
        row.promise_broken_at = row.promise_due
        session.add(_answered(live, talking, at - timedelta(hours=1, minutes=1)))
    numbers = await numbers_of(live)
    assert undecided
    assert numbers["closeloop_promises_due_soon"] == 1
    assert numbers["closeloop_promises_undecided"] == 1, "while they talk it is decided when the call ends"
    assert numbers["closeloop_promises_broken_waiting"] == 1
    assert numbers["closeloop_temporal_up"] == 1
    assert numbers["closeloop_workflows_running"] >= 0


async def test_metrics_tell_messages_that_nobody_settled(desk: Desk) -> None:
    for age, state in ((20, "posted"), (20, "delivered"), (1, "posted"), (20, "queued")):
        created = now() - timedelta(minutes=age)
        desk.store(Message(key=f"{age}{state}", template="x", channel="mail", state=state, created_at=created))
    numbers = await numbers_of(desk)
    unsettled = {name.split('"')[1]: value for name, value in numbers.items() if "messages_unsettled" in name}
    assert unsettled == {"posted": 1, "queued": 1, "unknown": 0}


async def test_requests_are_measured_by_template_and_known_method(desk: Desk) -> None:
    await desk.client.request("WONDER", "/s/secret-token")
    await desk.client.get("/s/secret-token")
    text = (await desk.client.get("/metrics")).text
    measured = [line for line in text.splitlines() if line.startswith("closeloop_http_request_seconds_count")]
    assert any('method="GET",route="/s/{token}"' in line for line in measured)
    assert "WONDER" not in text
    assert "secret-token" not in text


def _answered(desk: Desk, case: UUID, at: datetime) -> Attempt:
    return Attempt(id=new_id(), case_id=case, by=desk.staff["specialist"].id, started_at=at, answered_at=at)


async def test_the_log_holds_the_routes_template_and_no_address(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        case = desk.open()
        await desk.get("lead", f"/cases/{case}/timeline?language=en")
        await desk.client.get("/s/secret-token")
        await desk.client.get("/nowhere/secret-token")
    written = [record.getMessage() for record in caplog.records if record.name == "api.access"]
    assert written[0].startswith("GET /cases/{case_id}/timeline 200 ")
    assert written[1].startswith("GET /s/{token} ")
    assert written[2].startswith("GET (no route) 404 ")
    assert "secret-token" not in " ".join(written)


async def test_an_answer_carries_the_headers_that_keep_browsers_safe(engine: Engine) -> None:
    desk = desk_over(engine, await nowhere())
    async with desk.client:
        answer = await desk.get("lead", "/cases")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
