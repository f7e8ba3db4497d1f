"""Whatever a webhook is sent, rightly signed: taken whole, or refused with a reason and without a trace."""

import json

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveys.reading import Json
from tests.fuzz.deliveries import AT, GOOD, LOCAL, Door
from tests.surveys.test_any_body import JSONS, NASTY, places, replaced

patient = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
PATHS = sorted(GOOD)
EVENTS = [path for path in PATHS if path.startswith(LOCAL)]
INSTANTS = ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"]
LONG = "ж" * 5_000


def refused(answer: httpx2.Response, *statuses: int) -> None:
    assert answer.status_code in (422, *statuses), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"]
    assert answer.json()["detail"]


def taken_or_refused(hooks: Door, path: str, body: bytes) -> None:
    """One of the two; what was taken is read again at the end."""
    before = hooks.count()
    answer = hooks.send(path, body)
    if answer.status_code not in (200, 202):
        refused(answer)
        assert hooks.count() == before


@pytest.mark.parametrize("path", PATHS)
def test_the_unchanged_samples_are_taken(hooks: Door, path: str) -> None:
    assert hooks.deliver(path, GOOD[path]).status_code in (200, 202)


@pytest.mark.parametrize("path", PATHS)
def test_what_is_no_json_object_is_refused(hooks: Door, path: str) -> None:
    with hooks.nothing_stored():
        for body in NASTY:
            refused(hooks.send(path, body), 413)


@pytest.mark.parametrize("path", PATHS)
@patient
@given(draw=st.data(), new=JSONS)
def test_a_good_delivery_with_anything_in_any_place(hooks: Door, path: str, draw: st.DataObject, new: Json) -> None:
    place = draw.draw(st.sampled_from(places(GOOD[path])))
    taken_or_refused(hooks, path, json.dumps(replaced(GOOD[path], place, new)).encode())


@pytest.mark.parametrize("path", PATHS)
def test_every_instant_at_the_ends_of_the_calendar(hooks: Door, path: str) -> None:
    for instant in INSTANTS:
        taken_or_refused(hooks, path, json.dumps(GOOD[path]).replace(AT, instant).encode())
    assert hooks.everything()


@pytest.mark.parametrize("path", EVENTS)
def test_an_event_at_an_instant_no_calendar_has_is_refused(hooks: Door, path: str) -> None:
    with hooks.nothing_stored():
        refused(hooks.deliver(path, GOOD[path] | {"at": "0001-01-01T00:00:00+14:00"}))


@pytest.mark.parametrize("path", PATHS)
def test_a_long_text_in_any_place(hooks: Door, path: str) -> None:
    for place in places(GOOD[path]):
        taken_or_refused(hooks, path, json.dumps(replaced(GOOD[path], place, LONG)).encode())


@pytest.mark.parametrize("path", PATHS)
def test_of_a_key_told_twice_the_last_counts(hooks: Door, path: str) -> None:
    first, *rest = json.dumps(GOOD[path])[1:-1].split(", ", 1)
    key = first.partition(":")[0]
    twice = "{" + f'{key}: {{"deep": [1]}}, ' + ", ".join([first, *rest]) + "}"
    assert hooks.send(path, twice.encode()).status_code in (200, 202)


@pytest.mark.parametrize("path", EVENTS)
def test_an_event_id_no_index_can_hold_is_refused(hooks: Door, path: str) -> None:
    """It once was answered as if the database were away, so that its sender would have repeated it for ever."""
    unsqueezable = "".join(chr(0x4E00 + (n * 7919) % 20_000) for n in range(4_000))
    with hooks.nothing_stored():
        refused(hooks.deliver(path, GOOD[path] | {"event_id": unsqueezable}))
