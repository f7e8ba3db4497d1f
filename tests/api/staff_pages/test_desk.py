"""The desk: rows in order of urgency, filters with figures, pages, and what one rendering serves."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event
from sqlmodel import Session

from api.staff_pages import desk_queue
from db import inbox
from db.columns import now
from db.intake import Inbox
from db.people import Customer
from domain.messages import AnswerReview, Claim, Escalate, LogAttempt
from domain.words import AttemptOutcome, Language, Role
from tests.api.conftest import Open, row
from tests.api.staff_desk import Desk
from tests.api.staff_pages.office import Office, Page

MINUTE = timedelta(minutes=1)


@pytest.fixture
def office(office: Office) -> Office:
    for who in office.desk.staff:
        office.speak(who, Language.EN)
    return office


def customer(desk: Desk, name: str | None, **more: object) -> object:
    row = Customer.model_validate({"name": name, **more})
    with Session(desk.engine, expire_on_commit=False) as session, session.begin():
        session.add(row)
    return row.id


def opened(office: Office, name: str, *, minutes: int = 0, **more: object) -> str:
    at = now() - minutes * MINUTE
    return str(office.desk.open(requested=at, customer=customer(office.desk, name), phone=number(), **more))


def number() -> str:
    return f"+7916{uuid4().int % 10**7:07d}"


async def shown(office: Office, who: str = "specialist", path: str = "/desk") -> str:
    answer = await office.get(who, path)
    assert answer.status_code == 200, answer.text
    page = Page(answer.text)
    assert page.faults == []
    assert len(page.ids) == len(set(page.ids))
    return page.text


def cases_of(html: str) -> list[str]:
    return [link.removeprefix("/desk/cases/") for link in Page(html).links if link.startswith("/desk/cases/")]


async def test_the_most_urgent_customer_is_on_top_with_the_reason(office: Office) -> None:
    late, soon = opened(office, "Late Customer", minutes=70), opened(office, "Soon Customer", minutes=30)
    office.desk.let_time_pass(next(one for one in office.desk.cases if str(one) == late))
    answer = await office.get("specialist", "/desk")
    assert cases_of(answer.text) == [late, soon]
    text = Page(answer.text).text
    assert "−10:" in text
    assert "Overdue Promise broken: call now Late Customer" in text
    assert "Call promised Soon Customer" in text


async def test_who_waits_for_an_answer_that_came_back_stands_before_whoever_is_promised_a_call_later(
    office: Office,
) -> None:
    desk, review = office.desk, uuid4()
    owner, second = desk.staff["specialist"].by, desk.staff["second_line"].by
    overdue, soon = opened(office, "Overdue", minutes=70), opened(office, "Soon", minutes=30)
    talked = [LogAttempt(by=owner, attempt=uuid4(), outcome=AttemptOutcome.REACHED) for _ in range(2)]
    asked = Escalate(by=owner, review=review, question=uuid4())
    told = desk.open(Claim(by=owner), talked[0], asked, phone=number(), customer=customer(desk, "Told"))
    idle = desk.open(Claim(by=owner), talked[1], phone=number(), customer=customer(desk, "Idle"))
    assert cases_of((await office.get("specialist", "/desk")).text) == [overdue, soon, str(told), str(idle)]
    desk.obey(told, AnswerReview(by=second, review=review, answer=uuid4()))
    html = (await office.get("specialist", "/desk")).text
    assert cases_of(html) == [overdue, str(told), soon, str(idle)]
    assert "Second line has answered Told" in Page(html).text


async def test_a_row_says_whose_it_is_which_loop_and_how_to_address_the_customer(office: Office) -> None:
    by, desk = office.desk.staff["specialist"].by, office.desk
    who = customer(desk, "Maria", address_form="Maria Ivanovna")
    mine = desk.open(Claim(by=by), customer=who, product="home", previous_case=uuid4())
    desk.open(customer=who, product="home")
    text = await shown(office)
    assert "Maria Maria Ivanovna" in text
    assert "Specialist Smith" in text
    assert "offered to Specialist Smith" in text
    assert "home · generic" in text
    assert f'data-owner="{by.id}"' in (await office.get("lead", "/desk")).text
    assert row(desk, mine)


async def test_filters_narrow_the_queue_and_tell_how_many_they_would_show(office: Office) -> None:
    me = office.desk.staff["specialist"].by
    talked = LogAttempt(by=me, attempt=uuid4(), outcome=AttemptOutcome.REACHED)
    late = opened(office, "Late", minutes=70)
    mine = str(office.desk.open(Claim(by=me), talked, phone=number(), customer=customer(office.desk, "Mine")))
    free = opened(office, "Free", minutes=-30)
    figures = " ".join((await shown(office)).split("Take the next one")[1].split("Time left")[0].split())
    assert figures.startswith("All 3 Mine 1 Nobody's 2 Any stage 3 Awaiting callback 2 In progress 1 Under review 0")
    assert "Any time 3 Overdue 1 Within the hour 1 3 cases" in figures
    expected = {"owner=me": [mine], "owner=none": [late, free], "stage=in_progress": [mine], "due=overdue": [late]}
    for query, cases in expected.items():
        assert cases_of((await office.get("specialist", f"/desk?{query}")).text) == cases, query
        assert cases_of((await office.get("specialist", f"/desk/queue?{query}")).text) == cases, query
    both = await shown(office, path="/desk?owner=none&due=overdue")
    assert "Mine 0" in both
    assert "1 case" in both


async def test_what_is_mine_depends_on_who_looks(office: Office) -> None:
    mine = str(office.desk.open(Claim(by=office.desk.staff["specialist"].by)))
    assert cases_of((await office.get("specialist", "/desk/queue?owner=me")).text) == [mine]
    assert cases_of((await office.get("other", "/desk/queue?owner=me")).text) == []
    assert "Mine 1" in await shown(office)
    assert "Mine 0" in await shown(office, "other")


@pytest.mark.parametrize("query", ["owner=somebody", "stage=nowhere", "due=never", "rows=0", "rows=501", "cursor=x"])
async def test_filters_nobody_offers_are_refused_in_words(office: Office, query: str) -> None:
    answer = await office.get("specialist", f"/desk?{query}")
    assert answer.status_code == 422
    assert "Something is missing" in Page(answer.text).text


async def test_the_queue_comes_in_pages_and_is_refetched_whole(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_queue, "PAGE", 2)
    all_of_them = [opened(office, f"Number {minutes}", minutes=minutes) for minutes in (50, 40, 30, 20, 10)]
    first = (await office.get("specialist", "/desk?rows=2")).text
    assert cases_of(first) == all_of_them[:2]
    [more] = [link for link in Page(first).links if "cursor=" in link]
    assert cases_of((await office.get("specialist", more)).text)[:2] == all_of_them[2:4]
    rows = (await office.get("specialist", more.replace("/desk?", "/desk/rows?"))).text
    assert rows.lstrip().startswith("<tr")
    assert cases_of(rows)[:2] == all_of_them[2:4]
    assert cases_of((await office.get("specialist", "/desk/queue?rows=4")).text)[:5] == all_of_them[:4]


async def test_after_five_hundred_rows_one_goes_on_to_another_page(office: Office) -> None:
    opened(office, "One", minutes=2)
    opened(office, "Two", minutes=1)
    on = (await office.get("specialist", "/desk/rows?rows=1&loaded=400")).text
    assert 'hx-trigger="revealed"' in on
    assert "loaded=401" in on
    end = (await office.get("specialist", "/desk/rows?rows=1&loaded=499")).text
    assert "revealed" not in end
    assert "/desk?cursor=" in end


async def test_contact_requests_on_their_way_stand_on_top_with_number_and_time(office: Office) -> None:
    told = office.desk.respond(phone="+79160001122")
    assert told.promise
    with Session(office.desk.engine) as session, session.begin():
        request = Inbox(kind=inbox.CONTACT_REQUEST, key=str(told.case), case_id=told.case, urgent_at=told.promise.due)
        session.add(request)
    text = await shown(office)
    assert "About to open 1" in text
    assert "+79160001122" in text
    assert "Nobody is waiting" not in text


@pytest.mark.parametrize(
    ("who", "free", "broken"),
    [
        (Role.SPECIALIST, True, True),
        (Role.SECOND_LINE, False, True),
        (Role.LEAD, False, True),
        (Role.MANAGER, False, False),
    ],
)
async def test_who_may_take_a_case_is_offered_it(office: Office, who: Role, free: bool, broken: bool) -> None:
    soon, late = opened(office, "Soon"), opened(office, "Late", minutes=70)
    for case in office.desk.cases:
        office.desk.let_time_pass(case)
    page = Page((await office.get(who.value, "/desk")).text)
    assert (f"/desk/cases/{soon}/claim" in page.forms) is free
    assert (f"/desk/cases/{late}/claim" in page.forms) is broken
    assert ("/desk/next" in page.forms) is (who is not Role.MANAGER)


async def test_names_are_shown_as_text(office: Office) -> None:
    opened(office, "<script>alert(1)</script>")
    answer = await office.get("specialist", "/desk")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text


async def test_it_speaks_russian(office: Office) -> None:
    opened(office, "Иван", minutes=70)
    office.speak("specialist", Language.RU)
    text = await shown(office)
    assert "Ничьи 1" in text
    assert "Обещан звонок" in text
    assert "1 обращение" in text
    assert "Взять следующее" in text


async def test_an_empty_queue_is_no_error(office: Office) -> None:
    assert "Nobody is waiting. Whoever comes next appears here" in await shown(office)
    assert "No case is like that. Show all" in await shown(office, path="/desk?owner=me")


async def test_fifty_desks_that_refetch_at_once_cost_one_reading_of_the_queue(office: Office) -> None:
    opened(office, "One")
    office.sign_in("specialist")
    readings: list[str] = []

    def heard(*told: object) -> None:
        if " customer" in str(told[2]) and " cases" in str(told[2]):
            readings.append(str(told[2]))

    event.listen(office.desk.engine, "before_cursor_execute", heard)
    began = int(now().timestamp())
    answers = await asyncio.gather(*(office.get("specialist", "/desk/queue") for _ in range(50)))
    seconds = int(now().timestamp()) - began + 1
    event.remove(office.desk.engine, "before_cursor_execute", heard)
    assert {answer.status_code for answer in answers} == {200}
    assert 1 <= len(readings) <= seconds


async def test_what_another_process_has_told_is_read_anew(office: Office) -> None:
    opened(office, "One")
    asked = {"Cookie": f"closeloop={office.sign_in('specialist')}", "Feed-Position": "1"}
    assert len(cases_of((await office.desk.client.get("/desk/queue", headers=asked)).text)) == 1
    opened(office, "Two")
    for position in ("2", "x", "9" * 40):
        answer = await office.desk.client.get("/desk/queue", headers=asked | {"Feed-Position": position})
        assert answer.status_code == 200
        if position == "2":
            assert len(cases_of(answer.text)) == 2


async def test_a_fragment_of_somebody_signed_out_loads_the_page_anew(office: Office) -> None:
    answer = await office.desk.client.get("/desk/queue", headers={"HX-Request": "true"})
    assert (answer.status_code, "hx-refresh" in answer.headers) == (401, False), "what is typed on the page stays"


async def test_the_next_case_is_taken_once_for_one_form(live_office: Office, open_case: Open) -> None:
    first = await open_case(requested=now() - 30 * MINUTE)
    await open_case()
    page = Page((await live_office.get("specialist", "/desk")).text)
    form = page.forms["/desk/next"]
    for _ in range(2):
        answer = await live_office.post("specialist", "/desk/next", form)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/desk/cases/{first}")
    taken = row(live_office.desk, first)
    assert taken
    assert taken.owner_id == live_office.staff("specialist")


async def test_when_nobody_waits_that_is_said_kindly(office: Office) -> None:
    answer = await office.post("specialist", "/desk/next", {"key": "k"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk?next=none")
    assert "Nobody is waiting for you now." in await shown(office, path="/desk?next=none")
