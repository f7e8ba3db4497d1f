"""Our own documented delivery is read strictly, and refused in words that help."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter

from domain.words import Language
from surveys.errors import UnknownForm, WrongShape
from surveys.generic import GenericResponse, parse
from surveys.mapping import Forms
from surveys.reading import Json
from surveys.response import ResponseIn
from tests.surveys.survey_samples import FORMS, RECEIVED, body, generic

ANYTHING_GOES = Forms.read('[generic."*"]\nname = "Any"')


def read(**changes: Json) -> ResponseIn:
    return parse({}, body(generic(**changes)), FORMS, RECEIVED)


def test_the_least_delivery_is_enough_for_a_call() -> None:
    found = read()
    assert (found.source, found.form, found.external_id) == ("generic", "plain", "r-10042")
    assert (found.contact_requested, found.phone, found.language) == (True, "8 (916) 123-45-67", Language.RU)
    assert found.submitted_at == found.version == datetime(2026, 11, 2, 12, 3, 11, tzinfo=UTC)
    assert found.submitted_at.tzinfo is UTC


def test_the_example_of_the_schema_is_accepted() -> None:
    example = TypeAdapter(GenericResponse).json_schema()["examples"][0]
    found = parse({}, body(example), ANYTHING_GOES, RECEIVED)
    assert (found.nps, found.ces, found.customer_ref, found.invited_email) == (3, 2, "c-7781", "anna@example.com")
    assert (found.address_form, found.zone, found.product) == ("Анна Сергеевна", "Asia/Yekaterinburg", "home")
    assert len(found.answers) == 1


def test_a_later_update_is_a_newer_version_of_the_same_response() -> None:
    first, second = (read(contact={"requested": False})), read(updated_at="2026-11-02T12:04:00Z")
    assert first.external_id == second.external_id
    assert first.version < second.version
    assert (first.contact_requested, second.contact_requested) == (False, True)


def test_zero_is_a_score() -> None:
    assert read(scores={"nps": 0}).nps == 0
    assert read(scores={"nps": None}).nps is None


def test_answers_can_be_mapped_and_what_is_said_outright_goes_first() -> None:
    answers: Json = [
        {"id": "q1", "question": "Позвонить?", "value": "Да, позвоните"},
        {"id": "q2", "value": "+7 916 000-00-00"},
        {"id": "q3", "value": 9},
        {"id": "q5", "value": ["a", "b"]},
    ]
    mapped = read(form="mapped", contact=None, answers=answers)
    assert (mapped.contact_requested, mapped.phone, mapped.nps) == (True, "+7 916 000-00-00", 9)
    assert mapped.answers[3].value == ("a", "b")
    stated = read(form="mapped", answers=answers, scores={"nps": 0})
    assert (stated.phone, stated.nps) == ("8 (916) 123-45-67", 0)


def test_the_customers_number_serves_when_none_was_typed() -> None:
    assert read(contact={"requested": True, "phone": " "}, customer={"phone": "+79160000000"}).phone == "+79160000000"


@pytest.mark.parametrize("value", [True, False, 0, 1, 1.5, "text", None])
def test_an_answer_keeps_its_type(value: Json) -> None:
    kept = read(answers=[{"id": "q", "value": value}]).answers[0].value
    assert kept == value
    assert type(kept) is type(value)


def test_a_number_longer_than_any_quantity_is_kept_as_text() -> None:
    long = '{"id": "q", "value": ' + "7" * 5000 + "}"
    document = body(generic(answers=["HERE"])).replace(b'"HERE"', long.encode())
    assert parse({}, document, FORMS, RECEIVED).answers[0].value == "7" * 5000


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scores": {"nps": False}}, "scores.nps"),
        ({"scores": {"nps": "9"}}, "scores.nps"),
        ({"scores": {"nps": 11}}, "scores.nps"),
        ({"scores": {"nps": 9.0}}, "scores.nps"),
        ({"scores": {"ces": 0}}, "scores.ces"),
        ({"contact": {"requested": "yes"}}, "contact.requested"),
        ({"contact": None}, "contact"),
        ({"response_id": ""}, "response_id"),
        ({"response_id": "\x00"}, "response_id"),
        ({"response_id": "x" * 201}, "response_id"),
        ({"form": " "}, "form"),
        ({"submitted_at": "2026-11-02T12:00:00"}, "submitted_at"),
        ({"submitted_at": 1793620800}, "submitted_at"),
        ({"submitted_at": "9999-12-31T23:59:59-14:00"}, "submitted_at"),
        ({"comment": "x" * 10_001}, "comment"),
        ({"answers": [{"id": "q"}] * 201}, "answers"),
        ({"answers": [{"id": "q", "value": {}}]}, "answers.0.value"),
        ({"customer": {"name": "x" * 201}}, "customer.name"),
        ({"finished": None}, "finished"),
    ],
)
def test_what_is_not_as_documented_is_named(changes: dict[str, Json], field: str) -> None:
    with pytest.raises(WrongShape) as refused:
        read(**changes)
    assert refused.value.field.startswith(field)


@pytest.mark.parametrize(
    "changes",
    [
        {"+79161234567": 1},
        {"customer": {"+79161234567": 1}},
        {"scores": {"nps": "+79161234567"}},
        {"submitted_at": "+79161234567"},
        {"contact": {"requested": "+79161234567"}},
        {"form": "call +79161234567"},
        {"customer": "+79161234567"},
    ],
)
def test_a_refusal_repeats_nothing_personal(changes: dict[str, Json]) -> None:
    with pytest.raises((WrongShape, UnknownForm)) as refused:
        read(**changes)
    assert "79161234567" not in refused.value.detail
    assert refused.value.__cause__ is None


def test_nothing_personal_is_in_a_repr() -> None:
    marker = "Marker7"
    answers: Json = [{"id": "q", "question": marker, "value": marker}]
    customer: Json = dict.fromkeys(("id", "email", "invited_email", "name", "address_form", "phone"), marker)
    found = read(answers=answers, customer=customer, contact={"requested": True, "phone": marker}, comment=marker)
    sent = GenericResponse.model_validate_json(body(generic(answers=answers, customer=customer, comment=marker)))
    assert found.comment == marker
    assert marker not in repr(found)
    assert marker not in repr(sent)
