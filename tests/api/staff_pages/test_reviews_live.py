"""The escalation round trip by pages over the real workflow; a refusal says why, and keeps what was typed."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, select

from db.casework import Case, Note, Review
from db.columns import now
from tests.api.conftest import Open, row
from tests.api.staff_desk import until
from tests.api.staff_pages.office import Office, Page


async def page(office: Office, who: str, path: str) -> Page:
    answer = await office.get(who, path)
    assert answer.status_code == 200, answer.text
    return Page(answer.text)


async def send(office: Office, who: str, shown: str, action: str, **typed: str) -> str:
    """Fill in and send this form of this page; where it leads."""
    forms = (await page(office, who, shown)).forms
    answer = await office.post(who, action, {"key": forms[shown_on(action, forms)]["key"], **typed})
    assert answer.status_code == 303, Page(answer.text).text
    return answer.headers["location"]


def shown_on(action: str, forms: dict[str, dict[str, str]]) -> str:
    """Asking back is a second button of the form that answers."""
    return action if action in forms else action.replace("/question", "/answer")


@pytest.fixture
async def case(live_office: Office, open_case: Open) -> UUID:
    """The specialist has spoken with its customer."""
    case = await open_case()
    for path, body in (("claim", None), ("attempts", {"outcome": "reached"})):
        answer = await live_office.desk.post("specialist", f"/cases/{case}/{path}", body)
        assert answer.status_code == 200, answer.text
    return case


async def escalated(office: Office, case: UUID) -> str:
    """Second line is asked on the case's page; the path of the question."""
    form = f"/desk/cases/{case}/escalate"
    assert await send(office, "specialist", f"/desk/cases/{case}", form, text="Which version?") == f"/desk/cases/{case}"
    with Session(office.desk.engine) as session:
        review = session.exec(select(Review.id).where(Review.case_id == case)).one()
    return f"/reviews/{case}/{review}"


async def test_a_question_goes_back_and_forth_until_it_is_answered(live_office: Office, case: UUID) -> None:
    path = await escalated(live_office, case)
    assert path in (await page(live_office, "second_line", "/reviews")).links
    assert await send(live_office, "second_line", path, f"{path}/question", text="Which system?") == "/reviews"
    waits = (await page(live_office, "second_line", "/reviews")).text
    assert "Asked back: the specialist's turn" in waits
    assert "Which system?" in (await page(live_office, "specialist", f"/desk/cases/{case}")).text
    reply = {"key": "reply", "review": path.rsplit("/", 1)[1], "text": "Windows."}
    assert (await live_office.post("specialist", f"/desk/cases/{case}/escalate", reply)).status_code == 303
    assert "To be answered" in (await page(live_office, "second_line", "/reviews")).text
    await send(live_office, "second_line", path, f"{path}/forward", reference="DEV-4711")
    assert "at a third party, reference DEV-4711" in (await page(live_office, "lead", "/reviews")).text
    await send(live_office, "lead", path, f"{path}/answer", text="Version 12.")
    assert path not in (await page(live_office, "second_line", "/reviews")).links
    told = (await page(live_office, "manager", path)).text
    said = ["Which version?", "Which system?", "Windows.", "DEV-4711", "Version 12."]
    assert [told.index(text) for text in said] == sorted(told.index(text) for text in said)
    assert "Lead Smith answers" in told


async def test_whoever_comes_second_is_told_and_loses_no_word(live_office: Office, case: UUID) -> None:
    path = await escalated(live_office, case)
    await send(live_office, "lead", path, f"{path}/answer", text="Version 12.")
    late = await live_office.post("second_line", f"{path}/answer", {"key": "k", "text": "Version\n<b>13</b>."})
    shown = Page(late.text)
    assert late.status_code == 409
    assert "This question does not wait for an answer any more." in shown.text
    assert "Version 12." in shown.text
    assert "Version <b>13</b>." in shown.text
    assert f"/desk/cases/{case}/note" in shown.forms
    with Session(live_office.desk.engine) as session:
        assert "Version\n<b>13</b>." not in session.exec(select(Note.text)).all()
    assert await send(live_office, "second_line", f"/desk/cases/{case}", f"/desk/cases/{case}/note", text="13.")


async def test_a_form_sent_twice_is_carried_out_once(live_office: Office, case: UUID) -> None:
    path = await escalated(live_office, case)
    form = {"key": "the same", "text": "Version 12."}
    answers = [await live_office.post("second_line", f"{path}/answer", form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    with Session(live_office.desk.engine) as session:
        assert len(session.exec(select(Note).where(Note.kind == "answer")).all()) == 1
    other = await live_office.post("second_line", f"{path}/answer", form | {"text": "Version 13."})
    assert (other.status_code, "sent before with other words" in Page(other.text).text) == (422, True)


async def test_second_line_takes_a_broken_promise_and_no_other(live_office: Office, open_case: Open) -> None:
    desk = live_office.desk
    young, late = await open_case(), await open_case(requested=now() - timedelta(hours=2))
    await until(lambda: (case := row(desk, late)) is not None and case.promise_broken_at is not None)
    refused = await live_office.post("second_line", f"/desk/cases/{young}/claim", {"key": "early"})
    assert (refused.status_code, "You may once its promise is broken." in Page(refused.text).text) == (409, True)
    claim = f"/desk/cases/{late}/claim"
    assert await send(live_office, "second_line", "/reviews", claim) == f"/desk/cases/{late}"
    with Session(desk.engine) as session:
        owners = [session.get_one(Case, case).owner_id for case in (young, late)]
    assert owners == [None, live_office.staff("second_line")]
    assert claim not in (await page(live_office, "lead", "/reviews")).forms
