"""What is done on a case's page: carried out once, by the rules of the API, and refused in words with nothing lost."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx2
import pytest
from sqlmodel import Session, col, select

from db.casework import Attempt, Case, Note, Review
from db.columns import now
from db.people import Customer
from domain.words import Language
from tests.api.conftest import Open, row
from tests.api.staff_desk import until
from tests.api.staff_pages.office import Office, Page

COMMANDS = {
    "claim": ["specialist", "other", "second_line", "lead"],
    "release": ["specialist", "other", "second_line", "lead", "manager"],
    "call": ["specialist", "other", "second_line", "lead"],
    "attempt": ["specialist", "other", "second_line", "lead"],
    "callback": ["specialist", "other", "second_line", "lead"],
    "note": ["specialist", "other", "second_line", "lead", "manager"],
    "escalate": ["specialist", "other", "second_line", "lead"],
    "resolve": ["specialist", "other", "second_line", "lead", "manager"],
    "withdraw": ["specialist", "other", "second_line", "lead", "manager"],
    "assign": ["lead", "manager"],
    "deadline": ["lead", "manager"],
    "acknowledge": ["lead", "manager"],
    "customer": ["specialist", "other", "second_line", "lead"],
}
SOLVED = {"cause": "setup", "text": "Installed it together.", "solved": "yes", "one_conversation": "yes"}


async def send(
    office: Office, who: str, case_id: UUID, what: str, key: str | None = None, **form: str
) -> httpx2.Response:
    return await office.post(who, f"/desk/cases/{case_id}/{what}", {"key": key or str(uuid4()), **form})


async def done(office: Office, who: str, case_id: UUID, what: str, **form: str) -> None:
    """Sent, and carried out: the page comes anew."""
    answer = await send(office, who, case_id, what, **form)
    assert (answer.status_code, answer.headers.get("location")) == (303, f"/desk/cases/{case_id}"), answer.text


async def shown(office: Office, who: str, case_id: UUID) -> Page:
    page = Page((await office.get(who, f"/desk/cases/{case_id}")).text)
    assert page.faults == []
    return page


def offered(page: Page, case_id: UUID) -> set[str]:
    """What the page offers to do."""
    before = f"/desk/cases/{case_id}/"
    return {action.removeprefix(before) for action in page.forms if action.startswith(before)}


def case_of(office: Office, case_id: UUID) -> Case:
    found = row(office.desk, case_id)
    assert found is not None
    return found


def notes_of(office: Office, case_id: UUID) -> dict[str, str]:
    with Session(office.desk.engine) as session:
        return {note.kind: note.text for note in session.exec(select(Note).where(Note.case_id == case_id))}


async def test_a_whole_loop_is_worked_by_forms(live_office: Office, open_case: Open) -> None:
    office, case = live_office, await open_case()
    assert offered(await shown(office, "specialist", case), case) == {"claim", "note", "customer"}
    await done(office, "specialist", case, "claim")
    assert case_of(office, case).owner_id == office.staff("specialist")
    expected = {"release", "call", "attempt", "callback", "note", "withdraw", "customer"}
    assert offered(await shown(office, "specialist", case), case) == expected
    await done(office, "specialist", case, "attempt", outcome="reached")
    expected = expected | {"escalate", "resolve"}
    assert offered(await shown(office, "specialist", case), case) == expected
    await done(office, "specialist", case, "note", text="Prefers mornings.")
    await done(office, "specialist", case, "resolve", **SOLVED)
    page = await shown(office, "specialist", case)
    assert offered(page, case) == {"note", "customer"}
    assert "Installed it together." in page.text
    assert "Prefers mornings." in page.text
    assert "The case was resolved. Installation" in page.text
    found = case_of(office, case)
    assert (found.stage, found.cause, found.solved, found.one_conversation) == ("resolved", "setup", True, True)


async def test_a_call_is_placed_and_shown_while_it_is_under_way(live_office: Office, open_case: Open) -> None:
    office, case = live_office, await open_case()
    await done(office, "specialist", case, "claim")
    await done(office, "specialist", case, "call")
    page = await shown(office, "specialist", case)
    assert "A call is under way since" in page.text
    assert "call" not in offered(page, case)
    assert "A call to this customer is under way." in page.text


async def test_somebody_elses_case_is_refused_by_name_with_the_fresh_state(
    live_office: Office, open_case: Open
) -> None:
    office, case = live_office, await open_case()
    await done(office, "specialist", case, "claim")
    answer = await send(office, "other", case, "claim")
    page = Page(answer.text)
    assert answer.status_code == 409
    assert "Specialist Smith already has this case. Take another one." in page.text
    assert "Owner: Specialist Smith" in page.text
    assert "claim" not in offered(page, case)
    office.speak("other", Language.RU)
    told = Page((await send(office, "other", case, "claim")).text).text
    assert "Это обращение уже у сотрудника Specialist Smith." in told


async def test_what_was_typed_stays_when_it_is_refused(live_office: Office, open_case: Open) -> None:
    office, case = live_office, await open_case()
    await done(office, "specialist", case, "claim")
    answer = await send(office, "specialist", case, "resolve", **SOLVED | {"text": "\nLong story <b>told</b>."})
    page = Page(answer.text)
    assert answer.status_code == 409
    assert "The customer has not been reached yet. Speak with them first." in page.text
    assert "Long story <b>told</b>." in page.text
    assert "\n\nLong story" in answer.text
    assert '<option value="setup" selected>' in answer.text
    assert notes_of(office, case) == {}


async def test_a_form_sent_twice_is_carried_out_once(live_office: Office, open_case: Open) -> None:
    office, case = live_office, await open_case()
    for _ in range(2):
        assert (await send(office, "specialist", case, "claim", key="once")).status_code == 303
    for _ in range(2):
        assert (await send(office, "specialist", case, "note", key="twice", text="Only one.")).status_code == 303
    other = await send(office, "specialist", case, "note", key="twice", text="Another.")
    assert other.status_code == 422
    assert "This form was sent before with other words." in Page(other.text).text
    assert Page(other.text).forms[f"/desk/cases/{case}/note"]["key"] != "twice"
    with Session(office.desk.engine) as session:
        assert [note.text for note in session.exec(select(Note).where(Note.case_id == case))] == ["Only one."]


async def test_second_line_is_asked_and_its_question_answered(live_office: Office, open_case: Open) -> None:
    office, case = live_office, await open_case()
    await done(office, "specialist", case, "claim")
    await done(office, "specialist", case, "attempt", outcome="reached")
    await done(office, "specialist", case, "escalate", text="Does 12 run on 7?")
    assert case_of(office, case).stage == "under_review"
    with Session(office.desk.engine) as session:
        review = session.exec(select(Review.id).where(Review.case_id == case)).one()
    asked_back = await office.desk.post(
        "second_line", f"/cases/{case}/reviews/{review}/question", {"text": "Which build?"}
    )
    assert asked_back.status_code == 200
    await done(office, "specialist", case, "escalate", text="7601.", review=str(review))
    refused = await send(office, "specialist", case, "escalate", text="Again: 7601.", review=str(review))
    assert refused.status_code == 409
    assert "This question is with second line already, or answered." in Page(refused.text).text
    assert "Again: 7601." in Page(refused.text).text


@pytest.mark.parametrize(("zone", "hour"), [("Asia/Omsk", 11), ("Europe/Moscow", 14)])
async def test_a_callback_is_agreed_by_the_clock_that_was_named(
    live_office: Office, open_case: Open, zone: str, hour: int
) -> None:
    office, case = live_office, await open_case(zone="Asia/Omsk")
    await done(office, "specialist", case, "claim")
    day = (now() + timedelta(days=2)).date()
    await done(office, "specialist", case, "callback", time=f"{day}T{hour}:30", zone=zone)
    agreed = datetime(day.year, day.month, day.day, hour, 30, tzinfo=ZoneInfo(zone))
    assert datetime.fromisoformat(str(case_of(office, case).snapshot["callback"])) == agreed
    text = (await shown(office, "specialist", case)).text
    assert "Agreed callback" in text
    assert "(there " in text


@pytest.mark.parametrize(
    ("form", "complaint"),
    [
        ({"time": "soon", "zone": "Asia/Omsk"}, "Give a day and a time."),
        ({"time": "2030-01-01T10:00", "zone": "Omsk"}, "Give a day and a time."),
        ({"time": "2030-01-01T10:00+03:00", "zone": "Asia/Omsk"}, "Give a day and a time."),
        ({"time": "2030-03-31T02:30", "zone": "Europe/Berlin"}, "Give a day and a time."),
        ({"zone": "Asia/Omsk"}, "Give a day and a time."),
    ],
)
async def test_a_time_that_no_clock_shows_is_asked_for_again(
    office: Office, form: dict[str, str], complaint: str
) -> None:
    answer = await send(office, "specialist", office.desk.open(), "callback", **form)
    assert answer.status_code == 422
    assert complaint in Page(answer.text).text


@pytest.mark.parametrize(
    ("what", "form"),
    [
        ("note", {"text": "  "}),
        ("attempt", {"outcome": "who knows"}),
        ("resolve", SOLVED | {"solved": ""}),
        ("resolve", SOLVED | {"cause": ""}),
        ("withdraw", {}),
        ("escalate", {"text": "x" * 10_001}),
        ("escalate", {"text": "x", "review": "none"}),
        ("customer", {"zone": "Nowhere/Town", "was_zone": ""}),
    ],
)
async def test_what_is_missing_is_asked_for_again(office: Office, what: str, form: dict[str, str]) -> None:
    answer = await send(office, "specialist", office.desk.open(), what, **form)
    assert answer.status_code == 422
    assert "Something is missing, or too long." in Page(answer.text).text


async def test_while_cases_do_not_answer_it_is_to_be_sent_again_as_it_is(office: Office) -> None:
    case = office.desk.open()
    answer = await send(office, "lead", case, "assign", key="mine", owner=str(office.staff("other")), text="Knows him.")
    page = Page(answer.text)
    assert answer.status_code == 503
    assert "Send it again: it is carried out once." in page.text
    assert page.forms[f"/desk/cases/{case}/assign"]["key"] == "mine"
    assert "Knows him." in page.text


async def test_a_lead_gives_it_moves_its_deadline_and_a_customer_wants_no_more(
    live_office: Office, open_case: Open
) -> None:
    office, case = live_office, await open_case()
    await done(office, "lead", case, "assign", owner=str(office.staff("other")), text="Knows him.")
    assert case_of(office, case).owner_id == office.staff("other")
    refused = await send(office, "lead", case, "assign", owner=str(office.staff("manager")), text="No.")
    assert "Choose somebody who works with customers here." in Page(refused.text).text
    soon = (now() + timedelta(hours=3)).astimezone(ZoneInfo("Europe/Moscow"))
    await done(office, "manager", case, "deadline", time=f"{soon:%Y-%m-%dT%H:%M}", text="A release comes.")
    assert "Moved deadline" in (await shown(office, "other", case)).text
    await done(office, "other", case, "withdraw", text="Solved it himself.")
    page = await shown(office, "other", case)
    assert "Withdrawn" in page.text
    await until(lambda: case_of(office, case).closed_at is not None)
    again = Page((await send(office, "other", case, "withdraw", text="Once more.")).text)
    assert "This case is no longer open." in again.text
    assert "Once more." in again.text


async def test_only_what_was_changed_of_the_card_is_stored(office: Office) -> None:
    case = office.desk.open()
    form = {"name": "Ivan Petrov", "was_name": "Ivan Petrov", "city": " Omsk ", "was_city": "", "zone": "Asia/Omsk"}
    with Session(office.desk.engine) as session, session.begin():
        customer = session.exec(select(Customer)).one()
        customer.name, customer.literacy = "Ivan Ivanovich Petrov", "novice"
    answer = await send(office, "specialist", case, "customer", **form, literacy="", was_literacy="novice")
    assert answer.status_code == 303
    with Session(office.desk.engine) as session:
        customer = session.exec(select(Customer)).one()
        stored = (customer.name, customer.city, customer.zone, customer.literacy)
    assert stored == ("Ivan Ivanovich Petrov", "Omsk", "Asia/Omsk", None)
    page = await shown(office, "specialist", case)
    assert "The card was completed: City, Technical literacy, Time zone — Specialist Smith" in page.text


@pytest.mark.parametrize("what", COMMANDS)
async def test_each_form_is_for_its_roles_and_comes_from_our_own_page(office: Office, what: str) -> None:
    case = office.desk.open()
    for who in ("specialist", "other", "second_line", "lead", "manager", "admin"):
        answer = await send(office, who, case, what)
        assert (answer.status_code != 403) == (who in COMMANDS[what]), (who, answer.status_code)
    path, forged = f"/desk/cases/{case}/{what}", {"Sec-Fetch-Site": "cross-site"}
    assert (await office.post("lead", path, {"key": "k"}, sent=forged)).status_code == 403
    assert (await office.post(None, path, {"key": "k"})).status_code == 303
    with Session(office.desk.engine) as session:
        assert session.exec(select(Attempt).where(col(Attempt.case_id) == case)).all() == []


async def test_a_case_that_is_not_there_has_no_page_to_be_refused_on(office: Office) -> None:
    answer = await send(office, "specialist", uuid4(), "note", text="Hello?")
    assert answer.status_code == 404
    assert "There is no such case." in Page(answer.text).text
