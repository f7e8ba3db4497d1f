"""Signing in and out: passwords hashed, one-time ones replaced, sessions that end, forms of our own pages only."""

from datetime import timedelta

import httpx2
import pytest
from sqlmodel import Session, select

from api import cookies, passwords
from db import accounts
from db.accounts import Account, StaffSession
from db.columns import now
from db.staff import Staff
from domain.words import Language
from tests.api.staff_desk import Desk
from tests.api.staff_pages.entering import PASSWORD, account, entered
from tests.api.staff_pages.office import OURS, Office, Page


def kept_of(answer: httpx2.Response) -> str:
    return answer.headers["set-cookie"].split(";")[0]


async def test_whoever_is_not_signed_in_is_asked_who_they_are_and_comes_back(office: Office) -> None:
    account(office, "lead")
    asked = await office.get(None, "/password")
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in")
    page = Page((await office.get(None, "/sign-in?next=/desk%3Fowner%3Dme")).text)
    assert page.forms["/sign-in"]["next"] == "/desk?owner=me"
    answer = await entered(office, " LEAD ", next="/desk?owner=me")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk?owner=me")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    inside = await office.desk.client.get("/password", headers={"Cookie": kept_of(answer)})
    assert inside.status_code == 200


@pytest.mark.parametrize(("login", "password"), [("lead", "wrong password"), ("nobody", PASSWORD)])
async def test_a_wrong_login_and_a_wrong_password_are_told_alike(office: Office, login: str, password: str) -> None:
    account(office, "lead")
    answer = await entered(office, login, password)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "Неверный логин или пароль." in Page(answer.text).text


def test_an_unknown_login_takes_as_long_as_a_wrong_password() -> None:
    unknown, known = (one.split("$")[1:4] for one in (passwords.NOBODYS, passwords.hashed(PASSWORD)))
    assert unknown == known, "kind, version, memory, rounds and lanes"


async def test_too_many_tries_are_refused_even_with_the_right_password(office: Office) -> None:
    account(office, "lead")
    for _ in range(10):
        assert (await entered(office, "lead", "wrong password")).status_code == 401
    answer = await entered(office, "lead")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("who", "wanted", "opened"),
    [
        ("admin", "/desk", "/admin/causes"),
        ("specialist", "/board?by=week", "/desk"),
        ("lead", "/board?by=week", "/board?by=week"),
    ],
)
async def test_whoever_signs_in_begins_at_a_page_that_opens(office: Office, who: str, wanted: str, opened: str) -> None:
    account(office, who)
    assert (await entered(office, who, next=wanted)).headers["location"] == opened


@pytest.mark.parametrize(("who", "first"), [("admin", "/admin/causes"), ("specialist", "/desk"), ("manager", "/desk")])
async def test_whoever_comes_without_an_address_begins_there_too(office: Office, who: str, first: str) -> None:
    assert (await office.get(who, "/")).headers["location"] == first


async def test_the_database_keeps_neither_password_nor_cookie(office: Office) -> None:
    account(office, "lead")
    secret = kept_of(await entered(office, "lead")).partition("=")[2]
    with Session(office.desk.engine) as session:
        stored = (
            session.exec(select(Account)).one().model_dump_json() + session.exec(select(StaffSession)).one().token_hash
        )
    assert "$argon2id$" in stored
    assert PASSWORD not in stored
    assert secret not in stored


async def test_a_session_ends_with_its_time_with_signing_out_and_when_somebody_leaves(office: Office) -> None:
    for who in ("specialist", "lead", "manager"):
        assert (await office.get(who, "/password")).status_code == 200
    with Session(office.desk.engine) as session, session.begin():
        theirs = session.exec(select(StaffSession).where(StaffSession.staff_id == office.staff("specialist"))).one()
        theirs.expires_at = now() - timedelta(seconds=1)
        session.get_one(Staff, office.staff("manager")).active = False
    assert (await office.post("lead", "/sign-out")).headers["location"] == "/sign-in"
    for who in ("specialist", "lead", "manager"):
        assert (await office.get(who, "/password")).status_code == 303


async def test_a_page_says_who_it_is_for_and_where_they_would_sign_in_again(office: Office) -> None:
    shown = (await office.get("lead", "/desk?owner=me")).text
    assert f'data-me="{office.staff("lead")}"' in shown
    assert "/sign-in?next=%2Fdesk%3Fowner%3Dme" in Page(shown).links


async def test_while_a_one_time_password_is_to_be_replaced_nothing_is_followed(office: Office) -> None:
    account(office, "lead", "given-once-xy", one_time=True)
    browser = {"Cookie": kept_of(await entered(office, "lead", "given-once-xy"))}
    shown = (await office.desk.client.get("/password", headers=browser)).text
    assert "data-me" not in shown
    assert "signed-out" not in shown


async def test_a_one_time_password_opens_nothing_but_its_replacement(office: Office) -> None:
    account(office, "lead", "given-once-xy", one_time=True)
    answer = await entered(office, "lead", "given-once-xy")
    assert answer.headers["location"] == "/password"
    browser = {"Cookie": kept_of(answer)}
    turned_away = await office.desk.client.get("/desk", headers=browser)
    assert (turned_away.status_code, turned_away.headers["location"]) == (303, "/password")
    held_up = await office.desk.client.post("/language", data={"language": "en"}, headers=browser | OURS)
    assert (held_up.status_code, held_up.headers["location"]) == (303, "/password")
    assert (await office.desk.client.get("/me", headers=browser)).status_code == 401
    form = {"old": "given-once-xy", "new": PASSWORD, "again": PASSWORD}
    changed = await office.desk.client.post("/password", data=form, headers=browser | OURS)
    assert changed.headers["location"] == "/desk"
    assert (await office.desk.client.get("/me", headers=browser)).status_code == 200
    assert (await entered(office, "lead", "given-once-xy")).status_code == 401


def given(office: Office, who: str, password: str, ago: timedelta) -> None:
    """A one-time password that they were given so long ago."""
    account(office, who, password, one_time=True)
    with Session(office.desk.engine) as session, session.begin():
        session.get_one(Account, office.staff(who)).changed_at = now() - ago


async def test_a_one_time_password_is_valid_for_a_week(office: Office) -> None:
    minute = timedelta(minutes=1)
    given(office, "lead", "given-once-xy", accounts.ONE_TIME_LIVES - minute)
    assert (await entered(office, "lead", "given-once-xy")).headers["location"] == "/password"
    given(office, "lead", "given-once-xy", accounts.ONE_TIME_LIVES + minute)
    refused = await entered(office, "lead", "given-once-xy")
    assert (refused.status_code, "set-cookie" in refused.headers) == (401, False)
    assert "Срок этого одноразового пароля истёк. Попросите у администратора новый." in Page(refused.text).text


async def test_that_it_is_over_is_told_to_nobody_who_does_not_know_it(office: Office) -> None:
    given(office, "lead", "given-once-xy", accounts.ONE_TIME_LIVES + timedelta(days=300))
    texts = {Page((await entered(office, login, "guessed")).text).text for login in ("lead", "nobody")}
    assert texts == {Page((await entered(office, "nobody", "guessed")).text).text}


async def test_ones_own_password_is_valid_for_ever(office: Office) -> None:
    given(office, "lead", PASSWORD, timedelta(days=900))
    with Session(office.desk.engine) as session, session.begin():
        session.get_one(Account, office.staff("lead")).one_time = False
    assert (await entered(office, "lead")).headers["location"] == "/desk"


@pytest.mark.parametrize(
    ("form", "complaint"),
    [
        ({"old": "wrong", "new": "another long one", "again": "another long one"}, "The present password is wrong."),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "too short"),
        ({"old": PASSWORD, "new": "another long one", "again": "another long 0ne"}, "not the same"),
        ({"old": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "Choose another password"),
    ],
)
async def test_a_password_that_will_not_do_is_told_why(office: Office, form: dict[str, str], complaint: str) -> None:
    account(office, "lead")
    answer = await office.post("lead", "/password", form)
    assert answer.status_code == 422
    assert complaint in Page(answer.text).text


async def test_changing_the_password_signs_out_every_other_browser(office: Office) -> None:
    account(office, "lead")
    other = {"Cookie": kept_of(await entered(office, "lead"))}
    this = {"Cookie": kept_of(await entered(office, "lead"))}
    form = {"old": PASSWORD, "new": "another long one", "again": "another long one"}
    assert (await office.desk.client.post("/password", data=form, headers=this | OURS)).status_code == 303
    assert (await office.desk.client.get("/password", headers=this)).status_code == 200
    assert (await office.desk.client.get("/password", headers=other)).status_code == 303


FORGED = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {},
]


@pytest.mark.parametrize("sent", FORGED)
async def test_a_form_of_another_site_changes_nothing(office: Office, sent: dict[str, str]) -> None:
    answer = await office.post("lead", "/language", {"language": "ru"}, sent=sent)
    assert answer.status_code == 403
    assert (await office.post("lead", "/sign-out", sent=sent)).status_code == 403
    assert (await office.get("lead", "/password")).status_code == 200


@pytest.mark.parametrize("sent", FORGED)
async def test_the_api_too_obeys_a_browser_only_from_our_own_pages(office: Office, sent: dict[str, str]) -> None:
    cookie = {"Cookie": f"closeloop={office.sign_in('lead')}"}
    answer = await office.desk.client.put("/me/duty", json={"on_duty": True}, headers=cookie | sent)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")
    assert (await office.desk.client.put("/me/duty", json={"on_duty": True}, headers=cookie | OURS)).status_code == 200


async def test_over_tls_the_cookie_never_travels_without(desk: Desk) -> None:
    office = Office(desk)
    account(office, "lead")
    parts = desk.app.state.parts
    tls = parts.settings.model_copy(update={"public_url": "https://loop.example"})
    desk.app.state.parts = type(parts)(tls, parts.engine, parts.temporal, parts.policies, parts.forms)
    cookie = (await entered(office, "lead")).headers["set-cookie"]
    assert cookie.startswith("__Host-closeloop=")
    assert "secure" in cookie.lower()
    assert timedelta(seconds=int(cookie.lower().split("max-age=")[1].split(";")[0])) == cookies.SHIFT


async def test_the_language_is_the_persons_own(office: Office) -> None:
    office.speak("lead", Language.EN)
    assert 'lang="en"' in (await office.get("lead", "/password")).text
    answer = await office.post("lead", "/language", {"language": "ru", "back": "/password"})
    assert answer.headers["location"] == "/password"
    assert "Новый пароль" in (await office.get("lead", "/password")).text


async def test_pages_are_kept_by_nobody_and_allow_no_inline_script(office: Office) -> None:
    for who, path in ((None, "/sign-in"), ("lead", "/password")):
        answer = await office.get(who, path)
        assert answer.headers["cache-control"] == "no-store"
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert (Page(answer.text).faults, Page(answer.text).open) == ([], [])
