"""Keys for tests of encryption, and a look at what Temporal really stores."""

import base64
from collections.abc import Iterator

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload

from settings import Settings

OLD = "old:" + base64.b64encode(b"o" * 32).decode()
NEW = "new:" + base64.b64encode(b"n" * 32).decode()
OTHER = "other:" + base64.b64encode(b"x" * 32).decode()


def settings_with(*keys: str, temporal_address: str | None = None) -> Settings:
    """Settings with this key ring; none: what is written is readable."""
    return Settings(_env_file=None, payload_keys=keys, temporal_address=temporal_address)


def payloads_in(message: Message) -> Iterator[Payload]:
    """Every payload anywhere in a message, but not search attributes, which the server must read."""
    for field, value in message.ListFields():
        if field.name == "search_attributes":
            continue
        for part in _parts(value):
            if isinstance(part, Payload):
                yield part
            elif isinstance(part, Message):
                yield from payloads_in(part)


def _parts(value: object) -> Iterator[object]:
    if isinstance(value, Message):
        yield value
    elif hasattr(value, "values"):
        yield from value.values()
    elif not isinstance(value, (str, bytes)) and hasattr(value, "__iter__"):
        yield from value
