"""What Temporal stores of us, encrypted: AES-256-GCM with a ring of keys."""

import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from payload_keys import KeyRing

ENCODING = b"binary/encrypted"
KEY_ID = "encryption-key-id"
NONCE_BYTES = 12


class UndecodableError(Exception):
    """A payload that no key here opens.

    No failure of the case: Temporal tries the task again until a worker that has the key takes it.
    """


class EncryptedPayloads(PayloadCodec):
    """Encrypts with the first key of the ring, decrypts with any. What was written without a key is read as it is."""

    def __init__(self, ring: KeyRing) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in ring.keys.items()}
        self._writes = ring.writes

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """As Temporal's SDK asks."""
        return self.encrypted(payloads)

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """As Temporal's SDK asks. UndecodableError: see there."""
        return self.decrypted(payloads)

    def encrypted(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Each with a nonce of its own, its kind inside; unchanged while no key encrypts."""
        if self._writes is None:
            return list(payloads)
        return [_seal(payload, self._writes, self._ciphers[self._writes]) for payload in payloads]

    def decrypted(self, payloads: Sequence[Payload]) -> list[Payload]:
        """UndecodableError for a payload of an unknown key, or one that was damaged."""
        return [
            self._open(payload) if payload.metadata.get("encoding") == ENCODING else payload for payload in payloads
        ]

    def _open(self, payload: Payload) -> Payload:
        key_id = payload.metadata.get(KEY_ID, b"").decode(errors="replace")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            known = ", ".join(sorted(self._ciphers)) or "none"
            raise UndecodableError(f"a payload is encrypted with key {key_id!r}; the keys here are: {known}")
        try:
            plain = cipher.decrypt(payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:], key_id.encode())
            return Payload.FromString(plain)
        except (InvalidTag, ValueError, DecodeError):
            raise UndecodableError(
                f"key {key_id!r} does not open a payload: another key of this id, or damaged"
            ) from None


def _seal(payload: Payload, key_id: str, cipher: AESGCM) -> Payload:
    nonce = os.urandom(NONCE_BYTES)
    sealed = cipher.encrypt(nonce, payload.SerializeToString(), key_id.encode())
    return Payload(metadata={"encoding": ENCODING, KEY_ID: key_id.encode()}, data=nonce + sealed)
