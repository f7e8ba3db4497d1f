"""Whether providers reach us at the public address, and whether what they sign is believed there."""

import json
import ssl
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlencode

import httpx2
from twilio.request_validator import (  # type: ignore[import-untyped]  # the SDK has no py.typed
    SIGNATURE_HEADER,
    RequestValidator,
)

from api.form_bytes import FORM
from channels.alerts.addresses import is_public
from ops.doctor.findings import Finding, ok, unsure, wrong
from ops.doctor.front_door import FrontDoor
from ops.doctor.installation import Installation
from ops.doctor.on_sendgrid import EVENTS
from ops.doctor.on_twilio import INBOUND_ENDED
from settings import HERE, variable

SOON = timedelta(days=14)
SAMPLE = {"CallSid": f"CA{'0' * 32}", "CallStatus": "ringing"}
"""The report of a call that has not ended: a right answer is 204, and nothing is done."""
SAMPLE_PATH = f"{INBOUND_ENDED}?sample=1"
"""With a query: a proxy that drops it would spoil signatures."""
_URL = variable("public_url")
_ANEW = "start the API anew, so that it reads the same .env as this command"


def address(here: Installation) -> Finding:
    """Whether the internet can know this address at all. Nothing is sent."""
    door = here.door
    if not door.port:
        return wrong("the public address cannot be read", f"{_URL} looks like https://help.example.com")
    if not door.is_tls:
        return wrong("the public address is not https", f"put the https:// address of your proxy into {_URL}")
    if door.host in HERE or door.host.endswith((".local", ".localhost", ".internal")):
        return wrong(f"{door.host} is known on this machine or network only", f"put a public host into {_URL}")
    if "_" in door.host:
        return wrong("the host has an underscore: Twilio does not call back there", f"choose another name for {_URL}")
    return _resolved(here)


def _resolved(here: Installation) -> Finding:
    host = here.door.host
    try:
        found = here.outside.resolve(host, here.door.port)
    except (OSError, UnicodeError):
        return wrong(f"the name {host} is not known", f"enter it in your DNS, or mend {_URL}")
    if all(ip_address(one.partition("%")[0]).is_loopback for one in found):
        return wrong(
            f"{host} leads to this machine itself (127.0.0.1)", "have your DNS name the proxy's public address"
        )
    if not all(is_public(one) for one in found):
        return unsure(
            f"{host} leads to a private address from here",
            "right only if the public DNS says otherwise: look it up from outside, say with your phone's browser",
        )
    return ok(f"https, and {host} is known")


def certificate(here: Installation) -> Finding:
    """Whether providers trust it, and for how long."""
    renew = "renew it; a proxy such as Caddy does so by itself"
    if not here.door.is_tls:
        return unsure("without https there is none", "mend the line about the public address first")
    try:
        left = here.door.certificate_ends() - here.outside.clock()
    except ssl.SSLCertVerificationError as refused:
        return wrong(f"the certificate is not trusted: {refused.verify_message or refused}", renew)
    except OSError:
        return wrong("nobody answers by TLS at the public address", "start proxy and API, and open the port")
    if left < SOON:
        return wrong(f"the certificate ends in {left.days} days", renew)
    return ok(f"the certificate is trusted, for {left.days} more days")


def health(here: Installation) -> Finding:
    """Whether the API answers there."""
    try:
        answer = here.door.ask("GET", "/healthz")
    except httpx2.HTTPError:
        return wrong("the public address does not answer from this machine", "start the API and the proxy before it")
    if answer.status_code != 200 or _code(answer, "status") != "ok":
        return wrong(
            f"something else answers at the public address (status {answer.status_code})",
            "have the proxy hand on the whole path to the API",
        )
    return ok("the API answers there; that was asked from this machine and does not prove that the internet gets in")


def twilio_signature(here: Installation) -> Finding:
    """A sample, signed as Twilio would, and judged by the running API; then the same with a wrong signature."""
    token = here.settings.twilio_auth_token
    assert token  # held by the settings
    signature = RequestValidator(token.get_secret_value()).compute_signature(f"{here.door.url}{SAMPLE_PATH}", SAMPLE)
    try:
        right, forged = _told_by_twilio(here.door, signature), _told_by_twilio(here.door, "AAAA")
    except httpx2.HTTPError:
        return _asked_directly(here, signature)
    if right.status_code == 204:
        return _if_refused(forged)
    return _meaning(right)


def _told_by_twilio(door: FrontDoor, signature: str) -> httpx2.Response:
    headers = {"Content-Type": FORM, SIGNATURE_HEADER: signature}
    return door.ask("POST", SAMPLE_PATH, urlencode(SAMPLE).encode(), headers)


def _if_refused(forged: httpx2.Response) -> Finding:
    if forged.status_code == 403:
        return ok("what Twilio signs is let in, and what it did not sign is refused")
    return wrong("a forged signature is let in", "something before the API answers in its place: take it away")


def _asked_directly(here: Installation, signature: str) -> Finding:
    """Past the proxy, the signature still over the public address."""
    door = FrontDoor(f"http://{HERE[1]}:{here.settings.api_port}", here.outside)
    try:
        answer = _told_by_twilio(door, signature)
    except httpx2.HTTPError:
        return wrong("nobody judges signatures: the API does not answer", "start it, and the proxy before it")
    if answer.status_code != 204:
        return _meaning(answer)
    return unsure(
        "signatures fit on this machine; the public address does not answer from here, so its proxy was not seen",
        "run this where the public address can be reached",
    )


def _meaning(answer: httpx2.Response) -> Finding:
    status, code = answer.status_code, _code(answer, "code")
    if status == 403 and code == "bad_signature":
        return wrong(
            "the running API refuses what Twilio would sign",
            f"it has another {_URL} or {variable('twilio_auth_token')}: {_ANEW}; "
            "or the proxy changes path or query: hand both on as they are",
        )
    if status == 404 and code == "not_configured":
        return wrong("the running API has no Twilio credentials", _ANEW)
    if 300 <= status < 400:
        return wrong(
            "the public address redirects, and a signature holds for one address only", f"put the last into {_URL}"
        )
    return wrong(
        f"Twilio's webhooks are answered with status {status}",
        "have the proxy hand on /webhooks/… unchanged; the API's log says more",
    )


def sendgrid_signature(here: Installation) -> Finding:
    """No sample can be signed, for only SendGrid has that key: an unsigned one must be refused by us."""
    try:
        answer = here.door.ask("POST", EVENTS, b"[]", {"Content-Type": "application/json"})
    except httpx2.HTTPError:
        return unsure(
            "could not be tried: the public address does not answer from here",
            "mend the lines about the public address and the API first",
        )
    if answer.status_code == 401:
        return ok("events that SendGrid did not sign are refused")
    if answer.status_code == 404 and _code(answer, "code") == "no_sendgrid":
        return wrong("the running API does not use SendGrid", _ANEW)
    return wrong(
        f"SendGrid's events are answered with status {answer.status_code}",
        "have the proxy hand on /webhooks/… unchanged",
    )


def clock(here: Installation) -> Finding:
    """Our clock against a provider's: signed times are judged by ours."""
    window = here.settings.replay_window
    for name, ahead in (("Twilio", _of_twilio), ("SendGrid", _of_sendgrid)):
        off = _or_none(ahead, here)
        if off is not None:
            return _judged(off, name, window)
    return unsure("no provider showed its clock", "mend the lines about the accounts first")


def _judged(off: timedelta, name: str, window: timedelta) -> Finding:
    seconds, which = abs(int(off.total_seconds())), "before" if off > timedelta(0) else "behind"
    mend = "switch on time synchronisation: timedatectl set-ntp true"
    if abs(off) >= window:
        return wrong(
            f"this machine's clock is {seconds} s {which} {name}'s: signed webhooks are refused as stale", mend
        )
    if abs(off) >= window / 10:
        return unsure(f"this machine's clock is {seconds} s {which} {name}'s", mend)
    return ok(f"this machine's clock agrees with {name}'s")


def _of_twilio(here: Installation) -> timedelta | None:
    return here.account().clock_ahead if here.settings.uses_twilio else None


def _of_sendgrid(here: Installation) -> timedelta | None:
    return here.rights().clock_ahead if here.settings.sendgrid_api_key else None


def _or_none(ahead: Callable[[Installation], timedelta | None], here: Installation) -> timedelta | None:
    try:
        return ahead(here)
    except Exception:  # said by the line about the account
        return None


def _code(answer: httpx2.Response, field: str) -> str:
    try:
        body = json.loads(answer.content)
    except ValueError:
        return ""
    return str(body.get(field, "")) if isinstance(body, dict) else ""
