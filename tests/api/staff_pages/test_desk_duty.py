"""On and off duty: at once, or after saying who stands in."""

from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, select

from db import duty
from db.columns import now
from db.intake import Inbox
from db.staff import Duty
from domain.messages import Claim, LogAttempt
from domain.words import AttemptOutcome, Language
from tests.api.staff_pages.office import Office, Page


@pytest.fixture
def office(office: Office) -> Office:
    for who in office.desk.staff:
        office.speak(who, Language.EN)
    return office


def on_duty(office: Office, *people: str) -> None:
    with Session(office.desk.engine) as session, session.begin():
        for who in people:
            duty.start(session, office.staff(who), now())


def is_on_duty(office: Office, who: str) -> bool:
    with Session(office.desk.engine) as session:
        return duty.spell_of(session, office.staff(who)) is not None


def take(office: Office, *, reached: bool) -> UUID:
    by = office.desk.staff["specialist"].by
    talked = [LogAttempt(by=by, attempt=uuid4(), outcome=AttemptOutcome.REACHED)] if reached else []
    return office.desk.open(Claim(by=by), *talked, phone=f"+7916{uuid4().int % 10**7:07d}")


async def test_the_switch_of_every_page_goes_on_duty_and_off_again(office: Office) -> None:
    form = Page((await office.get("specialist", "/desk")).text).forms["/desk/duty"]
    assert form == {"on_duty": "yes", "back": "/desk"}
    answer = await office.post("specialist", "/desk/duty", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    assert is_on_duty(office, "specialist")
    form = Page((await office.get("specialist", "/desk")).text).forms["/desk/duty"]
    assert form["on_duty"] == "no"
    assert (await office.post("specialist", "/desk/duty", form)).headers["location"] == "/desk"
    assert not is_on_duty(office, "specialist")


async def test_whoever_has_open_cases_is_asked_who_stands_in(office: Office) -> None:
    on_duty(office, "specialist", "other")
    take(office, reached=True)
    take(office, reached=False)
    asked = await office.post("specialist", "/desk/duty", {"on_duty": "no", "back": "/desk/search"})
    assert asked.headers["location"] == "/desk/duty?back=%2Fdesk%2Fsearch"
    assert is_on_duty(office, "specialist")
    html = (await office.get("specialist", asked.headers["location"])).text
    page = Page(html)
    assert page.faults == []
    assert "These return to the desk at once" in page.text
    assert "Other Smith, specialist" in page.text
    assert "Lead Smith" not in page.text
    form = {"on_duty": "no", "back": "/desk/search", "stand_in": str(office.staff("other"))}
    assert (await office.post("specialist", "/desk/duty", form)).headers["location"] == "/desk/search"
    with Session(office.desk.engine) as session:
        spell = session.exec(select(Duty).where(Duty.staff_id == office.staff("specialist"))).one()
        told = session.exec(select(Inbox).where(Inbox.kind == "owner_left")).all()
    assert spell.stand_in_id == office.staff("other")
    assert len(told) == 2


async def test_cases_may_return_to_the_desk_without_a_stand_in(office: Office) -> None:
    on_duty(office, "specialist")
    take(office, reached=True)
    assert "Nobody else is on duty now." in Page((await office.get("specialist", "/desk/duty")).text).text
    await office.post("specialist", "/desk/duty", {"on_duty": "no", "stand_in": "nobody"})
    assert not is_on_duty(office, "specialist")


@pytest.mark.parametrize("who", ["lead", "specialist", "manager"])
async def test_who_cannot_stand_in_is_refused_with_the_reason(office: Office, who: str) -> None:
    on_duty(office, "specialist", "manager")
    take(office, reached=True)
    answer = await office.post("specialist", "/desk/duty", {"on_duty": "no", "stand_in": str(office.staff(who))})
    assert answer.status_code in (409, 422)
    assert 'role="alert"' in answer.text
    assert is_on_duty(office, "specialist")


async def test_a_forged_form_changes_nothing(office: Office) -> None:
    answer = await office.post("specialist", "/desk/duty", {"on_duty": "yes"}, sent={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert not is_on_duty(office, "specialist")
