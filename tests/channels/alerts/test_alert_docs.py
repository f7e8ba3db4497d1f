"""What support managers and developers read about alerts is what there is."""

import re
from pathlib import Path

from channels.alerts.routing import Route, Way, routes_from
from domain.announcements import ALERT_KINDS

DOCS = Path(__file__).parents[3] / "docs"
ALERTS = (DOCS / "alerts.md").read_text(encoding="utf-8")


def test_every_alert_is_explained_and_none_that_does_not_exist() -> None:
    table = ALERTS.split("## What there is")[1].split("##")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ")][1:]
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == ALERT_KINDS


def test_the_alerts_in_bold_go_by_two_ways() -> None:
    bold = set(re.findall(r"\*\*`(\w+)`\*\*", ALERTS))
    assert bold == {kind for kind in ALERT_KINDS if routes_from(None).of(kind).at_once == 2}


def test_the_example_holds() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", ALERTS, re.DOTALL)
    assert routes_from(example).of("promise_broken").ways[:2] == (Way.SMS, Way.SLACK)


def test_every_field_is_explained() -> None:
    table = ALERTS.split("| field | values")[1]
    assert all(f"| `{field}` |" in table for field in Route.model_fields)
