"""What the set-up guides tell people to type, paste and open exists."""

import re
from pathlib import Path

import pytest

from api.app import ROUTERS
from ops.doctor import on_sendgrid, on_twilio
from ops.doctor.checks import CHECKS
from settings import Settings, variable

ROOT = Path(__file__).parents[3]
GUIDES = [ROOT / "docs" / name for name in ("telephone-and-mail.md", "where-data-lies.md")]
ROUTES = {getattr(route, "path", "") for router in ROUTERS for route in router.routes}

each_guide = pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)


@each_guide
def test_every_variable_is_a_setting(guide: Path) -> None:
    named = set(re.findall(r"CLOSELOOP_[A-Z_]+", guide.read_text()))
    assert named <= {variable(name) for name in Settings.model_fields}


@each_guide
def test_every_webhook_is_a_route(guide: Path) -> None:
    named = set(re.findall(r"/webhooks/[a-z]+/[a-z/]+", guide.read_text()))
    assert named <= ROUTES
    assert named


@each_guide
def test_every_link_leads_to_something(guide: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", guide.read_text())
    assert [link for link in links if not (guide.parent / link).exists()] == []


def test_the_guide_has_every_address_that_doctor_asks_for() -> None:
    text = GUIDES[0].read_text()
    wanted = (on_twilio.INBOUND, on_twilio.INBOUND_ENDED, on_twilio.SMS, on_sendgrid.EVENTS)
    assert [path for path in wanted if f"https://help.example.com{path}`" not in text] == []


def test_lines_of_doctor_are_named_as_it_names_them() -> None:
    named = set(re.findall(r"lines? \*([^*]+)\*", GUIDES[0].read_text()))
    assert named <= {check.subject for check in CHECKS}
