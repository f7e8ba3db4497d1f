"""What once broke the API for everybody, or would have."""

import asyncio
from collections.abc import AsyncIterator

from tests.api.conftest import Open
from tests.api.staff_desk import Desk


async def test_more_requests_at_once_than_threads_and_connections_are_all_answered(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.ask("specialist", "GET", "/me") for _ in range(150)))
    assert {answer.status_code for answer in answers} == {200}


async def test_a_body_without_a_length_is_cut_off_before_anybody_reads_it(desk: Desk) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * 64 * 1024

    answer = await desk.client.post("/cases/search", content=endless(), headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_deadline_beyond_any_calendar_is_refused(live: Desk, open_case: Open) -> None:
    case_id = await open_case()
    beyond = {"due": "9999-12-31T23:59:59-14:00", "reason": "x"}
    assert (await live.ask("lead", "POST", f"/cases/{case_id}/deadline", beyond)).status_code == 422
    far = {"due": "9999-12-30T23:59:59Z", "reason": "x"}
    assert (await live.ask("lead", "POST", f"/cases/{case_id}/deadline", far)).status_code == 409


async def test_no_instant_of_a_query_breaks_the_queue(desk: Desk) -> None:
    for instant in ("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00%2B14:00"):
        assert (await desk.ask("lead", "GET", f"/cases?due_before={instant}")).status_code == 422


async def test_a_nul_in_a_text_is_left_out(desk: Desk) -> None:
    found = await desk.ask("lead", "POST", "/cases/search", {"name": "An\x00na"})
    assert found.status_code == 200


async def test_a_review_of_another_case_cannot_be_asked_again(live: Desk, open_case: Open) -> None:
    first, second = await open_case(), await open_case()
    for case_id in (first, second):
        await live.ask("specialist", "POST", f"/cases/{case_id}/claim")
        await live.ask("specialist", "POST", f"/cases/{case_id}/attempts", {"outcome": "reached"})
    asked = await live.ask("specialist", "POST", f"/cases/{first}/reviews", {"question": "q"})
    [review] = asked.json()["reviews"]
    stolen = {"question": "q", "review": review["id"]}
    answer = await live.ask("specialist", "POST", f"/cases/{second}/reviews", stolen)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_such_question")
