"""Asking providers to forget: their copies of calls and messages, and whatever else they keep of a person."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from pydantic import Field

from channels.errors import ChannelError
from channels.protocols import Outward


class Kept(StrEnum):
    """What a provider may hold a copy of."""

    CALL = "call"
    SMS = "sms"
    MAIL = "mail"


class KeptForGood(ChannelError):
    """This provider deletes no such copies; it keeps them for as long as its terms say."""


class Forgotten(Outward):
    """A person to be forgotten: their numbers (E.164, or as they typed them) and e-mail addresses."""

    addresses: tuple[str, ...] = Field(repr=False)


class CopyKeeper(Protocol):
    """A provider that holds copies. Both may be asked again at any time: what is gone stays gone."""

    def forget(self, kind: Kept, provider_id: str) -> None:
        """Delete this copy. Raises `Refused` with `not_found` when there is none, `KeptForGood` when it will not."""

    def forget_person(self, addresses: Sequence[str]) -> None:
        """Delete what is found by number or address: what they wrote, what was refused, calls whose id we never heard.

        Raises `KeptForGood` when it cannot be looked for.
        """
