"""What the provider tells of a letter, signed with a key of its own, as the signed event webhook is."""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import JsonValue

SIGNATURE, TIMESTAMP = "X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp"
Event = dict[str, JsonValue]


@dataclass(frozen=True)
class Batch:
    """One delivery as it was sent, and how it was answered; 0: not at all."""

    events: Sequence[Event]
    body: bytes
    headers: dict[str, str]
    status: int
    honest: bool


class Teller:
    """Posts events, a batch at a time."""

    def __init__(self) -> None:
        self._key, self._strangers = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self._client = httpx2.Client(timeout=15, trust_env=False)

    @property
    def public_key(self) -> str:
        """As SendGrid shows it."""
        shown = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return b64encode(shown).decode()

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def tell(self, url: str, events: Sequence[Event]) -> Batch:
        """Post these events."""
        return self._tell(url, events, self._key)

    def forge(self, url: str, events: Sequence[Event]) -> Batch:
        """Post them as somebody who does not have the key."""
        return self._tell(url, events, self._strangers)

    def again(self, url: str, batch: Batch) -> int:
        """Post once more what was posted before, signature and all."""
        return self._post(url, batch.body, batch.headers)

    def _tell(self, url: str, events: Sequence[Event], key: ec.EllipticCurvePrivateKey) -> Batch:
        # Each event on a line of its own, and a line's end after the last one: it is signed as well.
        body = ("[" + ",\r\n".join(json.dumps(event) for event in events) + "]\r\n").encode()
        at = str(int(datetime.now(UTC).timestamp()))
        signature = b64encode(key.sign(at.encode() + body, ec.ECDSA(SHA256()))).decode()
        headers = {"Content-Type": "application/json;charset=utf-8", SIGNATURE: signature, TIMESTAMP: at}
        return Batch(events, body, headers, self._post(url, body, headers), key is self._key)

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        try:
            return self._client.post(url, content=body, headers=headers).status_code
        except httpx2.TransportError:
            return 0
