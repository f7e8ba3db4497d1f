"""Who sent it: signatures over the raw body. Pure: the caller brings secrets and clock.

Standard Webhooks is computed here over bytes: the official library reads the real clock, decodes the body first and
raises ValueError on a malformed header. The tests hold this module to that library's signatures.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from surveys.errors import BadSignature, Stale

TOLERANCE = timedelta(minutes=5)
"""How far a signed time may lie behind or ahead of our clock."""
MANY = 20
"""More signatures than anybody rotates keys; the rest is not looked at."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_PREFIX = "whsec_"


def standard_webhooks(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """Accept a delivery signed by any of the secrets (`whsec_…`, base64) within five minutes of `now`.

    Raises BadSignature when a header is missing or no signature matches, Stale when only its age is wrong.
    """
    message_id, timestamp = _header(headers, "webhook-id"), _header(headers, "webhook-timestamp")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise BadSignature("The header webhook-timestamp is not a count of seconds: sign as Standard Webhooks says.")
    signed = b".".join((_bytes(message_id), timestamp.encode(), body))
    expected = [f"v1,{_hmac_sha256(key, signed)}" for key in _keys(secrets, standard_key)]
    _match(expected, _header(headers, "webhook-signature").split(" ")[:MANY])
    if abs(int(timestamp) - now.timestamp()) > TOLERANCE.total_seconds():
        raise Stale("The signature is more than five minutes away from our clock: check the sender's clock, send anew.")


def typeform(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], _now: datetime) -> None:
    """Accept a delivery whose Typeform-Signature was made with any of the secrets.

    Typeform signs no time, so a replay is told only by its response id. Raises BadSignature.
    """
    expected = [f"sha256={_hmac_sha256(key, body)}" for key in _keys(secrets, _plain_key)]
    _match(expected, [_header(headers, "typeform-signature")])


def standard_key(secret: str) -> bytes:
    """The key in a Standard Webhooks secret; raises ValueError when it is not base64 or empty."""
    encoded = secret.removeprefix(_PREFIX).rstrip("=")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError as wrong:
        raise ValueError("a webhook secret must be base64, optionally after whsec_") from wrong
    if not key:
        raise ValueError("a webhook secret must not be empty")
    return key


def _plain_key(secret: str) -> bytes:
    if not secret:
        raise ValueError("a webhook secret must not be empty")
    return _bytes(secret)


def _keys(secrets: Sequence[str], key_of: Callable[[str], bytes]) -> list[bytes]:
    """Without a usable secret nobody can be told from anybody: refused, never let through."""
    try:
        keys = [key_of(secret) for secret in secrets]
    except ValueError:
        raise BadSignature("A configured secret of this source cannot be used: correct it in the settings.") from None
    if not keys:
        raise BadSignature("No secret is configured for this source: set the one its platform shows.")
    return keys


def _header(headers: Mapping[str, str], name: str) -> str:
    for key, value in headers.items():
        if key.lower() == name and value:
            return value
    raise BadSignature(f"The header {name} is missing: give the platform the secret, so that it signs.")


def _match(expected: Sequence[str], given: Sequence[str]) -> None:
    # Every pair is compared, so the time taken does not tell which secret was nearly right.
    matches = [hmac.compare_digest(one.encode(), _bytes(other)) for one in expected for other in given]
    if not any(matches):
        raise BadSignature(
            "No signature matches: check that both sides hold the same secret and the body is unchanged."
        )


def _hmac_sha256(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
