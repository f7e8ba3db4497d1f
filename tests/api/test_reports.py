"""GET /reports/loop: who may ask, for what, and in which form the answer comes."""

import csv
from collections.abc import AsyncIterator
from datetime import datetime
from io import StringIO

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import Engine
from sqlmodel import Session

from api.auth import digest, new_token
from api.deps import Parts
from api.problems import MEDIA_TYPE, install
from api.reports import router
from db.tables import ApiToken, Staff
from domain.policies import policies_from
from domain.words import Role
from settings import Settings
from surveys.mapping import Forms
from temporal_client import connect_lazily
from tests.db.loop_report_24 import CASES, NOW, Told, store
from tests.db.reckoned_24 import REPORT

FEBRUARY = {"from": "2018-02-01T00:00:00Z", "to": "2018-03-01T00:00:00Z"}
PATH = "/reports/loop"


@pytest.fixture
async def app(engine: Engine) -> FastAPI:
    """An app of this one router; it is noon of the last of February."""
    app = FastAPI()
    install(app)
    app.include_router(router)
    settings = Settings(_env_file=None)
    policies = policies_from(None, development=True)
    temporal = await connect_lazily(settings)
    app.state.parts = Parts(
        settings=settings, engine=engine, temporal=temporal, policies=policies, forms=Forms(), clock=lambda: NOW
    )
    return app


@pytest.fixture
async def manager(app: FastAPI, engine: Engine) -> AsyncIterator[AsyncClient]:
    """A manager's client."""
    async with client(app, token_of(engine, Role.MANAGER)) as http:
        yield http


def token_of(engine: Engine, role: Role) -> str:
    token, person = new_token(), Staff(name="Anna", role=role)
    with Session(engine) as session, session.begin():
        session.add(person)
        session.flush()
        session.add(ApiToken(token_hash=digest(token), staff_id=person.id))
    return token


def client(app: FastAPI, token: str) -> AsyncClient:
    headers = {"Authorization": f"Bearer {token}"}
    return AsyncClient(transport=ASGITransport(app=app), base_url="http://test", headers=headers)


def told(engine: Engine, *cases: Told) -> None:
    with Session(engine) as session, session.begin():
        store(session, *cases)


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def listed(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else names


async def test_a_manager_gets_the_report_of_a_period(manager: AsyncClient, engine: Engine) -> None:
    told(engine, *CASES)
    answer = await manager.get(PATH, params=FEBRUARY)
    assert answer.status_code == 200
    report = answer.json()
    assert (report["from"], report["to"], report["as_of"]) == (FEBRUARY["from"], FEBRUARY["to"], "2018-02-28T12:00:00Z")
    assert report["total"]["promise"]["kept"]["count"] == 12
    assert report["total"]["times"] == REPORT["times"]
    assert report["groups"] == []


async def test_without_a_period_it_is_the_last_30_days(manager: AsyncClient) -> None:
    report = (await manager.get(PATH)).json()
    assert (report["from"], report["to"]) == ("2018-01-29T12:00:00Z", "2018-02-28T12:00:00Z")


async def test_groups_come_beside_the_total(manager: AsyncClient, engine: Engine) -> None:
    told(engine, *CASES)
    report = (await manager.get(PATH, params={**FEBRUARY, "by": "week"})).json()
    assert report["zone"] == "Europe/Moscow"
    found = {group["group"]: group["loop"]["cases"] for group in report["groups"]}
    assert found == {"2018-W05": 4, "2018-W06": 8, "2018-W07": 8, "2018-W09": 4}


@pytest.mark.parametrize(
    ("asked", "cases"),
    [
        ({"product": "antivirus"}, 25),
        ({"product": ["mobile", "antivirus"]}, 26),
        ({"product": "mobile", "source": "typeform"}, 0),
        ({"source": ["generic", "typeform"]}, 26),
        ({"product": "unheard of"}, 0),
        ({"product": ""}, 0),
    ],
)
async def test_some_products_or_sources_may_be_asked_for(
    manager: AsyncClient, engine: Engine, asked: dict[str, str | list[str]], cases: int
) -> None:
    told(engine, *CASES, Told("02-03 07:00", product="mobile", source="generic"), Told("02-03 07:00"))
    report = (await manager.get(PATH, params={**FEBRUARY, **asked})).json()
    assert report["total"]["cases"] == cases
    assert [report["products"], report["sources"]] == [listed(asked.get(name, [])) for name in ("product", "source")]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.MANAGER])
async def test_nobody_else_may_ask(app: FastAPI, engine: Engine, role: Role) -> None:
    async with client(app, token_of(engine, role)) as http:
        assert (await http.get(PATH)).status_code == 403


async def test_without_a_token_nothing_is_told(app: FastAPI) -> None:
    async with client(app, "ctl_unknown") as http:
        assert (await http.get(PATH)).status_code == 401


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2018-03-01T00:00:00Z", "to": "2018-03-01T00:00:00Z"},
        {"from": "2018-03-01T00:00:00Z"},
        {"from": "2015-01-01T00:00:00Z", "to": "2018-02-01T00:00:00Z"},
        {"from": "2018-02-01T00:00:00"},
        {"to": "2018-02-01"},
        {"to": "0001-01-02T00:00:00Z"},
        {"by": "person"},
        {"format": "pdf"},
        {"product": "a\0b"},
        {"source": "x" * 201},
    ],
)
async def test_what_cannot_be_reported_is_refused_with_a_reason(manager: AsyncClient, query: dict[str, str]) -> None:
    answer = await manager.get(PATH, params=query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json()["detail"]


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"])
async def test_the_ends_of_the_calendar_do_no_harm(manager: AsyncClient, end: str) -> None:
    year = end[:4]
    query = f"from={end}&to={year}-01-02T00:00:00Z" if year == "0001" else f"from={year}-12-01T00:00:00Z&to={end}"
    assert (await manager.get(f"{PATH}?{query}")).status_code == 200


@pytest.mark.parametrize(
    ("query", "accept", "is_table"),
    [
        ({}, "application/json", False),
        ({}, "text/csv", True),
        ({}, "*/*", False),
        ({"format": "csv"}, "*/*", True),
        ({"format": "json"}, "text/csv", False),
    ],
)
async def test_the_form_is_asked_for(manager: AsyncClient, query: dict[str, str], accept: str, is_table: bool) -> None:
    answer = await manager.get(PATH, params=query, headers={"Accept": accept})
    kind = answer.headers["content-type"]
    assert kind == ("text/csv; charset=utf-8" if is_table else "application/json")
    assert answer.headers["vary"] == "Accept"


async def test_the_table_has_a_row_for_all_and_one_for_each_group(manager: AsyncClient, engine: Engine) -> None:
    told(engine, *CASES)
    answer = await manager.get(PATH, params={**FEBRUARY, "by": "cause", "format": "csv"})
    assert answer.headers["content-disposition"] == 'attachment; filename="loop-2018-02-01-2018-03-01.csv"'
    rows = table(answer.text)
    names = ["", "activation", "licence", "network_setup", "not_ours", "slow_computer", ""]
    assert [row["group"] for row in rows] == names
    assert [row["row"] for row in rows] == ["total", *["group"] * 6]
    total = {name: rows[0][name] for name in EXPECTED}
    assert total == EXPECTED
    assert (rows[1]["cause_activation"], rows[1]["cause_licence"]) == ("5", "0")
    assert rows[4]["times_closed_p50_seconds_low"] == ""


EXPECTED = {
    "cases": "24",
    "promise_kept_n": "17",
    "promise_kept_count": "12",
    "promise_kept_share": "0.7059",
    "promise_kept_low": "0.4687",
    "promise_kept_high": "0.8672",
    "promise_kept_by_log": "2",
    "promise_reached_within_the_hour_share": "0.5625",
    "times_first_attempt_p50_seconds": "2100",
    "times_first_attempt_p50_seconds_low": "900",
    "times_first_attempt_p50_seconds_high": "12000",
    "times_first_attempt_p90_seconds_low": "",
    "first_contact_resolution_count": "8",
    "goal_met_n": "18",
    "survey_tnps_score": "-10.0",
    "survey_tnps_low": "-51.4486",
    "survey_solved_high": "0.8922",
    "outcomes_withdrawn": "2",
    "withdrawn_by_staff": "1",
    "cause_activation": "5",
}


@pytest.mark.parametrize("name", ["=1+1", "+7", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
async def test_a_product_is_no_formula(manager: AsyncClient, engine: Engine, name: str) -> None:
    told(engine, Told("02-01 07:00", product=name))
    answer = await manager.get(PATH, params={**FEBRUARY, "by": "product", "format": "csv"})
    [row] = list(csv.reader(StringIO(answer.text, newline="")))[1:][1:]
    assert row[1] == f"'{name}"


async def test_a_product_keeps_its_name_whatever_its_letters(manager: AsyncClient, engine: Engine) -> None:
    told(engine, Told("02-01 07:00", product='Антивирус "Щит", 3 ПК'))
    answer = await manager.get(PATH, params={**FEBRUARY, "by": "product", "format": "csv"})
    assert table(answer.content.decode())[1]["group"] == 'Антивирус "Щит", 3 ПК'


def test_the_contract_says_how_each_number_is_defined(app: FastAPI) -> None:
    schema = app.openapi()
    parts = schema["components"]["schemas"]
    for part in ("Promises", "Steps", "Goals", "Survey"):
        assert all("description" in field for field in parts[part]["properties"].values()), part
    content = schema["paths"][PATH]["get"]["responses"]["200"]["content"]
    assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/LoopReport"}
    assert set(content) == {"application/json", "text/csv"}
    assert set(content["application/json"]["example"]) == set(parts["LoopReport"]["properties"])
    assert datetime.fromisoformat(content["application/json"]["example"]["as_of"])
