"""Second line's page over rows: whose turn each question is, promises to rescue, and who may see what."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session

from api.staff_pages.reviews_shown import PAGE
from db.casework import Case, Review
from db.columns import new_id, now
from db.people import Customer, Licence
from domain.messages import Claim, LogAttempt, Withdraw
from domain.words import AttemptOutcome, Language
from tests.api.staff_pages.office import Office, Page
from tests.api.staff_pages.questions import answered, asked, asked_back, broken, forwarded, wrote

HOUR = timedelta(hours=1)


def due(office: Office, review: UUID, *, rung: int = 0, after: timedelta = HOUR) -> None:
    with Session(office.desk.engine) as session, session.begin():
        row = session.get_one(Review, review)
        row.due, row.rung = now() + after, rung


async def page(office: Office, path: str = "/reviews", who: str = "second_line") -> Page:
    answer = await office.get(who, path)
    assert answer.status_code == 200, answer.text
    shown = Page(answer.text)
    assert shown.faults == []
    assert len(set(shown.ids)) == len(shown.ids)
    return shown


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(*told: object) -> None:
        seen.append(str(told[2]))

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


async def test_a_question_comes_with_its_conversation_its_customer_and_its_deadline(office: Office) -> None:
    customer = new_id()
    office.desk.store(Customer(id=customer, name="Ivan Petrov", address_form="Ivan Ivanovich"))
    office.desk.store(Licence(external_id="l", customer_id=customer, product="Total", segment="business"))
    case, review = asked(office, "Does it run on version 7?", customer=customer, product="home")
    due(office, review, rung=2, after=-HOUR)
    shown = await page(office)
    assert "Does it run on version 7?" in shown.text
    assert "Specialist Smith asks" in shown.text
    assert "Ivan Petrov Ivan Ivanovich home Total, business owner: Specialist Smith" in shown.text
    assert "−1:00:0" in shown.text
    assert "Its lead was told" in shown.text
    assert {f"/desk/cases/{case}", f"/reviews/{case}/{review}"} <= set(shown.links)


async def test_questions_stand_by_whose_turn_it_is_and_by_deadline(office: Office) -> None:
    back, third, late, early = (asked(office, text) for text in ("the first", "the second", "the third", "the fourth"))
    asked_back(office, back, "Which system?")
    forwarded(office, third, "DEV-4711")
    due(office, late[1], after=2 * HOUR)
    due(office, early[1], after=HOUR)
    shown = await page(office)
    ours = ("To be answered", "fourth", "third")
    theirs = ("At a third party", "reference DEV-4711", "second", "Asked back: the specialist's turn", "first")
    found = [shown.text.index(text) for text in (*ours, *theirs, "asks back ·", "Which system?")]
    assert found == sorted(found)


async def test_what_is_answered_or_over_waits_no_more(office: Office) -> None:
    done, over = asked(office, "The answered one"), asked(office, "The withdrawn one")
    answered(office, done, "Yes.")
    office.desk.obey(over[0], Withdraw(by=office.desk.staff["specialist"].by, reason=uuid4()))
    assert "No question waits." in (await page(office)).text
    assert "Yes." in (await page(office, f"/reviews/{done[0]}/{done[1]}")).text
    ended = await page(office, f"/reviews/{over[0]}/{over[1]}")
    assert "The case has ended" in ended.text
    assert f"/reviews/{over[0]}/{over[1]}/answer" not in ended.forms


async def test_a_question_that_waits_has_forms_for_those_who_answer(office: Office) -> None:
    case, review = asked(office)
    path = f"/reviews/{case}/{review}"
    for who in ("second_line", "lead"):
        forms = (await page(office, path, who)).forms
        assert {f"{path}/answer", f"{path}/forward"} <= forms.keys()
        assert forms[f"{path}/answer"]["key"]
    looked_on = await page(office, path, "manager")
    assert "Which version?" in looked_on.text
    assert not [action for action in looked_on.forms if action.startswith(path)]
    asked_back(office, (case, review), "Which system?")
    assert not [action for action in (await page(office, path)).forms if action.startswith(path)]


async def test_the_fragment_of_a_question_holds_nothing_to_type_into(office: Office) -> None:
    case, review = asked(office)
    fragment = await page(office, f"/reviews/{case}/{review}/live")
    assert "Which version?" in fragment.text
    assert fragment.forms == {}
    assert "Skip to the content" not in fragment.text


async def test_the_list_is_a_fragment_too(office: Office) -> None:
    asked(office)
    fragment = await page(office, "/reviews/live")
    assert "Which version?" in fragment.text
    assert "Skip to the content" not in fragment.text


async def test_a_broken_promise_can_be_taken_by_second_line_and_leads(office: Office) -> None:
    case = broken(office)
    kept = office.desk.open()
    claim = f"/desk/cases/{case}/claim"
    for who, may in (("second_line", True), ("lead", True), ("manager", False)):
        shown = await page(office, who=who)
        assert f"/desk/cases/{case}" in shown.links
        assert f"/desk/cases/{kept}" not in shown.links
        assert (claim in shown.forms) is may


async def test_a_broken_promise_that_somebody_has_names_them_and_one_reached_is_gone(office: Office) -> None:
    case, by = broken(office), office.desk.staff["specialist"].by
    office.desk.obey(case, Claim(by=by))
    shown = await page(office)
    assert "Specialist Smith" in shown.text
    assert f"/desk/cases/{case}/claim" not in shown.forms
    office.desk.obey(case, LogAttempt(by=by, attempt=uuid4(), outcome=AttemptOutcome.REACHED))
    assert "None: every promise is kept" in (await page(office)).text


async def test_fifty_are_shown_and_the_rest_behind_a_cursor(office: Office) -> None:
    ours = [asked(office, f"Question {number:03}.") for number in range(PAGE + 3)]
    asked_back(office, ours[0], "Why?")
    first = await page(office)
    [further] = [link for link in first.links if "cursor=" in link]
    second = await page(office, further)
    texts = [f"Question {number:03}." for number in range(PAGE + 3)]
    shown = [[text for text in texts if text in one.text] for one in (first, second)]
    assert [len(one) for one in shown] == [PAGE, 3]
    assert not set(shown[0]) & set(shown[1])
    assert "Question 000." in shown[1]
    assert not [link for link in second.links if "cursor=" in link]
    live = await page(office, further.replace("/reviews", "/reviews/live"))
    assert [text for text in texts if text in live.text] == shown[1]


async def test_promises_are_paged_too(office: Office) -> None:
    cases = {broken(office) for _ in range(PAGE + 1)}
    first = await page(office)
    [further] = [link.removesuffix("#rescue") for link in first.links if "rescue=" in link]
    second = await page(office, further)
    taken = [{case for case in cases if f"/desk/cases/{case}/claim" in one.forms} for one in (first, second)]
    assert [len(one) for one in taken] == [PAGE, 1]
    assert taken[0] | taken[1] == cases


@pytest.mark.parametrize(
    "cursor", ["x", "0~yesterday~1", "9~2027-01-01T00:00:00+00:00~0198f0a2-7c1e-7d30-8a55-2f6c1b9e4d00", "a~b~c~d"]
)
async def test_a_place_that_is_none_is_told(office: Office, cursor: str) -> None:
    answer = await office.get("lead", f"/reviews?cursor={cursor}")
    assert (answer.status_code, "Begin at its start" in Page(answer.text).text) == (422, True)


async def test_more_questions_need_no_more_statements(office: Office) -> None:
    async def counted() -> int:
        with statements(office.desk.engine) as seen:
            await page(office)
        return len(seen)

    asked(office)
    await page(office)  # signs in
    few = await counted()
    for number in range(5):
        forwarded(office, asked(office), f"DEV-{number}")
        broken(office)
    assert await counted() == few


async def test_nothing_that_people_wrote_becomes_part_of_the_page(office: Office) -> None:
    evil = "<script>alert(1)</script>\"' onload=x"
    customer = new_id()
    office.desk.store(Customer(id=customer, name=evil, address_form=evil))
    office.desk.store(Licence(external_id="l", customer_id=customer, product=evil, segment=evil))
    case, review = asked(office, evil, customer=customer, product=evil)
    forwarded(office, (case, review), evil)
    for path in ("/reviews", "/reviews/live", f"/reviews/{case}/{review}"):
        answer = await office.get("second_line", path)
        assert "<script>alert" not in answer.text
        assert evil in Page(answer.text).text
        assert Page(answer.text).faults == []


async def test_words_put_under_a_review_of_another_case_are_not_shown(office: Office) -> None:
    case, review = asked(office)
    wrote(office, (asked(office)[0], review), "question", "From elsewhere")
    assert "From elsewhere" not in (await page(office)).text
    assert "From elsewhere" not in (await page(office, f"/reviews/{case}/{review}")).text


@pytest.mark.parametrize("who", ["specialist", "admin"])
async def test_it_is_for_second_line_leads_and_managers(office: Office, who: str) -> None:
    case, review = asked(office)
    for path in ("/reviews", "/reviews/live", f"/reviews/{case}/{review}", f"/reviews/{case}/{review}/live"):
        assert (await office.get(who, path)).status_code == 403
    assert (await office.post(who, f"/reviews/{case}/{review}/answer", {"key": "k", "text": "x"})).status_code == 403


async def test_a_manager_looks_on_and_nobody_comes_in_unknown_or_from_elsewhere(office: Office) -> None:
    case, review = asked(office)
    path, form = f"/reviews/{case}/{review}/answer", {"key": "k", "text": "x"}
    assert (await office.post("manager", path, form)).status_code == 403
    assert (await office.get(None, "/reviews")).headers["location"] == "/sign-in?next=%2Freviews"
    elsewhere = await office.post("lead", path, form, sent={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403


async def test_a_question_of_another_case_or_none_is_not_found(office: Office) -> None:
    (_, review), (other, _) = asked(office), asked(office)
    for path in (f"/reviews/{other}/{review}", f"/reviews/{other}/{uuid4()}"):
        assert (await office.get("lead", path)).status_code == 404
        assert (await office.post("lead", f"{path}/answer", {"key": "k", "text": ""})).status_code == 404


@pytest.mark.parametrize(("form", "field"), [("answer", "text"), ("question", "text"), ("forward", "reference")])
@pytest.mark.parametrize("typed", [" \n ", "x" * 10_001])
async def test_what_is_empty_or_too_long_is_told_and_kept(office: Office, form: str, field: str, typed: str) -> None:
    case, review = asked(office)
    answer = await office.post("lead", f"/reviews/{case}/{review}/{form}", {"key": "k", field: typed})
    assert answer.status_code == 422
    assert "Something is missing, or too long." in Page(answer.text).text
    assert typed.strip() in answer.text


async def test_with_the_workflow_away_the_same_form_can_be_sent_again(office: Office) -> None:
    case, review = asked(office)
    path = f"/reviews/{case}/{review}"
    answer = await office.post("second_line", f"{path}/answer", {"key": "mine", "text": "Version 12."})
    shown = Page(answer.text)
    assert answer.status_code == 503
    assert "it is carried out once" in shown.text
    assert "Version 12." in shown.text
    assert shown.forms[f"{path}/answer"]["key"] == "mine"


async def test_the_address_of_a_form_leads_to_its_question(office: Office) -> None:
    case, review = asked(office)
    answer = await office.get("lead", f"/reviews/{case}/{review}/answer")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/reviews/{case}/{review}")


async def test_all_of_it_speaks_russian(office: Office) -> None:
    case, review = asked(office)
    broken(office)
    office.speak("second_line", Language.RU)
    assert "Ждут ответа" in (await page(office)).text
    assert "Взять и позвонить" in (await page(office)).text
    assert "Ваш ответ — или что нужно сначала узнать" in (await page(office, f"/reviews/{case}/{review}")).text


async def test_looking_changes_nothing(office: Office) -> None:
    case, review = asked(office)
    with Session(office.desk.engine) as session:
        before = session.get_one(Case, case).seq
    for path in ("/reviews", "/reviews/live", f"/reviews/{case}/{review}", f"/reviews/{case}/{review}/answer"):
        await office.get("second_line", path)
    with Session(office.desk.engine) as session:
        assert session.get_one(Case, case).seq == before
