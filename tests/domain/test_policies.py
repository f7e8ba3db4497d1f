"""Policies come from the code, and from the operator's file where it says otherwise."""

from datetime import time, timedelta

import pytest

from domain.policies import policies_from
from domain.policy import Hours, Policy


def test_without_a_file_there_is_the_standard_policy() -> None:
    assert dict(policies_from(None, development=False)) == {"standard": Policy()}


def test_the_demo_policy_has_seconds_for_minutes_at_any_hour() -> None:
    demo = policies_from("", development=True)["demo"]
    assert (demo.name, demo.promise, demo.claimed_not_called) == ("demo", timedelta(minutes=1), timedelta(seconds=10))
    assert demo.retries == (timedelta(seconds=15), timedelta(minutes=2), timedelta(minutes=24))
    assert (demo.company.always_open, demo.civil.always_civil) == (True, True)
    assert demo.warnings == Policy().warnings


def test_a_table_changes_what_it_names_and_nothing_else() -> None:
    text = """
    [standard]
    promise = "PT30M"
    [business]
    retries = [60, "PT1H"]
    [business.company]
    zone = "Europe/Berlin"
    holidays = "DE"
    week = { 0 = [{ start = 09:00:00, end = 18:00:00 }] }
    """
    found = policies_from(text, development=False)
    business = found["business"]
    assert found["standard"] == Policy(promise=timedelta(minutes=30))
    assert (business.name, business.promise) == ("business", timedelta(hours=1))
    assert business.retries == (timedelta(minutes=1), timedelta(hours=1))
    assert business.company.week == {0: (Hours(start=time(9), end=time(18)),)}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("promise = 60", "promise"),
        ("[standard", "TOML"),
        ("[business]\npromise = 0", "'business': promise"),
        ("[business]\npromis = 60", "'business': promis"),
        ('[business.company]\nzone = "Mars/Olympus"', "'business': company.zone"),
        ("[business]\nwarnings = [0.9, 0.5]", "'business': the whole: .*must rise"),
    ],
)
def test_a_mistake_names_policy_and_field(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        policies_from(text, development=True)
