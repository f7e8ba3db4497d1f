"""The cases behind a number of the board, and one case as it is live."""

from uuid import UUID, uuid4

import pytest
from sqlmodel import Session

from api.staff_pages import board_words, waits
from api.staff_pages.board import temporal_address
from db.board import NOW as LIVE_NUMBERS
from db.report_kinds import COUNTED
from db.tables import Alert, Case
from domain.words import Language
from settings import Settings
from tests.api.conftest import Open
from tests.api.staff_pages.office import Office, Page
from tests.db.loop_report_24 import NOW, Told, store

FEBRUARY = "from=2018-02-01&to=2018-02-28"


async def shown(office: Office, path: str, who: str = "manager", status: int = 200) -> Page:
    answer = await office.get(who, path)
    assert answer.status_code == status, answer.text
    page = Page(answer.text)
    assert page.faults == []
    return page


def cases_of(page: Page) -> list[UUID]:
    return [UUID(link.removeprefix("/board/cases/")) for link in page.links if link.startswith("/board/cases/")]


def further(page: Page) -> str | None:
    return next((link for link in page.links if "cursor=" in link), None)


def test_every_number_has_a_name() -> None:
    assert board_words.REPORTED.keys() == COUNTED.keys()
    assert board_words.LIVE.keys() == LIVE_NUMBERS.keys()


@pytest.mark.parametrize("first", ["/board/cases?now=open", f"/board/cases?number=cases&{FEBRUARY}"])
async def test_page_by_page_all_cases_are_shown_once(office: Office, first: str) -> None:
    office.desk.set_clock(NOW)
    with Session(office.desk.engine) as session, session.begin():
        store(session, *(Told("02-10 08:00") for _ in range(120)))
    found, address = list[UUID](), first
    sizes = []
    while address:
        page = await shown(office, address)
        assert "120 cases" in page.text
        sizes.append(len(cases_of(page)))
        found, address = found + cases_of(page), further(page) or ""
    assert sizes == [50, 50, 20]
    assert len(set(found)) == 120


async def test_a_line_tells_whose_case_it_is_and_where_it_stands(office: Office) -> None:
    case = office.desk.open(product="Total <Security>")
    with Session(office.desk.engine) as session, session.begin():
        session.get_one(Case, case).owner_id = office.staff("other")
    page = await shown(office, f"/board/cases?now=open&owner={office.staff('other')}")
    assert "Ivan Petrov Total <Security> generic Awaiting callback Other Smith —" in page.text
    assert "1 case · Other Smith" in page.text
    assert cases_of(page) == [case]
    assert cases_of(await shown(office, f"/board/cases?now=open&owner={office.staff('lead')}")) == []


async def test_by_stage_only_those_are_shown(office: Office) -> None:
    case = office.desk.open()
    assert cases_of(await shown(office, "/board/cases?now=open&stage=awaiting_callback")) == [case]
    page = await shown(office, "/board/cases?now=open&stage=resolved")
    assert "There are no such cases." in page.text


@pytest.mark.parametrize(
    "query",
    [
        "now=true",
        "now=",
        "number=drop",
        "number=",
        "now=open&stage=asleep",
        "now=open&owner=me",
        "number=cases&outcome=lost",
        "number=cases&cause=%00",
    ],
)
async def test_a_number_that_is_none_is_not_found(office: Office, query: str) -> None:
    page = await shown(office, f"/board/cases?{query}", status=404)
    assert "The board has no such number." in page.text
    office.speak("lead", Language.RU)
    assert "На табло нет такого числа." in (await shown(office, f"/board/cases?{query}", "lead", status=404)).text


@pytest.mark.parametrize("query", ["now=open", "number=cases"])
async def test_a_cursor_of_somebody_else_is_refused(office: Office, query: str) -> None:
    await shown(office, f"/board/cases?{query}&cursor=nonsense", status=422)


async def test_names_that_cannot_be_stored_have_no_cases(office: Office) -> None:
    office.desk.open(product="x")
    page = await shown(office, "/board/cases?number=cases&product=a%00b&product=" + "x" * 300)
    assert len(cases_of(page)) == 1  # as if nothing was asked for
    assert cases_of(await shown(office, "/board/cases?number=cases&product=unheard")) == []


@pytest.mark.parametrize(
    ("language", "waits_for"), [("en", "Waits for the next warning"), ("ru", "Чего ждёт следующее")]
)
async def test_a_case_is_shown_live(live_office: Office, open_case: Open, language: str, waits_for: str) -> None:
    case = await open_case()
    live_office.speak("lead", Language(language))
    page = await shown(live_office, f"/board/cases/{case}", "lead")
    assert waits_for in page.text
    assert f"case-{case}" in page.text
    assert ("Live from its workflow" in page.text) == (language == "en")
    assert f"http://localhost:8233/namespaces/default/workflows/case-{case}" in page.links
    assert "RUNNING" in page.text


async def test_without_its_workflow_it_is_shown_from_the_rows(office: Office) -> None:
    page = await shown(office, f"/board/cases/{office.desk.open()}")
    assert "The workflow does not answer, or is gone" in page.text
    assert "the next warning of the callback promise" in page.text


async def test_its_buttons_lead_to_forms_that_are_there(office: Office) -> None:
    case = office.desk.open()
    await shown(office, f"/board/cases/{case}")
    with Session(office.desk.engine) as session, session.begin():
        row = session.get_one(Case, case)
        alarm = {"seq": 1, "due": NOW.isoformat(), "next_at": NOW.isoformat()}
        row.snapshot = row.snapshot | {"alarms": {"promise_broken": alarm}}
        session.add(Alert(key=f"{case}:1", case_id=case, kind="promise_broken", due=NOW, raised_at=NOW))
    page = await shown(office, f"/board/cases/{case}")
    wanted = {link.partition("#")[2] for link in page.links if link.startswith(f"/desk/cases/{case}#")}
    assert wanted == {"form-assign", "form-deadline", "form-acknowledge"}
    assert wanted <= set((await shown(office, f"/desk/cases/{case}", "lead")).ids)


async def test_a_case_that_is_none_is_not_found(office: Office) -> None:
    await shown(office, f"/board/cases/{uuid4()}", status=404)
    await shown(office, "/board/cases/none", status=422)


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ({}, "http://localhost:8233/namespaces/default/workflows/case-1"),
        ({"temporal_namespace": "a/b"}, "http://localhost:8233/namespaces/a%2Fb/workflows/case-1"),
        ({"temporal_address": "temporal:7233"}, None),
        (
            {"temporal_address": "temporal:7233", "temporal_ui_origins": ("https://temporal.example.com",)},
            "https://temporal.example.com/namespaces/default/workflows/case-1",
        ),
        ({"temporal_ui_origins": ()}, None),
    ],
)
def test_the_link_to_temporal_is_one_we_know_of(told: dict[str, object], address: str | None) -> None:
    assert temporal_address(Settings(_env_file=None).model_copy(update=told), "case-1") == address


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("promise, 75% gone", "the next warning of the callback promise"),
        ("promise due", "the callback promise falls due"),
        ("claimed, not called", "a call by whoever took it"),
        ("alarm repeats: promise_broken", "the alert to be acknowledged"),
        ("goal: resolved", "the goal: solved by then"),
        ("something newer", "something newer"),
    ],
)
def test_what_it_waits_for_is_said_in_words(step: str, said: str) -> None:
    assert waits.wait(Language.EN, step) == said
