"""The card: everything a specialist reads before calling; the timeline in words; what they add."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session

from api.shown import AnswerOut, CaseCard
from api.timeline_words import WORDS
from db import inbox
from db.casework import Case
from db.columns import new_id, now
from db.outreach import Alert, Message
from db.people import Customer, Licence, Organisation, Purchase
from domain.events import EventKind
from domain.messages import AskBack, Claim, Escalate, LogAttempt
from domain.words import AttemptOutcome, Language, Stage
from tests.api.staff_desk import Desk

FREE = {"amount_minor": 0, "currency": "RUB"}


def customer_of(desk: Desk, case_id: UUID) -> UUID:
    with Session(desk.engine) as session:
        return session.get_one(Case, case_id).customer_id


async def card(desk: Desk, case_id: UUID) -> CaseCard:
    answer = await desk.get("specialist", f"/cases/{case_id}")
    assert answer.status_code == 200, answer.text
    return CaseCard.model_validate(answer.json())


async def test_the_card_shows_the_customer_and_what_they_own(desk: Desk) -> None:
    company, customer = new_id(), new_id()
    desk.store(Organisation(id=company, external_id="o1", name="Acme"))
    desk.store(Customer(id=customer, name="Ivan Petrov", city="Omsk", organisation_id=company))
    desk.store(
        Licence(external_id="l1", customer_id=customer, product="Total", segment="full", valid_until=now()),
        Purchase(
            external_id="p1",
            customer_id=customer,
            product="Total",
            amount_minor=0,
            currency="RUB",
            state="done",
            at=now(),
        ),
    )
    shown = await card(desk, desk.open(customer=customer))
    assert shown.customer.city == "Omsk"
    assert shown.organisation
    assert shown.organisation.name == "Acme"
    assert [(row.external_id, row.seats) for row in shown.licences] == [("l1", 1)]
    assert [row.amount_minor for row in shown.purchases] == [0]


async def test_the_card_shows_every_question_and_a_score_of_zero(desk: Desk) -> None:
    shown = await card(desk, desk.open())
    assert shown.response.nps == 0
    assert shown.response.answers == [AnswerOut(question_id="q1", question_text="How was it?", value=0, meaning="nps")]
    assert [deadline.what for deadline in shown.deadlines] == ["promise"]
    assert shown.snapshot.stage is Stage.AWAITING_CALLBACK


async def test_earlier_loops_other_cases_and_suggestions_are_told_apart(desk: Desk) -> None:
    first = desk.open(requested=now() - timedelta(days=3))
    customer = customer_of(desk, first)
    second = desk.open(customer=customer, previous_case=first)
    other = desk.open(customer=customer, phone="+79160000009")
    stranger = desk.open()
    shown = await card(desk, second)
    assert [case.id for case in shown.earlier_loops] == [first]
    assert [case.id for case in shown.other_cases] == [other]
    assert [case.id for case in shown.suggested] == [stranger]
    assert shown.case.loop == 2


async def test_attempts_reviews_messages_and_alerts_are_on_the_card(desk: Desk) -> None:
    by, second_line = desk.staff["specialist"].by, desk.staff["second_line"].by
    review = uuid4()
    case = desk.open(
        Claim(by=by),
        LogAttempt(by=by, attempt=uuid4(), outcome=AttemptOutcome.REACHED),
        Escalate(by=by, review=review, question=uuid4()),
        AskBack(by=second_line, review=review, question=uuid4()),
    )
    desk.store(
        Message(key="m1", case_id=case, template="tried_to_reach", channel="sms", state="delivered"),
        Alert(key="a1", case_id=case, kind="promise_broken", due=now(), raised_at=now()),
    )
    shown = await card(desk, case)
    assert [(row.outcome, row.logged, row.by_name) for row in shown.attempts] == [("reached", True, "Specialist Smith")]
    assert [row.asked_back for row in shown.reviews] == [True]
    assert [row.state for row in shown.messages] == ["delivered"]
    assert [row.kind for row in shown.alerts] == ["promise_broken"]
    assert shown.case.owner
    assert shown.case.owner.name == "Specialist Smith"


@pytest.mark.parametrize("path", ["", "/timeline"])
async def test_an_unknown_case_is_not_found(desk: Desk, path: str) -> None:
    answer = await desk.get("specialist", f"/cases/{uuid4()}{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_case")


async def test_a_contact_request_on_its_way_is_not_a_case_yet(desk: Desk) -> None:
    told = desk.respond()
    with Session(desk.engine) as session, session.begin():
        inbox.put(session, kind="contact_request", key="k", case_id=told.case, body=None, urgent_at=now())
    read = await desk.get("specialist", f"/cases/{told.case}")
    claimed = await desk.post("specialist", f"/cases/{told.case}/claim")
    assert {(answer.status_code, answer.json()["code"]) for answer in (read, claimed)} == {(409, "not_open_yet")}


async def test_the_timeline_tells_who_and_what_in_both_languages(desk: Desk) -> None:
    case = desk.open(Claim(by=desk.staff["specialist"].by))
    english = (await desk.get("lead", f"/cases/{case}/timeline")).json()
    russian = (await desk.get("lead", f"/cases/{case}/timeline?language=ru")).json()
    assert english["language"] == "en"
    assert [(step["seq"], step["kind"], step["by_name"]) for step in english["steps"]] == [
        (1, "opened", None),
        (2, "claimed", "Specialist Smith"),
    ]
    assert english["steps"][1]["words"] == "The case was taken."
    assert russian["steps"][1]["words"] == "Обращение взято в работу."


@pytest.mark.parametrize("language", list(Language))
def test_every_step_has_words(language: Language) -> None:
    assert set(WORDS[language]) == set(EventKind)


async def test_a_specialist_completes_the_customers_card(desk: Desk) -> None:
    case = desk.open()
    path = f"/cases/{case}/customer"
    first = await desk.ask(
        "specialist", "PATCH", path, {"city": "Kazan", "zone": "Europe/Moscow", "literacy": "novice"}
    )
    second = await desk.ask("specialist", "PATCH", path, {"city": None, "language": "en"})
    assert first.json()["city"] == "Kazan"
    assert {name: second.json()[name] for name in ("name", "city", "zone", "literacy", "language")} == {
        "name": "Ivan Petrov",
        "city": None,
        "zone": "Europe/Moscow",
        "literacy": "novice",
        "language": "en",
    }


@pytest.mark.parametrize(
    "patch", [{"zone": "Mars/Olympus"}, {"phone": "+79160000000"}, {"city": ""}, {"language": "de"}]
)
async def test_what_a_customer_cannot_be_is_refused(desk: Desk, patch: dict[str, str]) -> None:
    case = desk.open()
    assert (await desk.ask("specialist", "PATCH", f"/cases/{case}/customer", patch)).status_code == 422


async def test_nothing_is_added_to_an_erased_customer(desk: Desk) -> None:
    case = desk.open()
    with Session(desk.engine) as session, session.begin():
        session.get_one(Customer, customer_of(desk, case)).erased_at = now()
    answer = await desk.ask("specialist", "PATCH", f"/cases/{case}/customer", {"city": "Kazan"})
    assert (answer.status_code, answer.json()["code"]) == (409, "erased")
