"""What both providers would tell of an account, on a loopback port: only questions are answered, and all are kept."""

import json
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qs, urlsplit

from pydantic import JsonValue

from tests.wire.door import Answer, Door, Incoming
from tests.wire.faults import Fault

SID, TOKEN, KEY = f"AC{'0' * 32}", "the-token-of-the-tests", "SG.key-of-the-tests"
CALLER_ID, SERVICE = "+77172000000", f"MG{'1' * 32}"
ACCOUNT = f"/2010-04-01/Accounts/{SID}"
WEBHOOKS = "/v3/user/webhooks/event/settings/all"
Told = dict[str, JsonValue]


@dataclass
class Books:
    """Answers by path; a test writes what it wants to go wrong. Without an answer there is 404."""

    answers: dict[str, JsonValue] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    asked: list[Incoming] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._door = Door(self)
        self._door.__enter__()
        self.url = self._door.url
        return self

    def __exit__(self, *_: object) -> None:
        self._door.__exit__()

    def begin_anew(self, answers: dict[str, JsonValue]) -> None:
        """As if nobody had asked yet, and nothing were wrong."""
        self.answers, self.statuses, self.faults, self.asked = answers, {}, {}, []

    def told(self, path: str) -> Told:
        """What is answered there, to be changed."""
        found = self.answers[path]
        assert isinstance(found, dict)
        return found

    def first(self, path: str, name: str) -> Told:
        """The first of a list that is answered there, to be changed."""
        listed = self.told(path)[name]
        assert isinstance(listed, list)
        assert isinstance(listed[0], dict)
        return listed[0]

    def expect(self, incoming: Incoming) -> Fault | None:
        """Note it."""
        self.asked.append(incoming)
        return self.faults.get(urlsplit(incoming.target).path)

    def answer(self, incoming: Incoming) -> Answer:
        """Numbers are filtered by what they contain, as Twilio does."""
        parts = urlsplit(incoming.target)
        if not _is_known(incoming):
            return _json(401, {"code": 20003, "message": "Authenticate", "status": 401})
        found = self.answers.get(parts.path)
        status = self.statuses.get(parts.path, 404 if found is None else 200)
        return _json(status, _matching(found, parse_qs(parts.query)) if status == 200 else {"code": 20404})

    def too_many(self, fault: Fault) -> Answer:
        """Never planned."""
        raise AssertionError(fault)


def _is_known(incoming: Incoming) -> bool:
    """Both ways to prove oneself: Twilio's password, SendGrid's key."""
    said = incoming.headers.get("authorization", "")
    return said.startswith("Basic ") or said == f"Bearer {KEY}"


def _matching(found: JsonValue, query: dict[str, list[str]]) -> JsonValue:
    wanted = query.get("PhoneNumber")
    if not wanted or not isinstance(found, dict):
        return found
    return {name: _of(wanted[0], listed) if isinstance(listed, list) else listed for name, listed in found.items()}


def _of(number: str, listed: list[JsonValue]) -> list[JsonValue]:
    return [one for one in listed if isinstance(one, dict) and number in str(one["phone_number"])]


def _json(status: int, content: JsonValue) -> Answer:
    return Answer(status, json.dumps(content), {"Content-Type": "application/json"})


def in_order(public_url: str, public_key: str) -> dict[str, JsonValue]:
    """The answers of two accounts that are set up as the guide says."""
    return {
        f"{ACCOUNT}.json": {"sid": SID, "status": "active", "type": "Full"},
        f"{ACCOUNT}/IncomingPhoneNumbers.json": _page("incoming_phone_numbers", _number(public_url)),
        f"{ACCOUNT}/OutgoingCallerIds.json": _page("outgoing_caller_ids"),
        f"/v1/Services/{SERVICE}": {"sid": SERVICE},
        f"/v1/Services/{SERVICE}/PhoneNumbers": _pool("phone_numbers", {"sid": "PN1", "phone_number": CALLER_ID}),
        f"/v1/Services/{SERVICE}/AlphaSenders": _pool("alpha_senders"),
        "/v1/DialingPermissions/Countries/KZ": {"iso_code": "KZ", "low_risk_numbers_enabled": True},
        "/v1/DialingPermissions/Countries/BY": {"iso_code": "BY", "low_risk_numbers_enabled": True},
        "/v3/scopes": {"scopes": ["mail.send", "recipients.erasejob.create", "whitelabel.read"]},
        "/v3/whitelabel/domains": [_domain()],
        "/v3/verified_senders": {"results": []},
        WEBHOOKS: {"max_allowed": 2, "webhooks": [_webhook(f"{public_url}/webhooks/sendgrid/events", public_key)]},
    }


def _number(public_url: str) -> Told:
    return {
        "sid": f"PN{'2' * 32}",
        "phone_number": CALLER_ID,
        "capabilities": {"voice": True, "sms": True, "mms": False},
        "voice_url": f"{public_url}/webhooks/twilio/inbound",
        "voice_method": "POST",
        "voice_fallback_url": "https://handler.twilio.com/twiml/EH1",
        "status_callback": f"{public_url}/webhooks/twilio/inbound/ended",
        "status_callback_method": "POST",
        "sms_url": f"{public_url}/webhooks/twilio/sms",
        "sms_method": "POST",
        "trunk_sid": None,
        "voice_application_sid": "",
    }


def _page(name: str, *listed: Told) -> Told:
    return {name: list(listed), "next_page_uri": None, "page": 0, "page_size": 50}


def _pool(name: str, *listed: Told) -> Told:
    return {name: list(listed), "meta": {"key": name, "next_page_url": None, "page": 0}}


def _domain() -> Told:
    dns: Told = {"dkim1": {"valid": True, "host": "s1._domainkey.help.example"}}
    return {"id": 1, "domain": "help.example", "subdomain": "em1", "valid": True, "dns": dns}


def _webhook(url: str, public_key: str) -> Told:
    events = ("processed", "deferred", "delivered", "bounce", "dropped", "spam_report", "unsubscribe")
    return {"id": "w1", "enabled": True, "url": url, "public_key": public_key, **dict.fromkeys(events, True)}
