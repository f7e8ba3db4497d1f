"""Somebody else's session, password or key opens nothing, and nobody is shut out by a stranger."""

import asyncio
import threading
from functools import partial

import pytest
from sqlalchemy import QueuePool
from sqlmodel import Session, select

from api import passwords
from api.auth import digest
from db import workforce
from db.accounts import Account, StaffSession
from db.casework import Note
from db.columns import now
from db.staff import Staff
from domain.words import Language
from tests.api.staff_desk import until
from tests.api.staff_pages.entering import PASSWORD, account, entered
from tests.api.staff_pages.office import OURS, Office
from tests.api.staff_pages.questions import broken

UNKNOWN = "a new one, unknown"
LONGER = {"old": PASSWORD, "new": "another long one", "again": "another long one"}


def replaced_while_checked(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody gives the lead another one-time password while the present one is being checked."""
    checked = passwords.fits

    def slowly(password: str, password_hash: str) -> bool:
        right = checked(password, password_hash)
        monkeypatch.setattr(passwords, "fits", checked)
        give = partial(account, office, "lead", UNKNOWN, one_time=True)
        replaced = threading.Thread(target=give)
        replaced.start()
        replaced.join()
        return right

    monkeypatch.setattr(passwords, "fits", slowly)


async def test_a_session_does_not_begin_by_a_password_that_was_replaced_meanwhile(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    account(office, "lead")
    replaced_while_checked(office, monkeypatch)
    assert (await entered(office, "lead")).status_code == 401
    with Session(office.desk.engine) as session:
        assert session.exec(select(StaffSession)).all() == []


async def test_a_password_that_was_given_meanwhile_is_not_changed_by_who_knew_the_one_before(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    account(office, "lead")
    replaced_while_checked(office, monkeypatch)
    assert (await office.post("lead", "/password", LONGER)).status_code == 422
    with Session(office.desk.engine) as session:
        kept = session.get_one(Account, office.staff("lead"))
    assert (kept.one_time, passwords.fits(UNKNOWN, kept.password_hash)) == (True, True)


async def test_a_new_password_that_is_sent_twice_at_one_moment_is_taken(office: Office) -> None:
    account(office, "lead")
    office.sign_in("lead")
    answers = await asyncio.gather(*(office.post("lead", "/password", LONGER) for _ in range(2)))
    assert [answer.status_code for answer in answers] == [303, 303]


@pytest.mark.parametrize(("who", "path"), [(None, "/sign-in"), ("lead", "/password")])
async def test_while_a_password_is_checked_no_transaction_is_open(
    office: Office, monkeypatch: pytest.MonkeyPatch, who: str | None, path: str
) -> None:
    account(office, "lead")
    forms = {"/sign-in": {"login": "lead", "password": PASSWORD}, "/password": LONGER}
    pool = office.desk.engine.pool
    assert isinstance(pool, QueuePool)
    taken: list[int] = []

    def counted(*_: str) -> bool:
        taken.append(pool.checkedout())
        return False

    monkeypatch.setattr(passwords, "fits", counted)
    assert (await office.post(who, path, forms[path])).status_code in (401, 422)
    assert taken == [0]


async def test_many_who_try_passwords_hold_up_nobody_who_is_signed_in(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.sign_in("lead")
    checking, go_on = threading.Event(), threading.Event()

    def slowly(*_: str) -> bool:
        checking.set()
        go_on.wait(timeout=30)
        return False

    monkeypatch.setattr(passwords, "fits", slowly)
    trying = [asyncio.ensure_future(entered(office, f"nobody{n}")) for n in range(50)]  # there are 40 threads
    try:
        await until(checking.is_set)
        async with asyncio.timeout(10):
            assert (await office.get("lead", "/desk")).status_code == 200
    finally:
        go_on.set()
        await asyncio.gather(*trying)


async def test_whoever_comes_back_has_to_sign_in_anew(office: Office) -> None:
    assert (await office.get("lead", "/desk")).status_code == 200
    for works in (False, True):
        with Session(office.desk.engine) as session, session.begin():
            if works:
                session.get_one(Staff, office.staff("lead")).active = True
            else:
                workforce.dismiss(session, office.staff("lead"), now())
    assert (await office.get("lead", "/desk")).status_code == 303


async def test_whoever_tried_too_often_can_shut_out_nobody_else(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    account(office, "lead")
    monkeypatch.setattr(passwords, "fits", lambda *_: False)
    for n in range(60):
        assert (await entered(office, f"nobody{n}", "wrong")).status_code == 401
    assert (await entered(office, "lead", "wrong")).status_code == 429
    counter = office.desk.app.state.rate_counter.storage
    assert [key for key in counter.events if "/lead/" in key] == []


async def test_a_session_of_ones_choice_is_not_taken_over(office: Office) -> None:
    account(office, "lead")
    chosen = {"Cookie": "closeloop=chosen-by-somebody-else"}
    form = {"login": "lead", "password": PASSWORD}
    answer = await office.desk.client.post("/sign-in", data=form, headers=chosen | OURS)
    assert "chosen-by-somebody-else" not in answer.headers["set-cookie"]
    assert (await office.desk.client.get("/desk", headers=chosen)).status_code == 303


async def test_what_is_made_once_for_many_is_of_their_role_language_and_cases(office: Office) -> None:
    """Asked for in the same second, so that whatever is kept is asked for."""
    case = broken(office)
    office.speak("lead", Language.EN)
    office.speak("manager", Language.EN)
    office.speak("second_line", Language.RU)
    people = ("lead", "manager", "second_line")
    lead, manager, russian = [(await office.get(who, "/desk/queue")).text for who in people]
    assert f"/desk/cases/{case}/claim" in lead
    assert f"/desk/cases/{case}/claim" not in manager
    assert "Overdue" in lead
    assert "Overdue" not in russian
    assert f"/desk/cases/{case}/claim" in russian


async def test_a_key_opens_nothing_of_somebody_else_or_of_another_form(office: Office) -> None:
    case = office.desk.open()
    path = f"/desk/cases/{case}/note"
    texts = [("lead", "first"), ("lead", "first"), ("lead", "other words"), ("manager", "theirs")]
    sent = [await office.post(who, path, {"key": "k", "text": text}) for who, text in texts]
    assert [answer.status_code for answer in sent] == [303, 303, 422, 303]
    with Session(office.desk.engine) as session:
        written = session.exec(select(Note.text).where(Note.case_id == case)).all()
    assert sorted(written) == ["first", "theirs"]


def test_of_a_session_only_its_hash_is_kept(office: Office) -> None:
    secret = office.sign_in("lead")
    with Session(office.desk.engine) as session:
        kept = session.exec(select(StaffSession)).one()
    assert kept.token_hash == digest(secret)
    assert secret not in kept.model_dump_json()
