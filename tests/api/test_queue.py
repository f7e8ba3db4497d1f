"""The queue by urgency, its pages, and the search."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session

from db import inbox
from db.columns import new_id, now
from db.people import Customer
from domain.messages import Claim, LogAttempt, Resolve
from domain.words import AttemptOutcome
from tests.api.staff_desk import Desk

HOUR = timedelta(hours=1)


def ids(cases: list[dict[str, str]]) -> list[UUID]:
    return [UUID(case["id"]) for case in cases]


async def pages(desk: Desk, query: str) -> list[UUID]:
    """The whole queue, page by page."""
    found: list[UUID] = []
    cursor = ""
    while True:
        page = (await desk.get("specialist", f"/cases?{query}{cursor}")).json()
        found += ids(page["cases"])
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def test_the_most_urgent_case_comes_first_on_every_page(desk: Desk) -> None:
    late = [desk.open(requested=now() - timedelta(minutes=minutes)) for minutes in (10, 30, 20)]
    timeless = [desk.open(phone=None, promise=None) for _ in range(3)]
    expected = [late[1], late[2], late[0], *sorted(timeless)]
    assert await pages(desk, "limit=2") == expected
    assert await pages(desk, "limit=100") == expected


async def test_cases_of_one_instant_are_each_listed_once(desk: Desk) -> None:
    at = now()
    opened = [desk.open(requested=at) for _ in range(5)]
    assert await pages(desk, "limit=2") == sorted(opened)


async def test_the_queue_is_narrowed_by_owner_stage_and_instant(desk: Desk) -> None:
    me = desk.staff["specialist"]
    mine = desk.open(Claim(by=me.by), requested=now() - HOUR)
    free = desk.open(requested=now())
    talking = desk.open(
        Claim(by=desk.staff["other"].by),
        LogAttempt(by=desk.staff["other"].by, attempt=uuid4(), outcome=AttemptOutcome.REACHED),
    )
    soon = (now() + timedelta(minutes=5)).isoformat().replace("+", "%2B")
    assert await pages(desk, "owner=me") == [mine]
    assert await pages(desk, f"owner={me.id}") == [mine]
    assert await pages(desk, "owner=none") == [free]
    assert await pages(desk, "stage=in_progress") == [talking]
    assert await pages(desk, f"due_before={soon}") == [mine]


async def test_resolved_cases_are_listed_when_asked_for(desk: Desk) -> None:
    by = desk.staff["specialist"].by
    done = desk.open(
        Claim(by=by),
        LogAttempt(by=by, attempt=uuid4(), outcome=AttemptOutcome.REACHED),
        Resolve(by=by, cause="setup", text=uuid4(), solved=True, one_conversation=True),
    )
    assert await pages(desk, "limit=10") == []
    assert await pages(desk, "stage=resolved&stage=closed") == [done]


async def test_contact_requests_on_their_way_are_counted_beside_the_queue(desk: Desk) -> None:
    told = desk.respond()
    assert told.promise
    with Session(desk.engine) as session, session.begin():
        due = told.promise.due
        inbox.put(session, kind="contact_request", key=str(told.case), case_id=told.case, body=None, urgent_at=due)
    waiting = (await desk.get("specialist", "/cases")).json()["waiting"]
    assert waiting["count"] == 1
    assert waiting["requests"][0]["case_id"] == str(told.case)
    assert waiting["requests"][0]["due"].startswith(due.isoformat()[:19])


@pytest.mark.parametrize(
    "query", ["cursor=nonsense", "cursor=W10", "cursor=WzEsMl0", "limit=101", "limit=0", "owner=you", "stage=open"]
)
async def test_a_question_that_makes_no_sense_is_refused(desk: Desk, query: str) -> None:
    answer = await desk.get("specialist", f"/cases?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_naive_instant_is_refused(desk: Desk) -> None:
    assert (await desk.get("specialist", "/cases?due_before=2027-01-01T10:00:00")).status_code == 422


@pytest.mark.parametrize(
    "terms",
    [
        {"phone": "8 (916) 123-45-67"},
        {"phone": "+7 916 123 45 67", "name": "petr"},
        {"email": "IVAN@example.com"},
        {"name": "ivan p"},
        {"customer_id": "shop-7"},
    ],
)
async def test_a_case_is_found_by_what_its_customer_says(desk: Desk, terms: dict[str, str]) -> None:
    known, stranger = new_id(), new_id()
    desk.store(
        Customer(id=known, name="Ivan Petrov", email="ivan@example.com", external_id="shop-7"),
        Customer(id=stranger, name="Olga Sidorova", email="olga@example.com"),
    )
    case = desk.open(customer=known)
    desk.open(customer=stranger, phone="+79160000000", phone_typed="8 916 000-00-00")
    found = (await desk.post("specialist", "/cases/search", terms)).json()
    assert ids(found["cases"]) == [case]


@pytest.mark.parametrize("terms", [{"name": "%%"}, {"name": "Nobody"}, {"phone": "112"}, {"customer_id": str(uuid4())}])
async def test_what_nobody_says_finds_nothing(desk: Desk, terms: dict[str, str]) -> None:
    desk.open()
    assert (await desk.post("specialist", "/cases/search", terms)).json() == {"cases": []}


@pytest.mark.parametrize("terms", [{}, {"name": "a"}, {"phone": " "}, {"surname": "Petrov"}])
async def test_a_search_for_nothing_is_refused(desk: Desk, terms: dict[str, str]) -> None:
    assert (await desk.post("specialist", "/cases/search", terms)).status_code == 422
