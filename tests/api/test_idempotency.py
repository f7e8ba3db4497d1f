"""Idempotency-Key: one execution and one answer for each person, route and key."""

import asyncio
from datetime import timedelta
from uuid import UUID

from sqlmodel import Session, select

from api import idempotency
from db import keys
from db.casework import Note
from db.columns import now
from db.keys import KeyUse
from db.staff import IdempotencyKey
from tests.api.conftest import Open
from tests.api.staff_desk import Desk

NOTE = {"text": "After lunch."}


def notes(desk: Desk) -> list[UUID]:
    with Session(desk.engine) as session:
        return list(session.exec(select(Note.id)))


async def test_a_repeat_gets_the_stored_answer(live: Desk, open_case: Open) -> None:
    path = f"/cases/{await open_case()}/claim"
    first = await live.post("specialist", path, key="k")
    await live.post("specialist", path.replace("claim", "release"))
    repeat = await live.post("specialist", path, key="k")
    assert repeat.json() == first.json()


async def test_a_refusal_is_repeated_too(live: Desk, open_case: Open) -> None:
    case_id = await open_case()
    await live.post("other", f"/cases/{case_id}/claim")
    first = await live.post("specialist", f"/cases/{case_id}/claim", key="k")
    await live.post("other", f"/cases/{case_id}/release")
    repeat = await live.post("specialist", f"/cases/{case_id}/claim", key="k")
    anew = await live.post("specialist", f"/cases/{case_id}/claim", key="another")
    assert (repeat.status_code, repeat.json()) == (409, first.json())
    assert anew.status_code == 200


async def test_another_body_under_a_used_key_is_refused(desk: Desk) -> None:
    path = f"/cases/{desk.open()}/notes"
    await desk.post("specialist", path, NOTE, key="k")
    reused = await desk.post("specialist", path, {"text": "Before lunch."}, key="k")
    assert (reused.status_code, reused.json()["code"]) == (422, "key_reused")
    assert len(notes(desk)) == 1


async def test_keys_of_others_and_of_other_routes_are_not_mine(desk: Desk) -> None:
    first, second = desk.open(), desk.open()
    for who, case_id in (("specialist", first), ("lead", first), ("specialist", second)):
        assert (await desk.post(who, f"/cases/{case_id}/notes", NOTE, key="k")).status_code == 201
    assert len(notes(desk)) == 3


async def test_without_a_key_every_request_is_a_command_of_its_own(desk: Desk) -> None:
    path = f"/cases/{desk.open()}/notes"
    for _ in range(2):
        await desk.post("specialist", path, NOTE)
    assert len(notes(desk)) == 2


async def test_the_same_command_at_once_is_carried_out_once(live: Desk, open_case: Open) -> None:
    case_id = await open_case()
    await live.post("specialist", f"/cases/{case_id}/claim")
    path, body = f"/cases/{case_id}/attempts", {"outcome": "no_answer"}
    answers = await asyncio.gather(*(live.post("specialist", path, body, key="k") for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert {len(answer.json()["attempts"]) for answer in answers} == {1}


async def test_a_command_whose_process_died_is_taken_over(desk: Desk) -> None:
    path = f"/cases/{desk.open()}/notes"
    await desk.post("specialist", path, NOTE, key="k")
    with Session(desk.engine) as session, session.begin():
        row = session.exec(select(IdempotencyKey)).one()
        row.status, row.answer, row.running_until = None, None, now() - timedelta(seconds=1)
    assert (await desk.post("specialist", path, NOTE, key="k")).status_code == 201
    assert len(notes(desk)) == 1


async def test_a_repeat_waits_for_the_first_ones_answer(desk: Desk) -> None:
    use = KeyUse(desk.staff["lead"].id, "POST /x", "k", "hash")
    with Session(desk.engine) as session, session.begin():
        keys.begin(session, use, now=now(), lease=timedelta(minutes=1))
    waiting = asyncio.create_task(idempotency._kept(desk.engine, use))
    with Session(desk.engine) as session, session.begin():
        keys.settle(session, use, status=200, answer={"n": 1})
    kept = await waiting
    assert kept
    assert kept.answer == {"n": 1}


async def test_no_text_is_kept_with_the_key(desk: Desk) -> None:
    await desk.post("specialist", f"/cases/{desk.open()}/notes", {"text": "MARKER-7F3A"}, key="k")
    with Session(desk.engine) as session:
        assert "MARKER-7F3A" not in session.exec(select(IdempotencyKey)).one().model_dump_json()


async def test_a_key_longer_than_allowed_is_refused(desk: Desk) -> None:
    refused = await desk.post("specialist", "/cases/next", key="k" * 201)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
