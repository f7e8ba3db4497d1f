"""After an erasure the same delivery stores nothing; the same person may come back as a new one."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

import pytest
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine
from sqlmodel import Session, col

from db.columns import now
from db.erasure import ask_for, finish
from db.tables import Customer, Inbox, Licence, Response
from settings import Settings
from surveys.reading import Json
from temporal_client import connect_lazily
from tests.api.webhook_app import Webhooks, generic, nothing_stored, version, webhooks
from tests.erasure.marked import MARKER, asking, dump, erase, row, rows, traces_in

WHO: Json = {"id": f"{MARKER}-ref", "name": MARKER, "invited_email": "zanzibar@example.com"}
FIRST = generic(response_id=f"{MARKER}-1", customer=WHO)


@pytest.fixture
async def hooks(engine: Engine) -> Webhooks:
    return webhooks(engine, await connect_lazily(Settings(_env_file=None)))


@pytest.fixture
async def erased(hooks: Webhooks) -> UUID:
    """The response of a person who answered once, and was erased."""
    answer = await hooks.generic(FIRST)
    await run_in_threadpool(erase, hooks.engine, row(hooks.engine, Customer).id)
    return UUID(answer.json()["id"])


@pytest.mark.parametrize(
    "again",
    [FIRST, {**FIRST, "submitted_at": version(50), "comment": MARKER}, {**FIRST, "contact": {"requested": False}}],
    ids=["the same", "amended", "withdrawn"],
)
async def test_a_redelivery_stores_nothing_and_is_answered_as_a_repeat(
    hooks: Webhooks, erased: UUID, again: dict[str, Json], database_url: str
) -> None:
    with nothing_stored(hooks):
        answer = await hooks.generic(again)
    assert (answer.status_code, answer.json()) == (200, {"id": str(erased)})
    assert traces_in(dump(database_url)) == []


async def test_a_new_response_of_the_same_person_is_a_new_person(hooks: Webhooks, erased: UUID) -> None:
    answer = await hooks.generic({**FIRST, "response_id": f"{MARKER}-2"})
    assert answer.status_code == 202
    [person] = rows(hooks.engine, Customer, col(Customer.erased_at).is_(None))
    new = row(hooks.engine, Response, col(Response.erased_at).is_(None))
    assert (person.external_id, new.customer_id) == (f"{MARKER}-ref", person.id)
    assert erased != new.id
    assert [one.case_id for one in rows(hooks.engine, Inbox, col(Inbox.kind) == "contact_request")] == [new.id]


async def test_who_came_back_may_be_erased_again(hooks: Webhooks, erased: UUID, database_url: str) -> None:
    again = {**FIRST, "response_id": f"{MARKER}-2"}
    await hooks.generic(again)
    [person] = rows(hooks.engine, Customer, col(Customer.erased_at).is_(None))
    await run_in_threadpool(erase, hooks.engine, person.id)
    assert traces_in(dump(database_url)) == []
    for delivery in (FIRST, again):
        assert (await hooks.generic(delivery)).status_code == 200
    assert not (await hooks.shop(_customer(9))).json()["applied"]


@pytest.mark.parametrize("news", ["customer", "licence"])
@pytest.mark.usefixtures("erased")
async def test_the_shops_news_of_who_was_erased_are_passed_over(hooks: Webhooks, news: str, database_url: str) -> None:
    with nothing_stored(hooks):
        answer = await hooks.shop(_customer(9) if news == "customer" else _licence(9))
    assert (answer.status_code, answer.json()["applied"]) == (200, False)
    assert traces_in(dump(database_url)) == []


@pytest.mark.usefixtures("erased")
async def test_the_shops_news_count_again_once_the_person_is_back(hooks: Webhooks) -> None:
    await hooks.generic({**FIRST, "response_id": f"{MARKER}-2"})
    assert (await hooks.shop(_licence(9))).json()["applied"]
    assert row(hooks.engine, Licence).product == "home"


async def test_a_delivery_that_meets_an_erasure_under_way_stores_nothing_of_the_person(
    hooks: Webhooks, database_url: str
) -> None:
    """It waits for whichever lock it meets, the response's or the customer's, and finds the tombstone behind it."""
    await hooks.generic(FIRST)
    with under_way(hooks) as asked:
        repeat = await hooks.generic({**FIRST, "submitted_at": version(50), "comment": "late"})
        news = await hooks.shop(_customer(9))
    assert (repeat.status_code, news.json()["applied"]) == (200, False)
    with Session(hooks.engine) as session, session.begin():
        finish(session, asked.result(), at=now())
    assert traces_in(dump(database_url)) == []
    assert len(rows(hooks.engine, Customer)) == 1


async def test_a_new_response_that_meets_an_erasure_under_way_is_a_new_persons(hooks: Webhooks) -> None:
    await hooks.generic(FIRST)
    with under_way(hooks):
        answer = await hooks.generic({**FIRST, "response_id": f"{MARKER}-2"})
    [person] = rows(hooks.engine, Customer, col(Customer.erased_at).is_(None))
    assert answer.status_code == 202
    assert row(hooks.engine, Response, col(Response.erased_at).is_(None)).customer_id == person.id


@contextmanager
def under_way(hooks: Webhooks) -> Iterator["Future[UUID]"]:
    """An erasure whose transaction is committed only while the block is waiting for it."""
    person, asked, go_on = row(hooks.engine, Customer).id, threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as other:
        erasing = other.submit(_hold, hooks.engine, person, asked, go_on)
        assert asked.wait(10)
        threading.Timer(0.3, go_on.set).start()
        yield erasing
        erasing.result(10)


def _hold(engine: Engine, person: UUID, asked: threading.Event, go_on: threading.Event) -> UUID:
    with Session(engine) as session, session.begin():
        erasure = ask_for(session, person, asking())
        assert erasure is not None
        asked.set()
        go_on.wait(4)
        return erasure.erasure.id


def _customer(at: int) -> Json:
    return {"event": "customer.updated", "version": at, "customer": {"id": f"{MARKER}-ref", "name": MARKER}}


def _licence(at: int) -> dict[str, Json]:
    told: Json = {"key_id": f"{MARKER}-key", "product": "home", "segment": "full", "seats": 1}
    return {"event": "licence.updated", "version": at, "customer_id": f"{MARKER}-ref", "licence": told}
