"""Faults at Twilio."""

from dataclasses import replace
from datetime import timedelta

from pydantic import JsonValue

from ops.doctor.findings import Verdict
from ops.ports import free_port
from tests.ops.doctor.planting import Planted, told_otherwise
from tests.ops.doctor.provider_books import ACCOUNT, CALLER_ID, SERVICE
from tests.ops.doctor.surgery import Surgery
from tests.wire.faults import Fault, Mode

NUMBERS = f"{ACCOUNT}/IncomingPhoneNumbers.json"


def _number(surgery: Surgery, **changes: JsonValue) -> None:
    surgery.books.first(NUMBERS, "incoming_phone_numbers").update(changes)


def _nobody(surgery: Surgery) -> None:
    surgery.books.answers[NUMBERS] = {"incoming_phone_numbers": []}


def _without_sms(surgery: Surgery) -> None:
    surgery.change(twilio_sms_sender=CALLER_ID)
    _number(surgery, capabilities={"voice": True, "sms": False})


def _hangs(surgery: Surgery) -> None:
    surgery.around(replace(surgery.outside, patience=timedelta(seconds=0.5)))
    surgery.books.faults[f"{ACCOUNT}.json"] = Fault(Mode.HANG_BEFORE)


AT_TWILIO = (
    Planted(
        "wrong token",
        lambda surgery: surgery.books.statuses.update({f"{ACCOUNT}.json": 401}),
        "Twilio account",
        "refuses this account SID",
        "CLOSELOOP_TWILIO_AUTH_TOKEN",
    ),
    Planted(
        "suspended",
        told_otherwise(f"{ACCOUNT}.json", status="suspended"),
        "Twilio account",
        "is suspended: nothing rings",
        "support",
    ),
    Planted(
        "trial",
        told_otherwise(f"{ACCOUNT}.json", type="Trial"),
        "Twilio account",
        "a trial: it reaches verified numbers only",
        "upgrade it",
        Verdict.UNSURE,
    ),
    Planted("foreign caller id", _nobody, "caller id", "is not a number of this account", "CLOSELOOP_CALLER_ID"),
    Planted(
        "mute caller id",
        lambda surgery: _number(surgery, capabilities={"voice": False, "sms": True}),
        "caller id",
        "cannot call",
        "CLOSELOOP_CALLER_ID",
    ),
    Planted(
        "closed country",
        told_otherwise("/v1/DialingPermissions/Countries/KZ", low_risk_numbers_enabled=False),
        "countries",
        "calls to KZ are switched off",
        "Geo permissions",
    ),
    Planted(
        "calls lead elsewhere",
        lambda surgery: _number(surgery, voice_url="https://demo.twilio.com/welcome/voice/"),
        "calls to us",
        "“A call comes in” of the caller id leads elsewhere",
        "/webhooks/twilio/inbound there",
    ),
    Planted(
        "calls by GET",
        lambda surgery: _number(surgery, voice_method="GET"),
        "calls to us",
        "asks by GET",
        "HTTP POST",
    ),
    Planted(
        "hung up unheard",
        lambda surgery: _number(surgery, status_callback=""),
        "calls to us",
        "“Call status changes” of the caller id is empty",
        "/webhooks/twilio/inbound/ended",
    ),
    Planted(
        "STOP is lost",
        lambda surgery: _number(surgery, sms_url=""),
        "SMS to us",
        "“A message comes in” of the caller id is empty",
        "/webhooks/twilio/sms",
    ),
    Planted(
        "no such service",
        lambda surgery: surgery.books.answers.pop(f"/v1/Services/{SERVICE}"),
        "SMS sender",
        "messaging service does not exist",
        "CLOSELOOP_TWILIO_SMS_SENDER",
    ),
    Planted(
        "sender without SMS",
        _without_sms,
        "SMS sender",
        "which cannot send SMS",
        "a number with SMS",
    ),
    Planted(
        "nobody speaks",
        lambda surgery: _number(surgery, voice_fallback_url=""),
        "calls to us",
        "while our API is away nobody speaks",
        "TwiML Bin",
        Verdict.UNSURE,
    ),
    Planted(
        "provider out of reach",
        lambda surgery: surgery.change(twilio_url=f"http://127.0.0.1:{free_port()}"),
        "Twilio account",
        "does not answer from this machine",
        "CLOSELOOP_TWILIO_URL",
    ),
    Planted(
        "provider that hangs",
        _hangs,
        "Twilio account",
        "does not answer from this machine",
        "CLOSELOOP_TWILIO_URL",
    ),
)
