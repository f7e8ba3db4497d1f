"""Administration: who works here, tokens shown once, and the list of causes; by those whom it concerns."""

import re
from uuid import uuid4

import pytest
from sqlmodel import Session, select

from api import passwords
from api.auth import person_of
from api.staff_pages.formats import Formats
from db import accounts, causes
from db.columns import now
from db.staff import Duty, Staff
from domain.words import Language
from tests.api.staff_pages.office import Office, Page

ANNA = {
    "name": "Anna Orlova",
    "role": "specialist",
    "phone": "+74950000009",
    "email": "",
    "picture": "",
    "language": "en",
}
SECRET = re.compile(r"<code>([^<]+)</code>")


def keyed(form: dict[str, str]) -> dict[str, str]:
    """As a page that was just opened sends it."""
    return form | {"key": str(uuid4())}


async def test_an_admin_hires_and_lets_sign_in(office: Office) -> None:
    hired = await office.post("admin", "/admin/staff", keyed(ANNA))
    assert hired.status_code == 303
    address = hired.headers["location"]
    assert Page((await office.get("admin", address)).text).forms[address]["name"] == "Anna Orlova"
    shown = await office.post("admin", f"{address}/account", keyed({"login": " Anna.O "}))
    [password] = SECRET.findall(shown.text)
    with Session(office.desk.engine) as session:
        account = accounts.by_login(session, "anna.o")
        assert account is not None
        assert account.one_time
        assert passwords.fits(password, account.password_hash)
    assert password not in (await office.get("admin", address)).text


async def test_the_page_says_until_when_a_one_time_password_is_valid(office: Office) -> None:
    office.speak("admin", Language.EN)
    address = f"/admin/staff/{office.staff('lead')}"
    given = await office.post("admin", f"{address}/account", keyed({"login": "lead"}))
    with Session(office.desk.engine) as session, session.begin():
        account = session.get_one(accounts.Account, office.staff("lead"))
        assert account.valid_until
        day = Formats(Language.EN, "Europe/Moscow", now()).day_and_time(account.valid_until)
    assert f"Valid until {day}." in Page(given.text).text
    assert f"one-time password, valid until {day}" in Page((await office.get("admin", address)).text).text
    with Session(office.desk.engine) as session, session.begin():
        session.get_one(accounts.Account, office.staff("lead")).changed_at -= accounts.ONE_TIME_LIVES
    shown = Page((await office.get("admin", address)).text).text
    assert "one-time password no longer valid: give a new one" in shown


@pytest.mark.parametrize(
    ("field", "typed", "complaint"),
    [
        ("name", " ", "A name is needed"),
        ("role", "boss", "Choose a role"),
        ("phone", "8 495 000", "looks like +74950000001"),
        ("email", "anna", "looks like anna@example.com"),
        ("picture", "http://pictures.example/anna.png", "begins with https://"),
    ],
)
async def test_what_will_not_do_is_told_at_its_field_and_kept(
    office: Office, field: str, typed: str, complaint: str
) -> None:
    answer = await office.post("admin", "/admin/staff", keyed(ANNA | {field: typed}))
    assert answer.status_code == 422
    page = Page(answer.text)
    assert complaint in page.text
    assert page.forms["/admin/staff"]["phone"] == (ANNA | {field: typed})["phone"].strip()


async def test_a_login_belongs_to_one_person(office: Office) -> None:
    first = (await office.post("admin", "/admin/staff", keyed(ANNA))).headers["location"]
    second = (await office.post("admin", "/admin/staff", keyed(ANNA))).headers["location"]
    assert (await office.post("admin", f"{first}/account", keyed({"login": "anna"}))).status_code == 200
    taken = await office.post("admin", f"{second}/account", keyed({"login": "ANNA"}))
    assert (taken.status_code, "Somebody else has this login." in Page(taken.text).text) == (422, True)
    odd = await office.post("admin", f"{second}/account", keyed({"login": "<b>"}))
    assert (odd.status_code, "A login has 2 to 60 letters" in Page(odd.text).text) == (422, True)
    typed = [Page(answer.text).forms[f"{second}/account"]["login"] for answer in (taken, odd)]
    assert typed == ["anna", "<b>"]


async def test_whoever_leaves_is_out_at_once_and_off_duty(office: Office) -> None:
    assert (await office.get("specialist", "/password")).status_code == 200
    await office.desk.ask("specialist", "PUT", "/me/duty", {"on_duty": True})
    address = f"/admin/staff/{office.staff('specialist')}"
    assert (await office.post("admin", address, ANNA)).status_code == 303
    assert (await office.get("specialist", "/password")).status_code == 303
    assert (await office.desk.get("specialist", "/me")).status_code == 401
    with Session(office.desk.engine) as session:
        assert session.exec(select(Duty)).one().ended_at is not None
    assert (await office.post("admin", address, ANNA | {"active": "yes"})).status_code == 303
    assert (await office.desk.get("specialist", "/me")).status_code == 200


async def test_nobody_takes_their_own_rights_away(office: Office) -> None:
    address = f"/admin/staff/{office.staff('admin')}"
    for form in (ANNA | {"active": "yes"}, ANNA | {"role": "admin"}):
        refused = await office.post("admin", address, form)
        told = "Another administrator has to take your own rights away." in Page(refused.text).text
        assert (refused.status_code, told) == (409, True)
    assert (await office.get("admin", "/admin/staff")).status_code == 200


async def test_a_token_is_shown_once_and_ends_when_it_is_revoked(office: Office) -> None:
    form = {"staff": str(office.staff("manager")), "days": "30", "name": "monthly report"}
    [token] = SECRET.findall((await office.post("admin", "/admin/tokens", keyed(form))).text)
    with Session(office.desk.engine) as session:
        assert person_of(session, token, now()) is not None
    listed = await office.get("admin", "/admin/tokens")
    assert token not in listed.text
    [row] = [row for row in listed.text.split("<tr>") if "monthly report" in row and "<td>" in row]
    [kept] = re.findall(r'value="([0-9a-f]{64})"', row)
    assert (await office.post("admin", "/admin/tokens/revocation", {"token_hash": kept})).status_code == 303
    with Session(office.desk.engine) as session:
        assert person_of(session, token, now()) is None


@pytest.mark.parametrize("wrong", [{"days": "36500"}, {"staff": "0198f0a2-7c1e-7d30-8a55-2f6c1b9e4d02"}, {"name": ""}])
async def test_a_token_for_nobody_or_for_ever_is_not_made(office: Office, wrong: dict[str, str]) -> None:
    form = {"staff": str(office.staff("manager")), "days": "30", "name": "x"} | wrong
    assert (await office.post("admin", "/admin/tokens", keyed(form))).status_code == 422


async def test_a_manager_keeps_the_causes(office: Office) -> None:
    guide = {"code": "guide", "name_en": "Needs a guide", "name_ru": "Нужна инструкция"}
    assert (await office.post("manager", "/admin/causes", keyed(guide))).status_code == 303
    assert (await office.post("manager", "/admin/causes", keyed(guide))).status_code == 422
    assert (await office.post("manager", "/admin/causes", keyed(guide | {"code": "Guide 1"}))).status_code == 422
    assert (await office.post("manager", "/admin/causes/guide", guide)).status_code == 303, "without its tick"
    with Session(office.desk.engine) as session:
        assert not causes.is_active(session, "guide")
        assert causes.names(session, "ru")["guide"] == "Нужна инструкция"


async def test_a_new_cause_that_will_not_do_is_told_at_its_field_and_kept(office: Office) -> None:
    guide = {"code": "Guide 1", "name_en": "Needs a guide", "name_ru": ""}
    refused = await office.post("manager", "/admin/causes", keyed(guide))
    assert set(re.findall(r'id="(\S+)-error"', refused.text)) == {"code", "name_ru"}
    assert guide.items() <= Page(refused.text).forms["/admin/causes"].items()


@pytest.mark.parametrize("tick", [{}, {"active": "yes"}])
async def test_a_cause_named_badly_is_told_in_its_line_and_what_was_typed_is_kept(
    office: Office, tick: dict[str, str]
) -> None:
    refused = await office.post("manager", "/admin/causes/other", {"name_en": " ", "name_ru": "Иное"} | tick)
    page = Page(refused.text)
    assert (refused.status_code, page.faults, page.open) == (422, [], [])
    assert re.findall(r'id="(\S+)-error"', refused.text) == ["other-en"]
    assert "An English name is needed." in page.text
    assert page.forms["/admin/causes/other"]["name_ru"] == "Иное"
    assert ('id="other-on" name="active" value="yes" checked' in refused.text) == bool(tick)
    assert page.forms["/admin/causes"]["name_ru"] == ""


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        ("unknown", 404, "Choose a cause from the list."),
        ("Un known", 422, "The form was not understood."),
        ("a%00b", 422, "The form was not understood."),
    ],
)
async def test_a_cause_that_is_not_there_cannot_be_named(office: Office, code: str, status: int, told: str) -> None:
    names = {"name_en": "Needs a guide", "name_ru": "Нужна инструкция"}
    refused = await office.post("manager", f"/admin/causes/{code}", names)
    assert (refused.status_code, told in Page(refused.text).text) == (status, True)


@pytest.mark.parametrize("path", ["/admin/staff", "/admin/tokens", "/admin/causes"])
@pytest.mark.parametrize("language", list(Language))
async def test_names_are_text_and_pages_are_whole(office: Office, path: str, language: Language) -> None:
    office.speak("admin", language)
    with Session(office.desk.engine) as session, session.begin():
        session.get_one(Staff, office.staff("lead")).name = "<script>alert(1)</script>"
    form = {"staff": str(office.staff("lead")), "days": "7", "name": "<b>"}
    await office.post("admin", "/admin/tokens", keyed(form))
    answer = await office.get("admin", path)
    page = Page(answer.text)
    assert (answer.status_code, page.faults, page.open) == (200, [], [])
    assert len(page.ids) == len(set(page.ids))
    assert "<script>alert" not in answer.text
