"""Whatever comes, a parser answers with a response, an event or one of our refusals."""

import contextlib
import json
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from surveys import shop
from surveys.errors import NotJson, SurveyError
from surveys.reading import Json, read_object
from surveys.response import ResponseIn
from surveys.sources import SOURCES, Source
from tests.surveys.survey_samples import FORMS, RECEIVED, body, formbricks, generic, patient, typeform, typeform_answer

Read = Callable[[bytes], object]


def reader(source: Source) -> Read:
    return lambda sent: source.parse({}, sent, FORMS, RECEIVED)


READERS: dict[str, Read] = {"shop": shop.parse} | {name: reader(source) for name, source in SOURCES.items()}
SAMPLES: dict[str, dict[str, Json]] = {
    "typeform": typeform([typeform_answer("qContact", "boolean", True), typeform_answer("qNps", "number", 0)]),
    "formbricks": formbricks("responseFinished", {"call_me": "accepted", "details": ["a"]}, "2026-11-02T12:00:00Z"),
    "generic": generic(customer={"id": "c"}, scores={"nps": 1}, answers=[{"id": "q", "value": 1}]),
    "shop": {
        "event": "renewal",
        "version": 1,
        "customer_id": "c",
        "licence": {"key_id": "K", "product": "home", "segment": "full"},
    },
}
ODD_TEXT = st.text(st.characters(codec=None), max_size=20) | st.sampled_from(["\x00", "\ud800", "9" * 300, "clicked"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | ODD_TEXT | st.just(10**400)
JSONS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ODD_TEXT, inner, max_size=4), max_leaves=8
)
NASTY = [
    b"",
    b"\xff\xfe{}",
    b"\xef\xbb\xbf{}",
    '{"a": 1}'.encode("utf-16"),
    b"[]",
    b"null",
    b"7",
    b'{"a": NaN}',
    b'{"a": 1e999}',
    b'{"a": -Infinity}',
    b'{"a": ' + b"9" * 10_000 + b"x",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"a": ' + b"[" * 45 + b"]" * 45 + b"}",
    b'{"a": ' + b"[" * 900 + b"]" * 900 + b"}",
    b'{"a": "\xed\xa0\x80"}',
]


def places(found: Json, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    steps: list[tuple[str | int, Json]] = []
    if isinstance(found, dict):
        steps = [*found.items()]
    if isinstance(found, list):
        steps = [*enumerate(found)]
    return [path, *(place for key, one in steps for place in places(one, (*path, key)))]


def replaced(found: Json, path: tuple[str | int, ...], new: Json) -> Json:
    if not path:
        return new
    if isinstance(found, dict):
        return {key: replaced(one, path[1:], new) if key == path[0] else one for key, one in found.items()}
    assert isinstance(found, list)
    return [replaced(one, path[1:], new) if n == path[0] else one for n, one in enumerate(found)]


def storable(response: object) -> None:
    text = json.dumps(response.model_dump(mode="json"), ensure_ascii=False) if isinstance(response, ResponseIn) else ""
    assert "\\u0000" not in text
    text.encode()


@pytest.mark.parametrize("name", sorted(READERS))
@pytest.mark.parametrize("sent", NASTY, ids=range(len(NASTY)))
def test_what_is_no_object_is_refused_as_such(name: str, sent: bytes) -> None:
    with pytest.raises(NotJson):
        READERS[name](sent)


@pytest.mark.parametrize("name", sorted(READERS))
@patient
@given(sent=st.binary(max_size=200))
def test_no_bytes_break_a_parser(name: str, sent: bytes) -> None:
    with pytest.raises(SurveyError):
        READERS[name](sent)


@pytest.mark.parametrize("name", sorted(READERS))
@patient
@given(sent=JSONS)
def test_no_json_breaks_a_parser(name: str, sent: Json) -> None:
    with pytest.raises(SurveyError):
        READERS[name](json.dumps(sent).encode())


@pytest.mark.parametrize("name", sorted(READERS))
@patient
@given(draw=st.data(), new=JSONS)
def test_no_change_of_a_good_delivery_breaks_a_parser(name: str, draw: st.DataObject, new: Json) -> None:
    path = draw.draw(st.sampled_from(places(SAMPLES[name])))
    with contextlib.suppress(SurveyError):
        storable(READERS[name](json.dumps(replaced(SAMPLES[name], path, new)).encode()))


@pytest.mark.parametrize("name", sorted(READERS))
def test_the_unchanged_samples_are_good(name: str) -> None:
    storable(READERS[name](body(SAMPLES[name])))


@patient
@given(text=ODD_TEXT)
@example(text="\ud83d\ude00")
def test_every_text_becomes_one_that_can_be_stored(text: str) -> None:
    found = read_object(json.dumps({"a": text, text: 1}).encode())["a"]
    assert isinstance(found, str)
    assert "\x00" not in found
    found.encode()


@pytest.mark.parametrize(("levels", "taken"), [(39, True), (40, False)])
def test_a_body_is_taken_down_to_the_fortieth_level(levels: int, taken: bool) -> None:
    sent = b'{"a": ' + b"[" * levels + b"]" * levels + b"}"
    with contextlib.nullcontext() if taken else pytest.raises(NotJson, match="deeper"):
        assert read_object(sent) == json.loads(sent)


def test_brackets_within_a_text_are_no_levels() -> None:
    assert read_object(json.dumps({"a": "[" * 50}).encode()) == {"a": "[" * 50}


@pytest.mark.parametrize(
    ("told", "kept"),
    [("a\\u0000b", "ab"), ("\\uDAffa", "\ufffda"), ("\\ud83d\\ude00", "\U0001f600"), ("\\\\u0000", "\\u0000")],
)
def test_escapes_are_cleaned_in_whatever_case_they_are_written(told: str, kept: str) -> None:
    assert read_object(b'{"a": "' + told.encode() + b'"}') == {"a": kept}
