"""`CopyKeeper` of SendGrid: it keeps no letter that could be deleted, and forgets a person by address."""

from collections.abc import Sequence

from pydantic import JsonValue

from channels.erasing import Kept, KeptForGood
from channels.errors import Refused
from channels.sendgrid.wire import Wire

MOST_ADDRESSES = 5000
"""SendGrid's limit for one request."""


class SendGridKeeper:
    """Asks for an erasure job; SendGrid carries it out by itself, and does not say when it is done."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def forget(self, kind: Kept, provider_id: str) -> None:  # noqa: ARG002  the protocol's
        """A single letter cannot be deleted: its record goes with its recipient's, or when SendGrid's terms say so."""
        raise KeptForGood(kind)

    def forget_person(self, addresses: Sequence[str]) -> None:
        """Erase whatever bears one of these e-mail addresses, SendGrid's own suppressions too: ours hold by themselves.

        Raises `KeptForGood` where the account or its key has no right to (`recipients.erasejob.create`).
        """
        mail: list[JsonValue] = [address for address in addresses if "@" in address]
        for first in range(0, len(mail), MOST_ADDRESSES):
            self._erase(mail[first : first + MOST_ADDRESSES])

    def _erase(self, addresses: list[JsonValue]) -> None:
        try:
            self._wire.post("recipients/erasejob", {"email_addresses": addresses})
        except Refused:
            raise KeptForGood("this account erases nobody") from None
