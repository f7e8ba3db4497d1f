"""Secrets that must be read again, kept under a key of the payload key ring; readable while there is none."""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from payload_keys import KeyRing

_PLAIN, _SEALED = "plain", "sealed"
NONCE_BYTES = 12


class UnsealableError(Exception):
    """No key here opens this secret; the text names the key that is missing, never the secret."""


def seal(secret: str, ring: KeyRing, *, place: str) -> str:
    """As it is stored. `place` names the row: there and nowhere else it can be opened."""
    if ring.writes is None:
        return f"{_PLAIN} {secret}"
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + AESGCM(ring.keys[ring.writes]).encrypt(nonce, secret.encode(), place.encode())
    return f"{_SEALED} {ring.writes} {base64.b64encode(sealed).decode()}"


def unseal(stored: str, ring: KeyRing, *, place: str) -> str:
    """The secret. UnsealableError: its key is not here, or it is not the row's."""
    kind, _, rest = stored.partition(" ")
    if kind == _PLAIN:
        return rest
    key_id, _, text = rest.partition(" ")
    if key_id not in ring.keys:
        raise UnsealableError(f"the key {key_id!r} is not among the payload keys")
    sealed = base64.b64decode(text)
    try:
        opened = AESGCM(ring.keys[key_id]).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
    except InvalidTag:
        raise UnsealableError(f"the key {key_id!r} does not open it: another key of this id, or another row") from None
    return opened.decode()
