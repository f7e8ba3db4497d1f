"""Whether Twilio would ring, write, and let customers ring back."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from channels.errors import ChannelError, Refused
from channels.twilio.addresses import PREFIX
from ops.doctor.findings import Finding, ok, unsure, wrong
from ops.doctor.installation import Installation
from ops.doctor.twilio_account import Account, Number
from settings import Environment, variable

INBOUND, INBOUND_ENDED, SMS = f"{PREFIX}/inbound", f"{PREFIX}/inbound/ended", f"{PREFIX}/sms"
"""What is pasted into Twilio's page of the number."""
NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
"""As Twilio allows a sender's name."""
RUSSIA = "RU"
_NUMBER_PAGE = "Twilio Console → Phone Numbers → Active numbers → the number"
_ACCOUNT_FIRST = "mend the line about the Twilio account first; if that one is ok, ask again in a minute"


def account(here: Installation) -> Finding:
    """Credentials, and what kind of account they open."""
    sid, token = variable("twilio_account_sid"), variable("twilio_auth_token")
    try:
        told = here.account().account
    except Refused:
        return wrong(
            "Twilio refuses this account SID with this auth token",
            f"copy both from the first page of the Twilio Console into {sid} and {token}; an API key (SK…) will not do",
        )
    except ChannelError:
        where = variable("twilio_url")
        return wrong("Twilio does not answer from this machine", f"let this machine reach Twilio, and look at {where}")
    return _standing(told, here)


def _standing(told: Account, here: Installation) -> Finding:
    if told.status != "active":
        return wrong(f"the account is {told.status}: nothing rings", "ask Twilio's support why, or use another account")
    if told.type.lower() != "trial":
        return ok("active, and not a trial")
    says = "a trial: it reaches verified numbers only, and Twilio speaks before us"
    upgrade = "good for trying with your own phone; upgrade it in the Twilio Console before customers are called"
    return (wrong if here.settings.environment is Environment.PRODUCTION else unsure)(says, upgrade)


def caller_id(here: Installation) -> Finding:
    """The number customers see."""
    shown, setting = here.settings.caller_id, variable("caller_id")
    number = here.number()
    if number and number.capabilities.get("voice"):
        return ok(f"{shown} is a number of the account and can call")
    if number:
        return wrong(f"{shown} is a number of the account, but cannot call", f"put one with Voice into {setting}")
    if here.twilio.is_verified(shown):
        return ok(f"{shown} is verified: Twilio may show it; whoever rings it back reaches your own exchange")
    return wrong(
        f"{shown} is not a number of this account, and not verified: Twilio refuses every call",
        f"buy it, or verify it under Phone Numbers → Verified Caller IDs, or put another one into {setting}",
    )


def sms_sender(here: Installation) -> Finding:
    """Who an SMS comes from."""
    sender = here.settings.twilio_sms_sender or here.settings.caller_id
    if sender.startswith("MG"):
        return _service(here, sender)
    if sender.startswith("+"):
        return _sms_number(here, sender)
    if not NAME.fullmatch(sender):
        says = "the sender's name cannot be used"
        rule = "1 to 11 Latin letters, digits or spaces, at least one letter"
        return wrong(says, f"{variable('twilio_sms_sender')}: {rule}")
    return unsure(
        "SMS come from a name; Twilio does not tell whether it is registered",
        "look under Messaging → Senders → Alphanumeric; Russia carries registered names only",
    )


def _service(here: Installation, service: str) -> Finding:
    setting = variable("twilio_sms_sender")
    try:
        senders = here.twilio.senders_of(service)
    except Refused:
        return wrong(
            "this messaging service does not exist in the account",
            f"copy its SID (MG…) from Messaging → Services into {setting}",
        )
    if not senders:
        return wrong("the messaging service has no sender", "add a number or a name to its sender pool")
    return ok("the messaging service exists and has senders")


def _sms_number(here: Installation, sender: str) -> Finding:
    number = here.number() if sender == here.settings.caller_id else here.twilio.number(sender)
    if number is None or not number.capabilities.get("sms"):
        fault = "cannot send SMS" if number else "is not a number of this account"
        return wrong(
            f"SMS come from {sender}, which {fault}",
            f"name a number with SMS, a registered name or a messaging service in {variable('twilio_sms_sender')}",
        )
    if RUSSIA in here.by_twilio():
        return unsure(
            f"{sender} can send SMS, but Russian operators stop SMS from plain numbers",
            f"register a sender's name with Twilio and put it into {variable('twilio_sms_sender')}",
        )
    return ok(f"{sender} can send SMS")


def countries(here: Installation) -> Finding:
    """Where Twilio may call: customers, and the staff whose phones ring first."""
    wanted = sorted({*here.by_twilio(), *_staff_countries(here)})
    with ThreadPoolExecutor(8, "countries") as pool:
        allowed = dict(zip(wanted, pool.map(here.twilio.may_call, wanted), strict=True))
    closed = [country for country, may in allowed.items() if not may]
    if closed:
        return wrong(
            f"calls to {', '.join(closed)} are switched off at Twilio",
            "switch them on under Voice → Settings → Geo permissions, low-risk numbers",
        )
    return ok(f"calls are allowed to {', '.join(wanted)}; SMS has a list of its own that Twilio does not show here")


def _staff_countries(here: Installation) -> set[str]:
    try:
        return {member.phone_country for member in here.staff() if member.phone_country}
    except Exception:  # said by the line about specialists
        return set()


def incoming_calls(here: Installation) -> Finding:
    """Whether a customer who rings back reaches us."""
    number = here.number()
    if number is None:
        return _not_ours(here)
    if number.trunk_sid or number.voice_application_sid:
        return wrong(
            "a SIP trunk or TwiML app takes the calls to this number, not our address",
            f"{_NUMBER_PAGE} → Voice: configure with Webhook",
        )
    told = {"A call comes in": (number.voice_url, number.voice_method)}
    told["Call status changes"] = (number.status_callback, number.status_callback_method)
    want = {"A call comes in": INBOUND, "Call status changes": INBOUND_ENDED}
    return _pointing(here, told, want) or _fallback(number)


def _fallback(number: Number) -> Finding:
    if number.voice_fallback_url:
        return ok("a customer who rings back is put through by us")
    return unsure(
        "a customer who rings back is put through by us, but while our API is away nobody speaks to them",
        f"{_NUMBER_PAGE} → Primary handler fails: a TwiML Bin that apologises, see docs/telephone.md",
    )


def incoming_sms(here: Installation) -> Finding:
    """Whether STOP reaches us."""
    number = here.number()
    if number is None:
        return _not_ours(here)
    if not number.capabilities.get("sms"):
        return ok("the caller id takes no SMS, so none is to be handed on")
    if number.sms_application_sid:
        return wrong("a TwiML app takes SMS to this number, not our address", f"{_NUMBER_PAGE} → Messaging: Webhook")
    told = {"A message comes in": (number.sms_url, number.sms_method)}
    return _pointing(here, told, {"A message comes in": SMS}) or ok("an SMS to the caller id, such as STOP, reaches us")


def _pointing(
    here: Installation, told: Mapping[str, tuple[str | None, str | None]], want: Mapping[str, str]
) -> Finding | None:
    for field, path in want.items():
        url, method = told[field]
        address = f"{here.settings.public_url}{path}"
        if (url or "").partition("#")[0] != address:
            says = f"“{field}” of the caller id leads elsewhere" if url else f"“{field}” of the caller id is empty"
            return wrong(says, f"{_NUMBER_PAGE}: paste {address} there, HTTP POST")
        if (method or "POST").upper() != "POST":
            return wrong(f"“{field}” of the caller id asks by {method}", f"{_NUMBER_PAGE}: choose HTTP POST there")
    return None


def _not_ours(here: Installation) -> Finding:
    if here.twilio.is_verified(here.settings.caller_id):
        return unsure(
            "the caller id is no number of this account: who rings or writes to it does not reach us",
            "have your own exchange pass such calls on to a number of the account, or buy one",
        )
    return unsure("the caller id is no number of this account", "mend the line about the caller id first")


def not_told(_error: ChannelError) -> Finding:
    """Twilio did not answer a question."""
    return unsure("Twilio did not say", _ACCOUNT_FIRST)
