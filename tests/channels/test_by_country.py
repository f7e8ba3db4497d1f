"""A channel made of several: the number's country says which one carries it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import pytest

from channels.by_country import ByCountry, Keepers, SmsByCountry, VoiceByCountry
from channels.erasing import Kept, KeptForGood
from channels.errors import Refused, RefusedReason
from channels.protocols import CallProgress, CallState, CallToPlace, ProviderCall, ProviderMessage, SmsToSend
from db.columns import now
from domain.words import Language

RUSSIAN, KAZAKH, GERMAN = "+79161234567", "+77011234567", "+491711234567"


class Carrier:
    """Takes what it is given, and knows its own calls only."""

    def __init__(self, name: str) -> None:
        self.name, self.sent, self.cancelled, self.forgotten = name, list[str](), list[str](), list[str]()

    def place(self, call: CallToPlace) -> ProviderCall:
        self.sent.append(call.customer_phone)
        return ProviderCall(provider_id=f"{self.name}-1", placed_at=now())

    def find(self, call: CallToPlace | str, since: datetime, *, text: str | None = None) -> list[ProviderCall]:
        self.sent.append(call.customer_phone if isinstance(call, CallToPlace) else call)
        return []

    def fetch(self, provider_id: str) -> CallProgress:
        self._must_know(provider_id)
        return CallProgress(provider_id=provider_id, state=CallState.RINGING)

    def cancel(self, provider_id: str) -> None:
        self._must_know(provider_id)
        self.cancelled.append(provider_id)

    def forget(self, kind: Kept, provider_id: str) -> None:
        self._must_know(provider_id)
        self.forgotten.append(provider_id)

    def forget_person(self, addresses: Sequence[str]) -> None:
        self.forgotten += addresses

    def _must_know(self, provider_id: str) -> None:
        if not provider_id.startswith(self.name):
            raise Refused(RefusedReason.NOT_FOUND)


class Sms:
    """Remembers whom it wrote to."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, sms: SmsToSend) -> ProviderMessage:
        self.sent.append(sms.phone)
        return ProviderMessage(provider_id="sms", accepted_at=now())

    def find(self, phone: str, since: datetime, *, text: str | None = None) -> ProviderMessage | None:
        self.sent.append(phone)
        return None


def call_to(phone: str) -> CallToPlace:
    return CallToPlace(
        attempt_id=uuid4(),
        specialist_phone="+74951234567",
        customer_phone=phone,
        caller_id="+74950000000",
        language=Language.RU,
        whisper="",
    )


def test_the_country_of_the_number_says_who_rings() -> None:
    usual, kazakh = Carrier("usual"), Carrier("kazakh")
    voice = VoiceByCountry(ByCountry(usual, {"KZ": kazakh}))
    for phone in (RUSSIAN, KAZAKH, GERMAN):
        voice.place(call_to(phone))
        voice.find(call_to(phone), now())
    assert usual.sent == [RUSSIAN, RUSSIAN, GERMAN, GERMAN]
    assert kazakh.sent == [KAZAKH, KAZAKH]


def test_a_call_is_asked_of_whoever_knows_it() -> None:
    usual, kazakh = Carrier("usual"), Carrier("kazakh")
    voice = VoiceByCountry(ByCountry(usual, {"KZ": kazakh}))
    assert voice.fetch("kazakh-1").provider_id == "kazakh-1"
    voice.cancel("kazakh-1")
    assert (usual.cancelled, kazakh.cancelled) == ([], ["kazakh-1"])
    with pytest.raises(Refused) as unknown:
        voice.fetch("nobody-1")
    assert unknown.value.reason is RefusedReason.NOT_FOUND
    with pytest.raises(Refused):
        voice.cancel("nobody-1")


def test_the_country_says_who_writes_and_is_looked_up() -> None:
    usual, kazakh = Sms(), Sms()
    sms = SmsByCountry(ByCountry(usual, {"KZ": kazakh}))
    for phone in (RUSSIAN, KAZAKH):
        sms.send(SmsToSend(message_id=uuid4(), phone=phone, text="Hello"))
        sms.find(phone, now())
    assert (usual.sent, kazakh.sent) == ([RUSSIAN, RUSSIAN], [KAZAKH, KAZAKH])


def test_a_number_of_no_country_goes_the_usual_way() -> None:
    assert ByCountry("usual", {"KZ": "kazakh"}).of("not a number") == "usual"


def test_each_carrier_counts_once() -> None:
    assert ByCountry("usual", {"RU": "usual", "KZ": "kazakh"}).all == ["usual", "kazakh"]


def test_every_keeper_forgets_a_person_even_when_one_cannot() -> None:
    class Refusing(Carrier):
        def forget_person(self, addresses: Sequence[str]) -> None:
            raise KeptForGood("for its term")

    second = Carrier("second")
    keepers = Keepers([Refusing("first"), second])
    keepers.forget(Kept.CALL, "second-7")
    with pytest.raises(KeptForGood):
        keepers.forget_person([RUSSIAN])
    assert second.forgotten == ["second-7", RUSSIAN]
    with pytest.raises(Refused):
        keepers.forget(Kept.CALL, "third-1")
