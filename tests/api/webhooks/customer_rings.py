"""A customer who rings us, as Twilio tells of it: each step asks on where the one before said."""

from datetime import UTC, datetime
from xml.etree import ElementTree

from channels.twilio.ringing import WORDS
from db.ringing_back import ring_id
from domain.words import Language
from tests.activities.scene import Scene
from tests.api.webhooks.twilio_site import PUBLIC, TwilioSite

ROOM = "/webhooks/twilio/inbound"
CALLER, LEG = "CA" + "7" * 32, "CA" + "8" * 32
RING = ring_id(CALLER)
OWNERS, COLLEAGUES, LEADS = "+74950000011", "+74950000012", "+74950000013"
COMPANY = "Ромашка & Ко"
NOON = datetime(2026, 10, 1, 9, tzinfo=UTC)
GONE = WORDS[Language.EN].gone
Document = ElementTree.Element


async def rings(twilio: TwilioSite, phone: str, **more: str) -> Document:
    """A call comes in."""
    return await twilio.document(ROOM, CallSid=CALLER, From=phone, CallStatus="ringing", **more)


async def asked(twilio: TwilioSite, address: str, **fields: str) -> Document:
    """Twilio asks on at an address that it was told."""
    assert address.startswith(PUBLIC)
    return await twilio.document(address.removeprefix(PUBLIC), **fields)


async def nobody_answers(twilio: TwilioSite, document: Document, phone: str, **more: str) -> Document:
    """All telephones of this round have rung in vain."""
    told = {"CallSid": CALLER, "From": phone, "CallStatus": "in-progress", "DialCallStatus": "no-answer"}
    return await asked(twilio, dial(document).get("action", ""), **{**told, "DialBridged": "false", **more})


async def picks_up(twilio: TwilioSite, document: Document, phone: str) -> Document:
    """The one with this telephone picks up."""
    (number,) = (number for number in document.iter("Number") if number.text == phone)
    return await asked(twilio, number.get("url", ""), CallSid=LEG, ParentCallSid=CALLER, To=phone)


async def presses(twilio: TwilioSite, whisper: Document, key: str = "1") -> Document:
    """They press a key."""
    gather = next(whisper.iter("Gather"))
    return await asked(twilio, gather.get("action", ""), CallSid=LEG, ParentCallSid=CALLER, Digits=key)


async def hangs_up(twilio: TwilioSite, phone: str, status: str = "completed") -> None:
    """The customer's call is over."""
    answer = await twilio.post(f"{ROOM}/ended", CallSid=CALLER, From=phone, CallStatus=status)
    assert answer.status_code == 204


def dial(document: Document) -> Document:
    return next(document.iter("Dial"))


def rung(document: Document) -> list[str | None]:
    return [number.text for number in document.iter("Number")]


def speech(document: Document) -> str:
    return " ".join(part.text or "" for part in document.iter("Say"))


def takers(twilio: TwilioSite, scene: Scene) -> list[object]:
    """Who took it, for each fact of a ring."""
    return [body["by"] for kind, body in twilio.facts(scene.id) if kind == "customer_rang"]
