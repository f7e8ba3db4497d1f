"""Windows against a model that knows every minute, and exact through JSON."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.windows import Windows

ZERO = datetime(2026, 6, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LENGTH = 60
"""Minutes in the model's world."""

minutes = st.integers(0, LENGTH)
pairs = st.lists(st.tuples(minutes, minutes), max_size=6)
windows = st.builds(lambda spans, until: from_minutes(spans, until=until), pairs, minutes)


def at(minute: int) -> datetime:
    """The instant so many minutes into the model's world."""
    return ZERO + minute * MINUTE


def from_minutes(spans: list[tuple[int, int]], *, until: int = LENGTH) -> Windows:
    """Windows from pairs of minutes."""
    return Windows.of([(at(start), at(end)) for start, end in spans], until=at(until))


def open_minutes(known: Windows) -> set[int]:
    """The model: the set of all open minutes."""
    return {minute for minute in range(-1, LENGTH + 1) if known.contains(at(minute))}


def known_minutes(known: Windows) -> set[int]:
    """All minutes before the horizon."""
    return set(range((known.until - ZERO) // MINUTE))


@given(pairs, minutes)
def test_windows_are_open_in_the_minutes_they_were_made_of(spans: list[tuple[int, int]], until: int) -> None:
    made_of = {minute for start, end in spans for minute in range(start, end) if minute < until}
    assert open_minutes(from_minutes(spans, until=until)) == made_of


@given(windows, windows)
def test_and_is_intersection_and_or_is_union(one: Windows, other: Windows) -> None:
    known = known_minutes(one) & known_minutes(other)
    assert open_minutes(one & other) == open_minutes(one) & open_minutes(other) & known
    assert open_minutes(one | other) == (open_minutes(one) | open_minutes(other)) & known
    assert (one & other).until == (one | other).until == min(one.until, other.until)


@given(windows, windows, windows)
def test_intersection_and_union_keep_the_laws_of_sets(a: Windows, b: Windows, c: Windows) -> None:
    assert a & b == b & a
    assert a | b == b | a
    assert a & a == a | a == a
    assert (a & b) & c == a & (b & c)
    assert (a | b) | c == a | (b | c)
    assert a & (b | c) == (a & b) | (a & c)


@given(windows, minutes)
def test_earliest_is_the_first_open_minute(known: Windows, start: int) -> None:
    first = min((minute for minute in open_minutes(known) if minute >= start), default=None)
    found = known.earliest(at(start))
    assert found == (None if first is None else at(first))
    assert found is None or (known.contains(found) and known.earliest(found) == found)


@given(windows, minutes, minutes)
def test_spent_counts_the_open_minutes_between(known: Windows, start: int, end: int) -> None:
    assert known.spent(at(start), at(end)) == MINUTE * len(open_minutes(known) & set(range(start, end)))


@given(windows, minutes, st.integers(1, LENGTH))
def test_after_is_the_end_of_the_last_minute_that_counts(known: Windows, start: int, counted: int) -> None:
    left = sorted(minute for minute in open_minutes(known) if minute >= start)
    expected = at(left[counted - 1] + 1) if counted <= len(left) else None
    assert known.after(at(start), counted * MINUTE) == expected


@given(windows, st.timedeltas(timedelta(0), LENGTH * MINUTE), st.timedeltas(timedelta(0), LENGTH * MINUTE))
def test_exactly_the_duration_is_spent_until_the_instant_after_it(
    known: Windows, offset: timedelta, duration: timedelta
) -> None:
    start = ZERO + offset
    due = known.after(start, duration)
    if due is None:
        assert known.spent(start, known.until) < duration or known.earliest(start) is None
    else:
        assert known.spent(start, due) == duration
        assert any(begin <= due <= end for begin, end in known.spans)


@given(windows, minutes, minutes, st.integers(1, LENGTH))
def test_a_later_start_is_never_up_earlier(known: Windows, one: int, other: int, counted: int) -> None:
    early, late = (known.after(at(start), counted * MINUTE) for start in sorted((one, other)))
    assert late is None or (early is not None and early <= late)


def test_time_that_fills_a_window_is_up_at_its_end() -> None:
    assert from_minutes([(0, 10), (20, 30)]).after(at(0), 10 * MINUTE) == at(10)


@pytest.mark.parametrize("used_up", [timedelta(0), -MINUTE])
def test_with_nothing_left_to_pass_after_is_the_first_open_instant(used_up: timedelta) -> None:
    assert from_minutes([(0, 10), (20, 30)]).after(at(15), used_up) == at(20)


@settings(max_examples=200)
@given(st.lists(st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1)), min_size=3, max_size=9, unique=True))
def test_json_gives_back_the_same_windows_to_the_microsecond(instants: list[datetime]) -> None:
    *edges, until = sorted(instant.replace(tzinfo=UTC) for instant in instants)
    known = Windows.of(list(zip(edges[::2], edges[1::2], strict=False)), until=until)
    assert Windows.model_validate_json(known.model_dump_json()) == known


def test_json_is_small_because_histories_carry_it() -> None:
    known = from_minutes([(0, 10)], until=20)
    assert known.model_dump_json() == '{"until":1781050800,"spans":[[1781049600,1781050200]]}'


def test_a_far_instant_is_not_taken_for_milliseconds() -> None:
    known = Windows.of([], until=datetime(2700, 1, 1, tzinfo=UTC))
    assert Windows.model_validate_json(known.model_dump_json()) == known


def test_spans_in_local_time_are_counted_in_real_time_across_a_change_of_clocks() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start, end = datetime(2026, 10, 25, 1, tzinfo=berlin), datetime(2026, 10, 25, 4, tzinfo=berlin)
    known = Windows.whole(start, end)
    assert known.spent(start, end) == timedelta(hours=4)
    assert known.after(start, timedelta(hours=3)) == datetime(2026, 10, 25, 2, tzinfo=UTC)


def test_answers_are_in_utc_whatever_the_zone_of_the_question() -> None:
    asked = at(5).astimezone(ZoneInfo("Europe/Berlin"))
    known = from_minutes([(0, 10)])
    answers = [known.earliest(asked), known.after(asked, MINUTE)]
    assert [answer and answer.tzinfo for answer in answers] == [UTC, UTC]


@pytest.mark.parametrize(
    "spans",
    [
        pytest.param([[at(5), at(5)]], id="empty"),
        pytest.param([[at(5), at(4)]], id="backwards"),
        pytest.param([[at(5), at(9)], [at(1), at(2)]], id="unsorted"),
        pytest.param([[at(1), at(5)], [at(4), at(9)]], id="overlapping"),
        pytest.param([[at(1), at(5)], [at(5), at(9)]], id="touching"),
        pytest.param([[at(1), at(21)]], id="beyond the horizon"),
    ],
)
def test_disorderly_spans_are_refused(spans: list[list[datetime]]) -> None:
    with pytest.raises(ValidationError):
        Windows.model_validate({"until": at(20), "spans": spans})


def test_a_time_without_a_zone_is_refused() -> None:
    naive = ZERO.replace(tzinfo=None)
    with pytest.raises(ValidationError):
        Windows(until=naive)
    with pytest.raises(ValueError, match="no zone"):
        from_minutes([(0, 10)]).after(naive, MINUTE)
