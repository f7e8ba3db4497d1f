"""Typeform deliveries become responses."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.words import Language
from surveys.errors import MissingField, UnknownForm, WrongShape
from surveys.mapping import Forms
from surveys.reading import Json
from surveys.response import Meaning, ResponseIn
from surveys.typeform import parse
from tests.surveys.survey_samples import (
    FORMS,
    RECEIVED,
    TYPEFORM_FIELDS,
    body,
    typeform,
    typeform_answer,
)
from tests.vendors import PAYLOADS

TICKED = typeform_answer("qContact", "choice", {"label": "Yes, call me"})
ANSWERS: list[Json] = [
    TICKED,
    typeform_answer("qPhone", "phone_number", "+79161234567"),
    typeform_answer("qNps", "number", 0),
    typeform_answer("qWhy", "text", "Не за\x00пускается\ud800"),
]


def read(answers: list[Json], **changes: Json) -> ResponseIn:
    return parse({}, body(typeform(answers, **changes)), FORMS, RECEIVED)


def test_a_whole_delivery_is_understood() -> None:
    found = read(ANSWERS)
    assert (found.source, found.form, found.external_id, found.event_id) == ("typeform", "F1", "tok-1", "ev-1")
    assert found.finished
    assert found.submitted_at == found.version == datetime(2026, 11, 2, 12, 3, 11, tzinfo=UTC)
    assert (found.contact_requested, found.phone, found.comment) == (True, "+79161234567", "Не запускается\ufffd")
    assert (found.customer_ref, found.invited_email, found.email) == ("c-7781", "anna@example.com", None)
    assert (found.zone, found.default_zone, found.language) == ("Asia/Yekaterinburg", "Europe/Moscow", Language.EN)
    assert (found.product, found.policy) == ("office", "fast")


def test_zero_is_a_score_and_no_answer_is_none() -> None:
    assert read(ANSWERS).nps == 0
    assert read([TICKED]).nps is None


@pytest.mark.parametrize(
    ("kind", "value", "score"),
    [
        ("number", 10, 10),
        ("number", 9.0, 9),
        ("number", 7.5, None),
        ("number", 11, None),
        ("number", -1, None),
        ("number", 10**30, None),
        ("boolean", False, None),
        ("boolean", True, None),
        ("choice", {"label": "8"}, 8),
        ("text", "", None),
        ("text", "²", None),
    ],
)
def test_a_score_is_a_whole_number_in_its_scale(kind: str, value: Json, score: int | None) -> None:
    found = read([typeform_answer("qNps", kind, value)])
    assert found.nps == score
    assert type(found.nps) is type(score)


def test_each_answer_keeps_its_question_and_its_meaning() -> None:
    answers = {answer.question_id: answer for answer in read(ANSWERS).answers}
    assert answers["qNps"].question_text == "Would you recommend us?"
    assert (answers["qNps"].meaning, answers["qPhone"].meaning) == (Meaning.NPS, Meaning.PHONE)
    assert answers["qContact"].value == "Yes, call me"


@pytest.mark.parametrize("answer", [{"label": "No"}, {"other": "Maybe"}, {}])
def test_another_choice_asks_for_no_contact(answer: Json) -> None:
    assert not read([typeform_answer("qContact", "choice", answer)]).contact_requested


@pytest.mark.parametrize(
    "answer",
    [
        typeform_answer("qContact", "boolean", True),
        typeform_answer("qContact", "choices", {"labels": ["News", "Да"], "other": "x"}),
    ],
)
def test_a_yes_or_one_of_several_ticks_asks_for_contact(answer: Json) -> None:
    assert read([answer]).contact_requested


def test_a_partial_delivery_is_unfinished_and_never_newer_than_the_finished_one() -> None:
    document = typeform(ANSWERS[:1], submitted_at=None)
    partial = parse({}, body(document | {"event_type": "form_response_partial"}), FORMS, RECEIVED)
    finished = read(ANSWERS)
    assert (partial.finished, partial.external_id) == (False, finished.external_id)
    assert partial.version < finished.version


def test_a_platform_clock_ahead_of_ours_moves_no_promise_into_the_future() -> None:
    ahead = (RECEIVED + timedelta(days=1)).isoformat()
    assert read(ANSWERS, submitted_at=ahead).submitted_at == RECEIVED


@pytest.mark.parametrize("missing", ["qContact", "qGroup"])
def test_a_removed_question_is_said_aloud(missing: str) -> None:
    fields: list[Json] = [field for field in TYPEFORM_FIELDS if isinstance(field, dict) and field["id"] != missing]
    with pytest.raises(MissingField, match='the form "F1", but the form has no such question'):
        read(ANSWERS, definition={"fields": fields})


def test_a_contact_question_that_can_no_longer_mean_yes_is_said_aloud() -> None:
    choice: Json = {"id": "qContact", "ref": "contact_request", "choices": [{"label": "Sure"}]}
    with pytest.raises(MissingField, match="none of its choices"):
        read(ANSWERS, definition={"fields": [choice, *TYPEFORM_FIELDS[1:]]})


def test_a_removed_comment_costs_nobody_their_call() -> None:
    found = read(ANSWERS[:3], definition={"fields": TYPEFORM_FIELDS[:3]})
    assert found.contact_requested
    assert found.comment is None


def test_a_form_nobody_mapped_is_refused() -> None:
    with pytest.raises(UnknownForm, match='"F2"'):
        read(ANSWERS, form_id="F2")


@pytest.mark.parametrize("change", [{"token": None}, {"token": "x" * 201}, {"form_id": 7}, {"token": "\x00 "}])
def test_a_response_without_a_usable_id_is_refused(change: dict[str, Json]) -> None:
    with pytest.raises(WrongShape):
        read(ANSWERS, **change)


def test_another_event_is_refused() -> None:
    with pytest.raises(WrongShape, match="event_type"):
        parse({}, body(typeform(ANSWERS) | {"event_type": "form_deleted"}), FORMS, RECEIVED)


def test_odd_answers_are_kept_apart_from_the_rest() -> None:
    odd: list[Json] = [7, {}, {"field": {"id": ""}}, typeform_answer("qX", "matrix", {"rows": []}), *ANSWERS]
    found = read(odd, hidden=[], variables={"key": 1})
    assert found.contact_requested
    assert found.customer_ref is None


def test_a_response_of_any_size_stays_within_bounds() -> None:
    many: list[Json] = [typeform_answer(f"q{n}", "text", "я" * 20_000) for n in range(300)]
    found = read([*many, *ANSWERS])
    assert len(found.answers) == 200
    assert found.contact_requested
    assert all(isinstance(answer.value, str) and len(answer.value) == 10_000 for answer in found.answers)


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the vendors' samples are not on this machine")
def test_typeforms_own_sample_is_understood() -> None:
    forms = Forms.read(
        """
        [typeform.lT4Z3j]
        name = "Webhooks example"
        required = ["contact", "nps"]
        [typeform.lT4Z3j.fields]
        contact = "readable_ref_legal"
        email = "SMEUb7VJz92Q"
        name = "readable_ref_short_text"
        nps = "readable_ref_opinion_scale"
        """
    )
    sample = (PAYLOADS / "typeform_form_response_official.json").read_bytes()
    found = parse({}, sample, forms, RECEIVED)
    assert (found.email, found.name, found.nps, found.contact_requested) == ("laura@example.com", "Laura", 2, True)
    assert len(found.answers) == 12
    assert ("London", "Sydney") in [answer.value for answer in found.answers]
