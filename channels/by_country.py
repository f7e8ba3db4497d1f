"""A channel made of several: the country of the customer's number says which one carries it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from channels.erasing import CopyKeeper, Kept, KeptForGood
from channels.errors import Refused, RefusedReason
from channels.protocols import (
    CallProgress,
    CallToPlace,
    ProviderCall,
    ProviderMessage,
    SmsChannel,
    SmsToSend,
    VoiceChannel,
)
from domain.phone import country_of

Carrier = TypeVar("Carrier")


@dataclass(frozen=True)
class ByCountry(Generic[Carrier]):
    """Carriers by ISO country, and the one for all other countries."""

    usual: Carrier
    elsewhere: Mapping[str, Carrier]

    def of(self, phone: str) -> Carrier:
        """Who carries this number (E.164)."""
        return self.elsewhere.get(country_of(phone) or "", self.usual)

    @property
    def all(self) -> list[Carrier]:
        """Each carrier once, the usual one first."""
        return list({id(carrier): carrier for carrier in (self.usual, *self.elsewhere.values())}.values())


class VoiceByCountry:
    """`VoiceChannel`: the customer's number says who rings. A call under way is asked of whoever knows it."""

    def __init__(self, carriers: ByCountry[VoiceChannel]) -> None:
        self._carriers = carriers

    def place(self, call: CallToPlace) -> ProviderCall:
        """Start ringing, once."""
        return self._carriers.of(call.customer_phone).place(call)

    def find(self, call: CallToPlace, since: datetime) -> Sequence[ProviderCall]:
        """Calls that may be this one, the oldest first."""
        return self._carriers.of(call.customer_phone).find(call, since)

    def fetch(self, provider_id: str) -> CallProgress:
        """How far this call has come; `not_found` when none of them knows it."""
        for carrier in self._carriers.all:
            try:
                return carrier.fetch(provider_id)
            except Refused as refused:
                _unless_unknown(refused)
        raise Refused(RefusedReason.NOT_FOUND)

    def cancel(self, provider_id: str) -> None:
        """Stop ringing."""
        for carrier in self._carriers.all:
            try:
                return carrier.cancel(provider_id)
            except Refused as refused:
                _unless_unknown(refused)
        raise Refused(RefusedReason.NOT_FOUND)


class SmsByCountry:
    """`SmsChannel`: the number says who carries it."""

    def __init__(self, carriers: ByCountry[SmsChannel]) -> None:
        self._carriers = carriers

    def send(self, sms: SmsToSend) -> ProviderMessage:
        """Hand one SMS over, once."""
        return self._carriers.of(sms.phone).send(sms)

    def find(self, phone: str, since: datetime, *, text: str | None = None) -> ProviderMessage | None:
        """The first SMS to this phone accepted at or after `since`, of exactly this text where one is given."""
        return self._carriers.of(phone).find(phone, since, text=text)


class Keepers:
    """`CopyKeeper` of several providers that carry the same kind."""

    def __init__(self, keepers: Sequence[CopyKeeper]) -> None:
        self._keepers = keepers

    def forget(self, kind: Kept, provider_id: str) -> None:
        """Delete this copy, whoever holds it."""
        for keeper in self._keepers:
            try:
                return keeper.forget(kind, provider_id)
            except Refused as refused:
                _unless_unknown(refused)
        raise Refused(RefusedReason.NOT_FOUND)

    def forget_person(self, addresses: Sequence[str]) -> None:
        """Ask each of them; `KeptForGood` when one cannot, after all have been asked."""
        kept: KeptForGood | None = None
        for keeper in self._keepers:
            try:
                keeper.forget_person(addresses)
            except KeptForGood as refused:
                kept = refused
        if kept:
            raise kept


def _unless_unknown(refused: Refused) -> None:
    if refused.reason is not RefusedReason.NOT_FOUND:
        raise refused
