"""What an administrator sends twice is done once, and the second answer shows what the first one made."""

import asyncio
import re

import pytest
from sqlmodel import Session, select

from api import passwords
from api.auth import digest, person_of
from api.staff_pages.admin_once import SHOWN_FOR
from db import accounts
from db.causes import Cause
from db.columns import now
from db.staff import ApiToken, IdempotencyKey, Staff
from tests.api.staff_pages.office import Office, Page

ANNA = {"key": "sent twice", "name": "Anna Orlova", "role": "specialist", "language": "en"}
GUIDE = {"key": "sent twice", "code": "guide", "name_en": "Needs a guide", "name_ru": "Нужна инструкция"}
LOGIN = {"key": "sent twice", "login": "anna"}
SECRET = re.compile(r"<code>([^<]+)</code>")


def token_form(office: Office) -> dict[str, str]:
    return {"key": "sent twice", "staff": str(office.staff("manager")), "days": "30", "name": "report"}


def account_of(office: Office) -> str:
    return f"/admin/staff/{office.staff('other')}/account"


async def twice(office: Office, path: str, form: dict[str, str]) -> list[str]:
    """What each of two equal forms, sent at one moment, is shown or led to."""
    office.sign_in("admin")
    answers = await asyncio.gather(*(office.post("admin", path, form) for _ in range(2)))
    return [answer.headers.get("location") or " ".join(SECRET.findall(answer.text)) for answer in answers]


async def test_a_double_click_makes_one_person(office: Office) -> None:
    first, second = await twice(office, "/admin/staff", ANNA)
    assert first == second
    with Session(office.desk.engine) as session:
        [anna] = session.exec(select(Staff).where(Staff.name == "Anna Orlova")).all()
    assert first == f"/admin/staff/{anna.id}"


async def test_a_double_click_makes_one_token_and_shows_it_twice(office: Office) -> None:
    first, second = await twice(office, "/admin/tokens", token_form(office))
    assert first == second
    with Session(office.desk.engine) as session:
        assert len(session.exec(select(ApiToken).where(ApiToken.name == "report")).all()) == 1
        assert person_of(session, first, now()) is not None


async def test_a_double_click_shows_the_one_time_password_that_counts(office: Office) -> None:
    first, second = await twice(office, account_of(office), LOGIN)
    assert first == second
    with Session(office.desk.engine) as session:
        account = accounts.by_login(session, "anna")
        assert account is not None
        assert passwords.fits(first, account.password_hash)


async def test_a_double_click_makes_one_cause(office: Office) -> None:
    assert await twice(office, "/admin/causes", GUIDE) == ["/admin/causes", "/admin/causes"]
    with Session(office.desk.engine) as session:
        assert session.get(Cause, "guide") is not None


async def test_another_form_makes_another(office: Office) -> None:
    secrets = {
        SECRET.findall((await office.post("admin", "/admin/tokens", token_form(office) | {"key": key})).text)[0]
        for key in ("one", "two")
    }
    assert len(secrets) == 2


async def test_nothing_that_is_kept_tells_a_secret_or_what_it_was_made_of(office: Office) -> None:
    [token] = SECRET.findall((await office.post("admin", "/admin/tokens", token_form(office))).text)
    with Session(office.desk.engine) as session:
        kept = session.exec(select(IdempotencyKey)).one().model_dump_json()
        assert session.get(ApiToken, digest(token)) is not None
    assert token not in kept
    assert "sent twice" not in kept


async def test_a_form_that_was_sent_with_other_words_is_refused(office: Office) -> None:
    assert (await office.post("admin", "/admin/staff", ANNA)).status_code == 303
    assert (await office.post("admin", "/admin/staff", ANNA | {"name": "Boris"})).status_code == 422
    with Session(office.desk.engine) as session:
        assert session.exec(select(Staff).where(Staff.name == "Boris")).first() is None


async def test_what_was_refused_may_be_sent_again(office: Office) -> None:
    with Session(office.desk.engine) as session, session.begin():
        accounts.give(session, office.staff("lead"), "anna", "")
    assert (await office.post("admin", account_of(office), LOGIN)).status_code == 422
    with Session(office.desk.engine) as session, session.begin():
        accounts.give(session, office.staff("lead"), "lead", "")
    assert (await office.post("admin", account_of(office), LOGIN)).status_code == 200


async def test_a_page_reloaded_later_shows_no_secret(office: Office) -> None:
    await office.post("admin", "/admin/tokens", token_form(office))
    await office.post("admin", account_of(office), LOGIN)
    office.desk.set_clock(now() + SHOWN_FOR)
    for path, form in (("/admin/tokens", token_form(office)), (account_of(office), LOGIN)):
        answer = await office.post("admin", path, form)
        assert (answer.status_code, SECRET.findall(answer.text)) == (409, [])
        assert "what it made is not shown again" in Page(answer.text).text


@pytest.mark.parametrize("what", ["revoked", "replaced"])
async def test_a_secret_that_opens_nothing_any_more_is_neither_shown_nor_made_again(office: Office, what: str) -> None:
    path, form = ("/admin/tokens", token_form(office)) if what == "revoked" else (account_of(office), LOGIN)
    [secret] = SECRET.findall((await office.post("admin", path, form)).text)
    with Session(office.desk.engine) as session, session.begin():
        if what == "revoked":
            session.delete(session.get_one(ApiToken, digest(secret)))
        else:
            accounts.give(session, office.staff("other"), "anna", passwords.hashed("a newer one"))
    assert (await office.post("admin", path, form)).status_code == 409
    with Session(office.desk.engine) as session:
        account = accounts.by_login(session, "anna")
        assert person_of(session, secret, now()) is None
        assert account is None or not passwords.fits(secret, account.password_hash)


async def test_a_form_without_its_key_is_not_understood(office: Office) -> None:
    for path, form in (("/admin/staff", ANNA), ("/admin/tokens", token_form(office)), (account_of(office), LOGIN)):
        assert (await office.post("admin", path, form | {"key": ""})).status_code == 422


async def test_each_form_has_a_key_of_its_own(office: Office) -> None:
    pages = [("/admin/staff",) * 2, ("/admin/tokens",) * 2, ("/admin/causes",) * 2]
    pages.append((account_of(office).removesuffix("/account"), account_of(office)))
    for path, action in pages:
        keys = {Page((await office.get("admin", path)).text).forms[action]["key"] for _ in range(2)}
        assert len(keys) == 2, path
