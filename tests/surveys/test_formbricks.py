"""Formbricks tells one response three times and more."""

from datetime import UTC, datetime

import pytest

from domain.words import Language
from surveys.errors import NotAResponse, UnknownForm, WrongShape
from surveys.formbricks import parse
from surveys.mapping import Forms
from surveys.reading import Json
from surveys.response import Meaning, ResponseIn
from tests.surveys.survey_samples import FORMS, RECEIVED, body, formbricks
from tests.vendors import PAYLOADS

DETAILS: list[Json] = ["Анна", "", "anna@example.com", "8 916 123-45-67", ""]
ALL: dict[str, Json] = {"recommend": 0, "call_me": "accepted", "details": DETAILS, "tz": "Asia/Omsk"}


def read(event: str, answers: dict[str, Json], at: str = "2026-11-02T12:03:00.000Z", **changes: Json) -> ResponseIn:
    return parse({"webhook-id": "wh-1"}, body(formbricks(event, answers, at, **changes)), FORMS, RECEIVED)


def test_a_finished_response_is_understood() -> None:
    found = read("responseFinished", ALL)
    assert (found.source, found.form, found.external_id, found.event_id) == ("formbricks", "S1", "r-1", "wh-1")
    assert (found.contact_requested, found.phone, found.name) == (True, "8 916 123-45-67", "Анна")
    assert (found.nps, found.zone, found.customer_ref, found.language) == (0, "Asia/Omsk", "c-7781", Language.EN)
    assert found.version == datetime(2026, 11, 2, 12, 3, tzinfo=UTC)


def test_texts_come_from_the_forms_file_and_hidden_fields_are_no_questions() -> None:
    answers = {answer.question_id: answer for answer in read("responseFinished", ALL).answers}
    assert set(answers) == {"recommend", "call_me", "details"}
    assert (answers["recommend"].question_text, answers["recommend"].meaning) == ("Порекомендуете нас?", Meaning.NPS)
    assert answers["details"].value == ("Анна", "anna@example.com", "8 916 123-45-67")


def test_the_tick_may_come_with_any_delivery_of_one_response() -> None:
    sequence = [
        read("responseCreated", {"recommend": 3}, "2026-11-02T12:00:00.000Z"),
        read("responseUpdated", {"recommend": 3, "call_me": "accepted"}, "2026-11-02T12:01:00.000Z"),
        read("responseFinished", ALL, "2026-11-02T12:02:00.000Z"),
    ]
    assert len({(one.source, one.form, one.external_id) for one in sequence}) == 1
    assert [one.contact_requested for one in sequence] == [False, True, True]
    assert [one.phone is not None for one in sequence] == [False, False, True]
    assert [one.finished for one in sequence] == [False, False, True]
    assert sequence == sorted(sequence, key=lambda one: one.version)


def test_an_update_after_the_end_is_still_finished() -> None:
    assert read("responseUpdated", ALL, finished=True).finished


@pytest.mark.parametrize("answer", ["dismissed", "", None, [], 1, {}])
def test_anything_but_the_tick_asks_for_no_contact(answer: Json) -> None:
    assert not read("responseFinished", {"call_me": answer}).contact_requested


@pytest.mark.parametrize("details", [None, "text", [], ["Анна"], {"phone": "1"}, [1, 2, 3, None, 5]])
def test_contact_details_of_any_shape_are_no_accident(details: Json) -> None:
    assert read("responseUpdated", {"details": details}).phone is None


def test_a_language_that_we_do_not_write_is_the_forms_own() -> None:
    assert read("responseFinished", ALL, language="default").language is Language.RU


def test_a_zone_that_does_not_exist_tells_nothing() -> None:
    assert read("responseFinished", {"tz": "Mars/Olympus"}).zone is None


def test_a_time_nobody_can_read_is_the_receipt() -> None:
    found = read("responseFinished", ALL, "9999-12-31T23:59:59-14:00", createdAt="yesterday")
    assert found.version == found.submitted_at == RECEIVED


def test_the_trial_of_the_connection_is_no_response() -> None:
    with pytest.raises(NotAResponse):
        parse({}, body({"event": "testEndpoint"}), FORMS, RECEIVED)


def test_another_event_or_form_is_refused() -> None:
    with pytest.raises(WrongShape, match="event"):
        read("responseDeleted", ALL)
    with pytest.raises(UnknownForm, match='"S2"'):
        read("responseFinished", ALL, surveyId="S2")


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the vendors' samples are not on this machine")
def test_formbricks_own_samples_are_understood() -> None:
    forms = Forms.read("[formbricks.surveyId]\nname = 'S'\nfields = { contact = 'newsletter_consent' }")
    created, finished = (
        parse({}, (PAYLOADS / f"formbricks_response_{name}.json").read_bytes(), forms, RECEIVED)
        for name in ("created", "finished")
    )
    assert (created.contact_requested, finished.contact_requested) == (False, True)
    assert (created.finished, finished.finished) == (False, True)
    assert created.external_id == finished.external_id
    assert created.version < finished.version
