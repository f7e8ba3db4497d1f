"""How reports of a call are written, and what is read off the answers."""

from datetime import UTC, datetime
from uuid import UUID
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from domain.policy import CompanyHours, Policy
from tests.activities.scene import Scene
from tests.api.webhooks.twilio_site import CALL, LEG, TwilioSite
from tests.vendors import PAYLOADS

REAL = PAYLOADS / "twilio_voice_status_completed_human.form"
TOLD_AT = "Sun, 22 Nov 2026 12:00:00 +0000"
AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
STEPS = ("specialist", "accepted", "announcement", "dialled", "status", "customer")
DOCUMENTS = ("specialist", "accepted", "announcement", "dialled")
ALWAYS_OPEN = Policy(company=CompanyHours(always_open=True))
MOSCOW = ZoneInfo("Europe/Moscow")


def at(attempt: UUID, step: str) -> str:
    return f"/webhooks/twilio/calls/{attempt}/{step}"


def leg(status: str = "", **more: str) -> dict[str, str]:
    told = {"CallSid": LEG, "ParentCallSid": CALL, "Timestamp": TOLD_AT}
    return told | ({"CallStatus": status} if status else {}) | more


def tags(document: ElementTree.Element) -> list[str]:
    return [part.tag for part in document]


def said(document: ElementTree.Element) -> list[str | None]:
    return [part.text for part in document.iter("Say")]


def told(twilio: TwilioSite, scene: Scene) -> list[tuple[str, object]]:
    """Each fact's kind, and its outcome."""
    return [(kind, body.get("outcome")) for kind, body in twilio.facts(scene.id)]


CONVERSATION = (
    leg("ringing"),
    leg("in-progress"),
    leg(AnsweredBy="human"),
    leg("completed", AnsweredBy="human"),
)
