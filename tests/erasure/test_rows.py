"""What an erasure does to the rows: nothing of the person is left, and every number stays."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col

from db import erasure, inbox, suppressions
from db.columns import now
from db.proof import Erasure
from db.recipients import recipient
from db.tables import Alert, Case, Customer, Inbox, Link, Note, Organisation, Response
from domain.report import By
from tests.api.staff_desk import Desk
from tests.erasure.marked import (
    EMAIL,
    MARKER,
    PHONE,
    SECRET,
    TYPED,
    ask,
    asking,
    closed_case,
    dump,
    end,
    erase,
    open_case,
    responded,
    row,
    rows,
    traces_in,
)

YEAR = timedelta(days=365)
PERIOD = {"from": (now() - YEAR).isoformat(), "to": (now() + YEAR).isoformat()}


async def reports(desk: Desk) -> list[str]:
    """Every report of every loop so far, as JSON and as CSV, without the moment it was made."""
    made = []
    for by in By:
        for form in ("json", "csv"):
            query = str(httpx2.QueryParams({**PERIOD, "by": by.value, "format": form}))
            made.append(re.sub(r'"as_of":"[^"]+"', "", (await desk.get("manager", f"/reports/loop?{query}")).text))
    return made


def test_a_dump_holds_nothing_of_the_person(desk: Desk, person: UUID, database_url: str) -> None:
    closed_case(desk, person)
    closed_case(desk, person, ago=timedelta(days=8))
    assert set(traces_in(dump(database_url))) == {MARKER, "zanzibar", "9166660042", "666-00-42"}
    erase(desk.engine, person)
    assert traces_in(dump(database_url)) == []


async def test_every_report_stays_byte_for_byte(desk: Desk, person: UUID) -> None:
    closed_case(desk, person)
    closed_case(desk, person, ago=timedelta(days=8))
    before = await reports(desk)
    erase(desk.engine, person)
    assert await reports(desk) == before
    assert "network_setup" in "".join(before)


def test_twice_is_once(desk: Desk, person: UUID, database_url: str) -> None:
    closed_case(desk, person)
    erasure_id = erase(desk.engine, person)
    before = dump(database_url)
    with Session(desk.engine) as session, session.begin():
        erasure.end_cases(session, erasure_id)
        erasure.finish(session, erasure_id, at=now())
    assert ask(desk.engine, person) == erasure_id
    assert _without_wobble(dump(database_url)) == _without_wobble(before)


def _without_wobble(dumped: str) -> list[str]:
    return sorted(line for line in dumped.splitlines() if not line.startswith(("--", "\\")))


def test_others_keep_everything(desk: Desk, person: UUID, database_url: str) -> None:
    neighbour = desk.open()
    desk.store(Note(case_id=neighbour, kind="note", text="Likes tea."))
    closed_case(desk, person)
    erase(desk.engine, person)
    left = dump(database_url)
    assert "Likes tea." in left
    assert "ivan@example.com" in left


def test_the_company_goes_with_the_last_of_its_people(desk: Desk, person: UUID) -> None:
    with Session(desk.engine) as session, session.begin():
        session.add(Customer(organisation_id=row(desk.engine, Organisation).id))
    erase(desk.engine, person)
    assert len(rows(desk.engine, Organisation)) == 1
    colleague = row(desk.engine, Customer, col(Customer.erased_at).is_(None))
    erase(desk.engine, colleague.id)
    assert len(rows(desk.engine, Organisation)) == 0


def test_the_proof_says_how_much_and_not_who(desk: Desk, person: UUID) -> None:
    case = closed_case(desk, person)
    erase(desk.engine, person)
    proof = row(desk.engine, Erasure)
    assert (proof.cases_ended, proof.cases_left, proof.addresses) == (0, 0, [])
    assert proof.rows == {
        "attempt": 1,
        "customer": 1,
        "finalsurvey": 1,
        "idempotencykey": 1,
        "licence": 1,
        "note": 8,
        "organisation": 1,
        "purchase": 1,
        "response": 1,
    }
    assert str(case) not in str(proof.model_dump())


def test_an_open_case_is_told_and_keeps_its_rows_until_it_has_ended(desk: Desk, person: UUID) -> None:
    case = open_case(desk, person)
    erasure_id = ask(desk.engine, person)
    told = row(desk.engine, Inbox, col(Inbox.kind) == "customer_erased")
    assert (told.case_id, told.done_at) == (case, None)
    with Session(desk.engine) as session, session.begin():
        assert erasure.end_cases(session, erasure_id) == 1
        assert session.get_one(Response, case).phone == PHONE
    end(desk, case, inbox.FACTS["customer_erased"].model_validate(told.body))
    with Session(desk.engine) as session, session.begin():
        assert erasure.end_cases(session, erasure_id) == 0
        erasure.finish(session, erasure_id, at=now())
    assert row(desk.engine, Case).outcome == "erased"
    assert row(desk.engine, Erasure).cases_ended == 1


def test_a_closed_case_that_an_alarm_keeps_alive_is_told_too(desk: Desk, person: UUID) -> None:
    case = closed_case(desk, person)
    desk.store(Alert(key="a", case_id=case, kind="promise_broken", due=now(), raised_at=now()))
    ask(desk.engine, person)
    assert row(desk.engine, Inbox, col(Inbox.kind) == "customer_erased").case_id == case


def test_no_message_leaves_once_it_was_asked_for(desk: Desk, person: UUID) -> None:
    case = open_case(desk, person)
    with Session(desk.engine) as session:
        assert recipient(session, case, SECRET).mail == EMAIL
    ask(desk.engine, person)
    with Session(desk.engine) as session:
        told = recipient(session, case, SECRET)
    assert (told.mail, told.sms) == (None, None)


def test_a_request_no_relay_has_touched_never_becomes_a_case(desk: Desk, person: UUID) -> None:
    response = responded(desk, person)
    _request(desk.engine, response, attempts=0)
    erasure_id = erase(desk.engine, person)
    assert [one.kind for one in rows(desk.engine, Inbox)] == [erasure.ASKED]
    with Session(desk.engine) as session:
        assert session.get_one(Erasure, erasure_id).cases_ended == 1


def test_a_request_a_relay_has_in_hand_is_told_when_it_has_opened(desk: Desk, person: UUID) -> None:
    response = responded(desk, person)
    _request(desk.engine, response, attempts=1)
    erasure_id = ask(desk.engine, person)
    kinds = sorted(one.kind for one in rows(desk.engine, Inbox))
    assert kinds == ["contact_request", "customer_erased", erasure.ASKED]
    with Session(desk.engine) as session, session.begin():
        assert erasure.end_cases(session, erasure_id) == 1


def test_a_link_opens_nothing_any_more(desk: Desk, person: UUID) -> None:
    closed_case(desk, person)
    before = row(desk.engine, Link)
    ask(desk.engine, person)
    after = row(desk.engine, Link)
    assert after.key == before.key
    assert after.token_hash != before.token_hash


def test_who_said_stop_is_left_alone_afterwards(desk: Desk, person: UUID) -> None:
    with Session(desk.engine) as session, session.begin():
        suppressions.suppress(session, "sms", PHONE, SECRET, reason="stop")
    erase(desk.engine, person)
    with Session(desk.engine) as session:
        assert suppressions.is_suppressed(session, "sms", PHONE, SECRET)


@pytest.mark.parametrize("known_by", [EMAIL.upper(), "invited-ZANZIBAR@example.com", PHONE, TYPED])
def test_by_an_address_everybody_goes_who_bears_it(desk: Desk, person: UUID, known_by: str) -> None:
    anonymous = Customer()
    desk.store(anonymous)
    stand_in = row(desk.engine, Customer, col(Customer.external_id).is_(None), col(Customer.name).is_(None))
    responded(desk, stand_in.id, email=known_by if "@" in known_by else None)
    responded(desk, person)
    erase(desk.engine, known_by)
    erased = [one.id for one in rows(desk.engine, Customer) if one.erased_at]
    assert sorted(erased) == sorted([person, stand_in.id])


def test_by_an_id_only_that_profile_goes_and_those_like_it_are_named(desk: Desk, person: UUID) -> None:
    desk.store(Customer(phone=PHONE))
    other = row(desk.engine, Customer, col(Customer.email).is_(None))
    with Session(desk.engine) as session, session.begin():
        asked = erasure.ask_for(session, person, asking())
        assert asked is not None
        assert list(asked.others) == [other.id]
    assert [one.id for one in rows(desk.engine, Customer) if one.erased_at] == [person]


def test_nobody_is_not_erased(desk: Desk, person: UUID) -> None:
    with Session(desk.engine) as session, session.begin():
        assert erasure.ask_for(session, "nobody@example.com", asking()) is None
        assert erasure.ask_for(session, uuid4(), asking()) is None
    assert len(rows(desk.engine, Erasure)) == 0


def _request(engine: Engine, response: UUID, *, attempts: int) -> None:
    with Session(engine) as session, session.begin():
        kind, key = inbox.CONTACT_REQUEST, str(response)
        waiting = inbox.row(kind=kind, key=key, case_id=response, body=None, urgent_at=now())
        waiting.attempts = attempts
        session.add(Inbox(**waiting.model_dump()))
