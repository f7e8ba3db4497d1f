"""The case page: all that is known, told to those who may see it, and nothing that a customer wrote runs."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, select

from db.casework import Note
from db.columns import new_id, now
from db.intake import Response
from db.outreach import Alert, FinalSurvey, Message
from db.people import Customer, Licence, Organisation, Purchase
from db.presence import Presence
from domain.messages import AnswerReview, AskBack, Claim, Escalate, LogAttempt
from domain.words import AttemptOutcome, Language
from tests.api.staff_desk import Desk
from tests.api.staff_pages.office import Office, Page

CASEWORKERS = ["specialist", "other", "second_line", "lead", "manager"]
NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def page_of(case_id: UUID) -> str:
    return f"/desk/cases/{case_id}"


async def read(office: Office, who: str, case_id: UUID) -> Page:
    answer = await office.get(who, page_of(case_id))
    assert answer.status_code == 200
    page = Page(answer.text)
    assert page.faults == []
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    return page


def reach(desk: Desk, case_id: UUID, who: str = "specialist") -> None:
    """Taken, and spoken with."""
    by = desk.staff[who].by
    desk.obey(case_id, Claim(by=by))
    desk.obey(case_id, LogAttempt(by=by, attempt=new_id(), outcome=AttemptOutcome.REACHED))


@pytest.fixture
def known(office: Office) -> UUID:
    """A case of a customer of whom all is known."""
    desk, ago = office.desk, now() - timedelta(days=1)
    organisation, anna = new_id(), new_id()
    desk.store(Organisation(id=organisation, external_id="org-1", name="Tulip Ltd"))
    customer = Customer(
        id=anna, name="Anna Belova", address_form="Anna Petrovna", email="anna@example.com", external_id="c-77",
        organisation_id=organisation, phone="+79031112233", zone="Asia/Omsk", city="Omsk", literacy="confident",
        channel="shop", language="ru",
    )  # fmt: skip
    desk.store(customer)
    desk.store(
        Licence(external_id="l1", customer_id=anna, product="home", segment="full", valid_until=ago),
        Licence(external_id="l2", customer_id=anna, product="office", segment="business", seats=5,
                valid_until=now() + timedelta(days=10)),
        Purchase(external_id="p1", customer_id=anna, product="vpn", amount_minor=129900, currency="RUB",
                 state="abandoned", at=ago),
    )  # fmt: skip
    answers = [
        {"question_id": "q1", "question_text": "Would you recommend us?", "value": 0, "meaning": "nps"},
        {"question_id": "q2", "question_text": "What did you use?", "value": ["Updates", "Support"]},
        {"question_id": "q3", "question_text": "Does it start?", "value": False},
        {"question_id": "q4", "question_text": "Anything else?", "value": None},
    ]
    return desk.open(customer=anna, answers=answers, comment="It is slow.", product="home")


async def test_everything_known_is_on_one_page(office: Office, known: UUID) -> None:
    text = (await read(office, "specialist", known)).text
    for told in (
        "Anna Belova", "Anna Petrovna", "anna@example.com", "+7 916 123-45-67",
        "also +7 903 111-22-33", "Omsk, UTC+6", "Russian",
        "confident", "shop", "Tulip Ltd", "c-77", "expired", "expires", "5 seats", "1,299.00", "not finished",
        "0 of 10 would recommend us", "It is slow.", "Would you recommend us? 0", "What did you use? Updates, Support",
        "Does it start? No", "Callback promise", "The case was opened.", "Awaiting callback", "Nobody has it",
    ):  # fmt: skip
        assert told in text, told
    assert "Anything else?" not in text


async def test_it_is_told_in_russian_too(office: Office, known: UUID) -> None:
    office.speak("specialist", Language.RU)
    text = (await read(office, "specialist", known)).text
    for told in ("Кто", "Омск, UTC+6", "Обещанный звонок", "Обращение создано.", "5 мест", "Взять"):
        assert told in text, told


@pytest.mark.parametrize("who", CASEWORKERS)
async def test_whoever_works_with_customers_may_read_it(office: Office, who: str) -> None:
    case = office.desk.open()
    await read(office, who, case)
    assert (await office.get(who, f"{page_of(case)}/live")).status_code == 200


@pytest.mark.parametrize("path", ["", "/live"])
async def test_nobody_else_may(office: Office, path: str) -> None:
    case = office.desk.open()
    assert (await office.get("admin", page_of(case) + path)).status_code == 403
    asked = await office.get(None, page_of(case) + path)
    assert (asked.status_code, asked.headers["location"].split("?")[0]) == (303, "/sign-in")


async def test_a_case_that_is_not_there_is_told_so(office: Office) -> None:
    answer = await office.get("specialist", page_of(uuid4()))
    assert answer.status_code == 404
    assert "There is no such case." in Page(answer.text).text


async def test_the_address_of_a_form_leads_back_to_the_case(office: Office) -> None:
    case = office.desk.open()
    answer = await office.get("specialist", f"{page_of(case)}/claim")
    assert (answer.status_code, answer.headers["location"]) == (303, page_of(case))


async def test_what_people_wrote_never_becomes_markup(office: Office) -> None:
    desk = office.desk
    customer = new_id()
    desk.store(Customer(id=customer, name=NASTY, address_form=NASTY, city=NASTY, literacy=NASTY, channel=NASTY))
    answers = [{"question_id": "q", "question_text": NASTY, "value": NASTY}]
    case = desk.open(customer=customer, answers=answers, comment=NASTY, name=f"Z{NASTY}", product=NASTY)
    reach(desk, case)
    desk.store(Note(case_id=case, kind="note", by=office.staff("other"), text=NASTY))
    desk.store(FinalSurvey(case_id=case, tnps=0, solved=False, comment=NASTY))
    html = (await office.get("specialist", page_of(case))).text
    assert "<img" not in html
    assert html.count("<script") == html.count('<script src="/assets/')
    assert NASTY in (await read(office, "specialist", case)).text


async def test_no_personal_data_stands_in_an_address(office: Office, known: UUID) -> None:
    reach(office.desk, known)
    page = await read(office, "specialist", known)
    addresses = " ".join([*page.links, *page.forms])
    for personal in ("Anna", "Belova", "9161234567", "916 123", "anna@", "c-77", "Omsk"):
        assert personal not in addresses


async def test_an_erased_customer_is_told_so_and_nothing_may_be_added(office: Office) -> None:
    case = office.desk.open()
    with Session(office.desk.engine) as session, session.begin():
        response = session.get_one(Response, case)
        customer = session.get_one(Customer, response.customer_id)
        response.erased_at = customer.erased_at = now()
        response.name = response.phone = response.phone_typed = response.comment = None
        response.answers, customer.name, customer.phone, customer.email = [], None, None, None
    page = await read(office, "specialist", case)
    assert "This customer was erased" in page.text
    assert f"{page_of(case)}/note" not in page.forms
    assert f"{page_of(case)}/customer" not in page.forms
    answer = await office.post("specialist", f"{page_of(case)}/note", {"key": "k", "text": "Too late."})
    assert answer.status_code == 409
    assert "This customer was erased. Nothing may be added." in Page(answer.text).text


async def test_messages_alerts_and_the_final_answer_are_shown(office: Office) -> None:
    desk, case = office.desk, office.desk.open()
    desk.store(
        Message(key="m1", case_id=case, template="we_are_late", channel="sms", state="delivered"),
        Message(key="m2", case_id=case, template="tried_to_reach", channel="mail", state="skipped", error="reached"),
        Message(key="m3", case_id=case, template="alert_new_case", channel="alert", staff_id=office.staff("lead")),
        Alert(key="a", case_id=case, kind="promise_broken", due=now(), raised_at=now(), repeats=2),
        FinalSurvey(case_id=case, tnps=0, solved=False, comment="Still slow.", contact_requested=True),
    )
    text = (await read(office, "specialist", case)).text
    for told in (
        "We are late · SMS", "delivered", "We tried to reach you · e-mail", "better not sent",
        "we had spoken with them", "The callback promise was broken.",
        "repeated 2 times", "0 of 10", "Still slow.", "Wants contact again",
    ):  # fmt: skip
        assert told in text, told
    assert "alert_new_case" not in text


async def test_other_cases_are_told_unfinished_first_and_a_shared_number_is_a_suggestion(office: Office) -> None:
    desk = office.desk
    first = desk.open()
    with Session(desk.engine) as session:
        customer = session.get_one(Response, first).customer_id
    second = desk.open(customer=customer, product="antivirus")
    page = await read(office, "specialist", second)
    assert "Others, unfinished first" in page.text
    assert page_of(first) in page.links
    stranger = desk.open()
    page = await read(office, "specialist", stranger)
    assert "Perhaps the same person" in page.text
    assert page_of(first) in page.links


async def test_the_conversation_with_second_line_is_shown_and_its_question_can_be_answered(office: Office) -> None:
    desk, case = office.desk, office.desk.open()
    reach(desk, case)
    review, question, back = new_id(), new_id(), new_id()
    owner, second = desk.staff["specialist"].by, desk.staff["second_line"].by
    desk.store(
        Note(id=question, case_id=case, review_id=review, kind="question", by=owner.id, text="Does 12 run on 7?"),
        Note(id=back, case_id=case, review_id=review, kind="question_back", by=second.id, text="Which build?"),
    )
    desk.obey(case, Escalate(by=owner, review=review, question=question))
    assert "Waits for an answer" in (await read(office, "specialist", case)).text
    desk.obey(case, AskBack(by=second, review=review, question=back))
    page = await read(office, "specialist", case)
    assert "Does 12 run on 7?" in page.text
    assert "Which build?" in page.text
    assert "Asked back: your turn" in page.text
    assert f'name="review" value="{review}"' in (await office.get("specialist", page_of(case))).text
    assert "Answer second line" not in (await read(office, "other", case)).text
    desk.obey(case, Escalate(by=owner, review=review, question=question, again=True))
    desk.obey(case, AnswerReview(by=second, review=review, answer=back))
    assert "Answered" in (await read(office, "specialist", case)).text


async def test_a_read_changes_nothing(office: Office, known: UUID) -> None:
    await read(office, "specialist", known)
    await office.get("specialist", f"{page_of(known)}/live")
    with Session(office.desk.engine) as session:
        assert session.exec(select(Presence)).all() == []
        assert session.exec(select(Note)).all() == []


async def test_whoever_looks_too_is_named_until_they_are_gone(office: Office) -> None:
    case, other = office.desk.open(), office.desk.open()
    look = f"{page_of(case)}/presence"
    assert Page((await office.post("other", look)).text).text == ""
    seen = Page((await office.post("specialist", look)).text).text
    assert seen == "Other Smith is looking at this case too."
    assert seen in (await read(office, "specialist", case)).text
    await office.post("lead", look)
    assert "Lead Smith, Other Smith are looking" in Page((await office.post("specialist", look)).text).text
    assert "looking" not in Page((await office.get("specialist", page_of(other))).text).text
    with Session(office.desk.engine) as session, session.begin():
        for row in session.exec(select(Presence)):
            row.seen_at -= timedelta(minutes=2)
    assert Page((await office.post("specialist", look)).text).text == ""


async def test_signs_of_life_do_not_pile_up(office: Office) -> None:
    for _ in range(3):
        case = office.desk.open()
        await office.post("specialist", f"{page_of(case)}/presence")
        await office.post("specialist", f"{page_of(case)}/presence")
        with Session(office.desk.engine) as session, session.begin():
            for row in session.exec(select(Presence)):
                row.seen_at -= timedelta(minutes=2)
    with Session(office.desk.engine) as session:
        assert len(session.exec(select(Presence)).all()) == 1


async def test_presence_needs_our_own_page_and_a_caseworker(office: Office) -> None:
    look = f"{page_of(office.desk.open())}/presence"
    elsewhere = await office.post("specialist", look, sent={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403
    assert (await office.post("admin", look)).status_code == 403
