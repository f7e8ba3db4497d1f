"""The key ring payloads are encrypted with, as it is written in a setting: `id:base64`, the first of which encrypts."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

OFF = "off"
KEY_BYTES = 32
_ID = re.compile(r"[A-Za-z0-9_.-]{1,32}")


@dataclass(frozen=True)
class KeyRing:
    """All keys decrypt. `writes` is the id of the one that encrypts; None: what is written from now on is plain."""

    keys: Mapping[str, bytes] = field(repr=False)
    writes: str | None

    @classmethod
    def read(cls, entries: Sequence[str]) -> Self:
        """From `id:base64` of 32 bytes each; behind a leading `off` all only decrypt. ValueError: it shows no key."""
        writing = not entries or entries[0] != OFF
        pairs = [_pair(entry, place) for place, entry in enumerate(entries, start=1) if writing or place > 1]
        ids = [key_id for key_id, _ in pairs]
        for key_id in ids:
            if ids.count(key_id) > 1:
                raise ValueError(f"two payload keys have the id {key_id!r}: a new key needs a new id")
        return cls(dict(pairs), ids[0] if ids and writing else None)


def _pair(entry: str, place: int) -> tuple[str, bytes]:
    key_id, colon, text = entry.partition(":")
    # What is no id may be a key that was written without one: then it must not be shown.
    if not colon or not _ID.fullmatch(key_id):
        raise ValueError(
            f"payload key {place} is not written as id:base64, the id up to 32 letters, digits, and any of _ . -"
        )
    return key_id, _key(key_id, text)


def _key(key_id: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError(f"payload key {key_id!r} is not base64; `openssl rand -base64 32` makes one") from None
    if len(key) != KEY_BYTES:
        raise ValueError(
            f"payload key {key_id!r} has {len(key)} bytes instead of {KEY_BYTES}; `openssl rand -base64 32` makes one"
        )
    return key
