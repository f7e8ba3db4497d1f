"""The board: what a lead and a manager see, in both languages, and whose eyes it is not for."""

import csv
from datetime import timedelta
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text
from sqlmodel import Session

from db.tables import Alert, Cause
from domain.words import Language
from tests.api.staff_pages.office import Office, Page
from tests.db.loop_report_24 import CASES, NOW, Told, store

FEBRUARY = "from=2018-02-01&to=2018-02-28"


@pytest.fixture
def february(office: Office) -> Office:
    """The 24 cases whose report was reckoned by hand; it is noon of the last of February."""
    office.desk.set_clock(NOW)
    keep(office, *CASES)
    return office


def keep(office: Office, *cases: Told) -> None:
    with Session(office.desk.engine) as session, session.begin():
        store(session, *cases)


async def board(office: Office, query: str = "", who: str = "manager", path: str = "/board", status: int = 200) -> Page:
    answer = await office.get(who, f"{path}?{query}" if query else path)
    assert answer.status_code == status
    page = Page(answer.text)
    assert page.faults == []
    assert len(set(page.ids)) == len(page.ids)
    return page


@pytest.mark.parametrize("who", ["specialist", "other", "second_line", "admin"])
@pytest.mark.parametrize("path", ["/board", "/board/live", "/board.csv", "/board/cases", f"/board/cases/{'0' * 32}"])
async def test_it_is_for_leads_and_managers_only(office: Office, who: str, path: str) -> None:
    assert (await office.get(who, path)).status_code == 403
    assert (await office.get(None, path)).status_code == 303


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("who", ["lead", "manager"])
async def test_it_shows_the_report_with_n_and_intervals(february: Office, who: str, language: Language) -> None:
    february.speak(who, language)
    page = await board(february, FEBRUARY, who)
    for english, russian in (
        ("12 of 17 · interval 46.9 % … 86.7 %", "12 из 17 · интервал 46,9 % … 86,7 %"),
        ("3 of 5 · interval 23.1 % … 88.2 %", "3 из 5 · интервал 23,1 % … 88,2 %"),
        ("n = 10 · interval -51 … 36", "n = 10 · интервал -51 … 36"),
        ("To the conversation 15 1", "До разговора 15 1"),
        ("24 contact requests came in, of which 7 are open.", "Поступило 24 просьбы связаться, из них открыто: 7"),
    ):
        assert (english if language is Language.EN else russian) in page.text.replace("\u00a0", " ")


async def test_what_is_live_stands_on_it_and_by_itself(february: Office) -> None:
    whole, alone = await board(february), await board(february, path="/board/live")
    for page in (whole, alone):
        assert "2 · Promises broken, customer waits" in page.text
        assert "Awaiting callback 5 In progress 1 Under review 0 Resolved 1" in page.text
    assert "<html" not in (await february.get("manager", "/board/live")).text


async def test_a_change_is_seen_at_once_whoever_looked_before(office: Office) -> None:
    before = await board(office, path="/board/live")
    assert "0 · All open" in before.text
    office.desk.open()
    assert "1 · All open" in (await board(office, path="/board/live", who="lead")).text


async def test_a_copy_is_kept_for_each_language(february: Office) -> None:
    february.speak("lead", Language.RU)
    assert "2 · Обещание нарушено, клиент ждёт" in (await board(february, path="/board/live", who="lead")).text
    assert "2 · Promises broken, customer waits" in (await board(february, path="/board/live")).text


async def test_what_the_clock_alone_changes_is_seen_soon(february: Office) -> None:
    await board(february, path="/board/live")
    february.desk.set_clock(NOW + timedelta(minutes=40))
    assert "1 · Promises at risk" in (await board(february, path="/board/live")).text


async def test_every_number_leads_to_as_many_cases(february: Office) -> None:
    html = (await february.get("manager", f"/board?{FEBRUARY}&by=month")).text
    numbers = Counted(html).numbers
    assert len({link for link, _ in numbers}) > 60
    for link, count in numbers:
        listed = Counted((await february.get("manager", link)).text)
        assert listed.cases == count, link


class Counted(Page):
    """The numbers of a page that lead to their cases, and how many cases a list has."""

    def __init__(self, html: str) -> None:
        self.numbers: list[tuple[str, int]] = []
        self.cases = 0
        super().__init__(html)

    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        if self.open and self.open[-1] == "a" and self.links[-1].startswith("/board/cases?") and data.strip().isdigit():
            self.numbers.append((self.links[-1], int(data)))
        if self.open and self.open[-1] == "a" and self.links[-1].startswith("/board/cases/"):
            self.cases += 1


async def test_filters_lie_in_the_address_and_hold_in_every_link(february: Office) -> None:
    keep(february, Told("02-03 07:00", product="b&c ü", source="generic"), Told("02-04 07:00", product="b&c ü"))
    query = f"{FEBRUARY}&by=month&product=b%26c+%C3%BC&source=generic"
    page = await board(february, query)
    assert "1 contact request came in" in page.text
    asked = [parse_qs(urlsplit(link).query) for link in page.links if link.startswith("/board/cases?number")]
    assert asked
    assert {(*one["product"], *one["source"], *one["by"]) for one in asked} == {("b&c ü", "generic", "month")}
    assert [link for link in page.links if link.startswith("/board.csv")] == [
        "/board.csv?from=2018-02-01&to=2018-02-28&by=month&product=b%26c+%C3%BC&source=generic"
    ]


async def test_without_an_address_it_is_the_last_90_days_by_week(february: Office) -> None:
    page = await board(february)
    assert page.forms["/board"]["from"] == "2017-12-01"
    assert page.forms["/board"]["to"] == "2018-02-28"
    assert "5 Feb 2018 – 11 Feb 2018" in page.text
    assert "24 contact requests" in page.text


async def test_a_week_without_cases_has_its_line_too(february: Office) -> None:
    page = await board(february, FEBRUARY)
    assert "19 Feb 2018 – 25 Feb 2018 — — 0" in page.text


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("from=2018-03-01&to=2018-02-01", "The first day comes after the last one."),
        ("from=yesterday", "These are not two days"),
        ("to=9999-12-31", "These are not two days"),
        ("from=0001-01-01", "These are not two days"),
        ("from=2010-01-01&to=2018-01-01", "longer than three years"),
    ],
)
async def test_a_period_that_is_none_is_asked_for_again(february: Office, query: str, complaint: str) -> None:
    page = await board(february, query, status=422)
    assert complaint in page.text
    typed = {name: values[0] for name, values in parse_qs(query).items()}
    assert page.forms["/board"].items() >= typed.items()
    assert "This period cannot be shown" in (await board(february, query, path="/board/cases", status=422)).text
    assert (await february.get("manager", f"/board.csv?{query}")).status_code == 422


async def test_the_table_to_download_is_of_what_is_shown(february: Office) -> None:
    answer = await february.get("manager", f"/board.csv?{FEBRUARY}&by=month&source=typeform")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="board-2018-02-01-2018-02-28.csv"'
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert [(row["row"], row["group"], row["promise_kept_count"]) for row in rows] == [
        ("total", "", "12"),
        ("group", "2018-02", "12"),
    ]
    assert rows[0]["recovery_won_back_count"] == "3"
    assert rows[0]["recovery_change_net"] == "0.2222"


async def test_causes_are_called_by_their_names(february: Office) -> None:
    february.desk.store(Cause(code="network_setup_2", name_en="x", name_ru="y"))
    with february.desk.engine.begin() as connection:
        connection.execute(text("update cases set cause = 'network_setup_2' where cause = 'network_setup'"))
        connection.execute(text("update cause set name_en = '<b>Set-up</b>' where code = 'network_setup_2'"))
    html = (await february.get("manager", f"/board?{FEBRUARY}")).text
    assert "&lt;b&gt;Set-up&lt;/b&gt;" in html
    assert "<b>Set-up" not in html
    listed = await board(february, f"{FEBRUARY}&number=resolved&cause=network_setup_2", path="/board/cases")
    assert "3 cases" in listed.text


async def test_nobody_is_ranked(february: Office) -> None:
    with february.desk.engine.begin() as connection:
        connection.execute(
            text("update cases set owner_id = :who where closed_at is null"), {"who": february.staff("other")}
        )
    page = (await board(february)).text
    names = [february.desk.staff[one].name for one in ("lead", "other", "second_line", "specialist")]
    assert [page.rindex(name) for name in names] == sorted(page.rindex(name) for name in names)


async def test_an_office_without_cases_has_a_board_too(office: Office) -> None:
    page = await board(office)
    assert "0 contact requests came in" in page.text
    assert "Nothing is open. Well done." in page.text
    assert "Nothing was worked to the end yet." in page.text


async def test_reading_changes_nothing(office: Office) -> None:
    case = office.desk.open()
    with Session(office.desk.engine) as session, session.begin():
        session.add(Alert(key=f"{case}:1", case_id=case, kind="promise_broken", due=NOW, raised_at=NOW))
    before = written(office)
    for path in ("/board", "/board/live", "/board.csv", "/board/cases?now=alerted", f"/board/cases/{case}"):
        assert (await office.get("manager", path)).status_code == 200
    assert written(office) == before


def written(office: Office) -> list[object]:
    with office.desk.engine.connect() as connection:
        tables = ("cases", "tally", "timeline", "alert", "inbox", "message")
        return [list(connection.execute(text(f"select * from {table} order by 1"))) for table in tables]
