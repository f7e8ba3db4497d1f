"""What a customer wrote is told once, and nothing of it is left out."""

from datetime import timedelta

import pytest

from api.shown import AnswerOut, ResponseOut
from api.staff_pages.case_wrote import wrote
from db.columns import now
from surveys.response import Meaning
from tests.api.staff_pages.office import Office, Page

Value = str | bool | int | float | list[str] | None


def response(*answers: AnswerOut, **told: object) -> ResponseOut:
    at = now() - timedelta(hours=1)
    blank = dict.fromkeys(ResponseOut.model_fields)
    known = {"source": "generic", "form": "f", "submitted_at": at, "received_at": at, "language": "en"}
    return ResponseOut.model_validate(blank | known | {"answers": answers} | told)


def answer(meaning: Meaning | None, value: Value, question: str = "Asked?") -> AnswerOut:
    return AnswerOut(question_id="q", question_text=question, value=value, meaning=meaning)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (answer(Meaning.NPS, 0), {"nps": 0}),
        (answer(Meaning.NPS, "10"), {"nps": 10}),
        (answer(Meaning.CES, 7.0), {"ces": 7}),
        (answer(Meaning.COMMENT, " It is slow. "), {"comment": "It is slow."}),
        (answer(Meaning.COMMENT, ["It is", "slow."]), {"comment": "It is slow."}),
    ],
)
def test_what_stands_out_is_no_answer_again_but_keeps_its_question(given: AnswerOut, told: dict[str, object]) -> None:
    found = wrote(response(given, **told))
    assert given.meaning
    assert (found.asked, found.answers) == ({given.meaning: "Asked?"}, [])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (answer(Meaning.NPS, "9, very likely"), {}),
        (answer(Meaning.NPS, 3), {"nps": 4}),
        (answer(Meaning.NPS, False), {"nps": 0}),
        (answer(Meaning.COMMENT, "Another word."), {"comment": "It is slow."}),
        (answer(Meaning.CONTACT, "Yes, after six"), {}),
        (answer(Meaning.CONTACT, False), {}),
        (answer(Meaning.PHONE, "+79161234567"), {}),
        (answer(None, True), {}),
        (answer(None, 0), {"nps": 0}),
    ],
)
def test_whatever_tells_anything_else_stays(given: AnswerOut, told: dict[str, object]) -> None:
    assert wrote(response(given, **told)).answers == [given]


def test_a_second_question_of_the_same_meaning_stays() -> None:
    one, two = answer(Meaning.NPS, 5, "Us?"), answer(Meaning.NPS, 5, "Our product?")
    found = wrote(response(one, two, nps=5))
    assert (found.asked, found.answers) == ({"nps": "Us?"}, [two])


@pytest.mark.parametrize("given", [answer(Meaning.CONTACT, True), answer(None, None)])
def test_the_tick_and_what_was_left_blank_are_no_answers(given: AnswerOut) -> None:
    assert wrote(response(given)).answers == []


async def test_the_page_tells_each_once(office: Office) -> None:
    answers = [
        {"question_id": "a", "question_text": "Would you recommend us?", "value": 2, "meaning": "nps"},
        {"question_id": "b", "question_text": "Why?", "value": "It is slow.", "meaning": "comment"},
        {"question_id": "c", "question_text": "Shall we call?", "value": True, "meaning": "contact"},
        {"question_id": "d", "question_text": "Since when?", "value": "May"},
    ]
    case = office.desk.open(answers=answers, nps=2, comment="It is slow.")
    text = Page((await office.get("specialist", f"/desk/cases/{case}")).text).text
    assert "Would you recommend us? 2 of 10 would recommend us Why? It is slow. Since when? May" in text
    assert text.count("It is slow.") == 1
    assert "Shall we call?" not in text
