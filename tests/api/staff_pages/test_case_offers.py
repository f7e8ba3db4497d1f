"""What the page offers is what the case's own rules allow, though it knows the case by its rows alone."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from api.staff_pages.formats import Formats
from db.case_now import case_now
from db.columns import new_id, now
from domain.messages import (
    AskBack,
    Call,
    Claim,
    CustomerWithdrew,
    Escalate,
    LogAttempt,
    Resolve,
    ScheduleCallback,
)
from domain.offers import offers
from domain.policy import CompanyHours, Policy
from domain.words import AttemptOutcome, Language
from tests.api.staff_desk import POLICIES, Desk
from tests.api.staff_pages.office import Office, Page

WHO = ["specialist", "other", "second_line", "lead", "manager"]
BY_CASE = {"claim", "release", "call", "attempt", "callback", "escalate", "withdraw", "assign", "deadline"}


def fresh(desk: Desk) -> UUID:
    return desk.open()


def claimed(desk: Desk) -> UUID:
    return desk.open(Claim(by=desk.staff["specialist"].by))


def agreed(desk: Desk) -> UUID:
    by, soon = desk.staff["specialist"].by, now() + timedelta(hours=1)
    return desk.open(Claim(by=by), ScheduleCallback(by=by, time=soon))


def ringing(desk: Desk) -> UUID:
    by = desk.staff["specialist"].by
    return desk.open(Claim(by=by), Call(by=by, attempt=new_id()))


def reached(desk: Desk) -> UUID:
    by = desk.staff["specialist"].by
    return desk.open(Claim(by=by), LogAttempt(by=by, attempt=new_id(), outcome=AttemptOutcome.REACHED))


def unanswered(desk: Desk) -> UUID:
    by = desk.staff["specialist"].by
    return desk.open(Claim(by=by), LogAttempt(by=by, attempt=new_id(), outcome=AttemptOutcome.NO_ANSWER))


def under_review(desk: Desk) -> UUID:
    case = reached(desk)
    desk.obey(case, Escalate(by=desk.staff["specialist"].by, review=new_id(), question=new_id()))
    return case


def asked_back(desk: Desk) -> UUID:
    case, review = reached(desk), new_id()
    desk.obey(case, Escalate(by=desk.staff["specialist"].by, review=review, question=new_id()))
    desk.obey(case, AskBack(by=desk.staff["second_line"].by, review=review, question=new_id()))
    return case


def resolved(desk: Desk) -> UUID:
    case, by = reached(desk), desk.staff["specialist"].by
    desk.obey(case, Resolve(by=by, cause="setup", text=new_id(), solved=True, one_conversation=True))
    return case


def withdrawn(desk: Desk) -> UUID:
    case = desk.open()
    desk.hear(case, CustomerWithdrew(id="w", at=now()))
    return case


def broken(desk: Desk) -> UUID:
    case = desk.open(requested=now() - timedelta(hours=2))
    desk.let_time_pass(case)
    return case


def numberless(desk: Desk) -> UUID:
    return desk.open(Claim(by=desk.staff["specialist"].by), phone=None)


STAGES = [
    fresh, claimed, agreed, ringing, reached, unanswered, under_review, asked_back, resolved, withdrawn, broken,
    numberless,
]  # fmt: skip


@pytest.mark.parametrize("stage", STAGES)
async def test_the_page_offers_what_the_case_allows(office: Office, stage: Callable[[Desk], UUID]) -> None:
    case_id, at = stage(office.desk), now()
    case = office.desk.cases[case_id]
    with Session(office.desk.engine) as session:
        by_rows = case_now(session, case_id, POLICIES, at)
    for who in WHO:
        by = office.desk.staff[who].by
        allowed = offers(case, by, at)
        assert offers(by_rows, by, at) == allowed, who
        page = Page((await office.get(who, f"/desk/cases/{case_id}")).text)
        shown = {action.rsplit("/", 1)[1] for action in page.forms if action.startswith(f"/desk/cases/{case_id}/")}
        expected = {what for what in BY_CASE if allowed[what] is None}
        if case.owner == by.id:
            expected -= {"claim"}
        if stage is asked_back and who == "specialist":
            assert "Answer second line" in page.text
        assert shown & BY_CASE == expected, who
        assert ("resolve" in shown) == (allowed["resolve"] is None or allowed["unsolved"] is None), who
        assert ("acknowledge" in shown) == (allowed["acknowledge"] is None), who


async def test_what_helps_to_know_is_told_in_one_line(office: Office) -> None:
    async def text(case_id: UUID, who: str = "specialist") -> str:
        return Page((await office.get(who, f"/desk/cases/{case_id}")).text).text

    told = await text(claimed(office.desk))
    assert "Ask second line · Resolve: The customer has not been reached yet." in told
    assert "Resolve: Second line has a question of this case." in await text(under_review(office.desk))
    told = await text(numberless(office.desk))
    assert "Call · Agree a callback: There is no number that can be rung." in told
    assert "Take the case: A specialist takes this case." in await text(fresh(office.desk), "lead")


async def test_only_a_lead_may_end_it_unsolved(office: Office) -> None:
    case = reached(office.desk)
    own, lead = [(await office.get(who, f"/desk/cases/{case}")).text for who in ("specialist", "lead")]
    assert 'name="solved" value="yes"' in own
    assert 'name="solved" value="no"' not in own
    assert 'name="solved" value="yes"' not in lead
    assert 'name="solved" value="no"' in lead


def zone_at_three_in_the_morning() -> str:
    east = (3 - now().hour + 12) % 24 - 12
    return f"Etc/GMT{-east:+d}"


async def test_a_night_there_is_told_with_the_hour_from_which_they_may_be_called(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(POLICIES, "standard", Policy(company=CompanyHours(always_open=True)))
    zone = zone_at_three_in_the_morning()
    case = office.desk.open(Claim(by=office.desk.staff["specialist"].by), zone=zone)
    page = Page((await office.get("specialist", f"/desk/cases/{case}")).text)
    assert "Do not call before 09:00" in page.text
    assert "Call: It is not a decent hour to ring this customer." in page.text
    assert f"/desk/cases/{case}/call" not in page.forms
    assert f"{now().astimezone(ZoneInfo(zone)):%H:}" in page.text


async def test_a_callback_agreed_for_the_night_is_told_in_place_of_the_morning(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = Policy(company=CompanyHours(always_open=True))
    monkeypatch.setitem(POLICIES, "standard", policy)
    zone, by, agreed = zone_at_three_in_the_morning(), office.desk.staff["specialist"].by, now() + timedelta(hours=2)
    case = office.desk.open(Claim(by=by), ScheduleCallback(by=by, time=agreed), zone=zone)
    shown = Page((await office.get("specialist", f"/desk/cases/{case}")).text).text
    first = Formats(Language.EN, zone, now()).day_and_time(agreed - policy.agreed_margin)
    assert f"Do not call before {first}" in shown
