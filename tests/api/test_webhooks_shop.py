"""The shop's news bring profiles up to date in whatever order they come."""

import asyncio
from itertools import permutations

import pytest
from sqlalchemy import Engine

from db.tables import Customer, Licence, Organisation, Purchase
from settings import Settings
from surveys.reading import Json
from temporal_client import connect_lazily
from tests.api.webhook_app import Webhooks, webhooks


@pytest.fixture
async def hooks(engine: Engine) -> Webhooks:
    return webhooks(engine, await connect_lazily(Settings(_env_file=None)))


def customer(version: int, **told: Json) -> Json:
    return {"event": "customer.updated", "version": version, "customer": {"id": "c-1", **told}}


def licence(version: int, **told: Json) -> dict[str, Json]:
    found: Json = {"key_id": "K-1", "product": "home", "segment": "full", "seats": version, **told}
    return {"event": "licence.updated", "version": version, "customer_id": "c-1", "licence": found}


PURCHASE: dict[str, Json] = {
    "id": "p-1",
    "product": "home",
    "amount": 199000,
    "currency": "RUB",
    "at": "2026-11-02T12:00:00Z",
}


@pytest.mark.parametrize("order", list(permutations((0, 1, 2))))
async def test_the_newest_version_of_a_customer_wins(hooks: Webhooks, order: tuple[int, ...]) -> None:
    answers = [await hooks.shop(customer(n, name=f"name {n}")) for n in order]
    (row,) = hooks.rows(Customer)
    assert (row.external_id, row.version, row.name) == ("c-1", 2, "name 2")
    newest_so_far = [n == max(order[: place + 1]) for place, n in enumerate(order)]
    assert [answer.json()["applied"] for answer in answers] == newest_so_far
    assert [answer.status_code for answer in answers] == [202 if new else 200 for new in newest_so_far]


async def test_what_is_left_out_stays_and_what_is_null_is_cleared(hooks: Webhooks) -> None:
    await hooks.shop(customer(1, name="Anna", city="Perm", zone="Asia/Yekaterinburg", email="ANNA@example.com"))
    await hooks.shop(customer(2, city=None, zone="Mars/Olympus"))
    (row,) = hooks.rows(Customer)
    assert (row.name, row.city, row.zone, row.email) == ("Anna", None, "Asia/Yekaterinburg", "anna@example.com")
    assert row.invited_email is None


async def test_the_number_of_a_contact_request_is_not_overwritten(hooks: Webhooks) -> None:
    await hooks.shop(customer(1, phone="8 916 000-00-01"))
    await hooks.shop(customer(2, phone="8 916 000-00-02"))
    assert [row.phone for row in hooks.rows(Customer)] == ["+79160000001"]


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
async def test_the_newest_version_of_a_licence_wins(hooks: Webhooks, order: tuple[int, ...]) -> None:
    for n in order:
        await hooks.shop(licence(n))
    (row,) = hooks.rows(Licence)
    assert (row.version, row.seats, row.valid_until) == (3, 3, None)


async def test_a_licence_may_come_before_its_customer(hooks: Webhooks) -> None:
    await hooks.shop(licence(1))
    await hooks.shop(customer(0, name="Anna"))
    (owner,) = hooks.rows(Customer)
    assert (owner.name, hooks.rows(Licence)[0].customer_id) == ("Anna", owner.id)


async def test_a_renewal_brings_licence_and_purchase(hooks: Webhooks) -> None:
    renewed = licence(2, valid_until="2027-11-02T21:00:00Z") | {"event": "renewal", "purchase": PURCHASE}
    first, again = await hooks.shop(renewed), await hooks.shop(renewed)
    (paid,) = hooks.rows(Purchase)
    assert (first.status_code, again.status_code) == (202, 200)
    assert (paid.amount_minor, paid.currency, paid.state) == (199000, "RUB", "completed")
    assert hooks.rows(Licence)[0].seats == 2


async def test_a_purchase_left_behind_is_kept_as_such(hooks: Webhooks) -> None:
    left: Json = PURCHASE | {"state": "abandoned"}
    await hooks.shop({"event": "purchase.completed", "version": 1, "customer_id": "c-1", "purchase": left})
    assert [row.state for row in hooks.rows(Purchase)] == ["abandoned"]


async def test_a_business_customer_belongs_to_a_company(hooks: Webhooks) -> None:
    await hooks.shop(customer(1, organisation={"id": "o-1", "name": "Old name"}))
    await hooks.shop(customer(2, organisation={"id": "o-1", "name": "New name"}))
    (company,) = hooks.rows(Organisation)
    assert (company.name, hooks.rows(Customer)[0].organisation_id) == ("New name", company.id)


async def test_many_events_at_once_leave_the_newest(hooks: Webhooks) -> None:
    events = [customer(n, name=f"name {n}") for n in range(10)] + [licence(n) for n in range(1, 11)]
    answers = await asyncio.gather(*(hooks.shop(event) for event in events))
    assert {answer.status_code for answer in answers} <= {200, 202}
    assert [(row.version, row.name) for row in hooks.rows(Customer)] == [(9, "name 9")]
    assert [row.version for row in hooks.rows(Licence)] == [10]
