"""The channels as the rest of the house sees them; every provider implements these and raises `channels.errors`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from domain.policy import Frozen
from domain.words import AttemptOutcome, Language


class Outward(Frozen):
    """Something on its way out: personal data stays out of its repr and of its validation errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class CallToPlace(Outward):
    """Ring the specialist; after they press 1, ring the customer and connect the two. Phones are E.164."""

    attempt_id: UUID
    specialist_phone: str = Field(repr=False)
    customer_phone: str = Field(repr=False)
    caller_id: str
    """The number the customer sees."""
    language: Language
    whisper: str = Field(repr=False)
    """Said to the specialist before they press 1."""
    ring_timeout: timedelta = timedelta(seconds=25)


class SmsToSend(Outward):
    """One SMS; after `validity` an undelivered one is given up, so that it never arrives hours late."""

    message_id: UUID
    phone: str = Field(repr=False)
    text: str = Field(repr=False)
    validity: timedelta = timedelta(minutes=10)


class MailToSend(Outward):
    """One e-mail; `message_id` is the only custom argument and comes back with every event."""

    message_id: UUID
    address: str = Field(repr=False)
    subject: str = Field(repr=False)
    text: str = Field(repr=False)
    html: str = Field(repr=False)
    language: Language


class AlertToSend(Outward):
    """One alert to one member of staff; title and text hold no personal data of customers."""

    message_id: UUID
    staff_id: UUID
    kind: str
    title: str
    text: str
    link: str
    language: Language
    email: str | None = Field(default=None, repr=False)
    """Where the recipient can be reached; None when it is not known."""
    phone: str | None = Field(default=None, repr=False)


class ProviderCall(Outward):
    """The provider has accepted a call."""

    provider_id: str
    placed_at: AwareDatetime


class ProviderMessage(Outward):
    """The provider has accepted an SMS, an e-mail or an alert."""

    provider_id: str
    accepted_at: AwareDatetime


class CallState(StrEnum):
    """How far a call has come, seen from the customer's phone."""

    PLACED = "placed"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


class CallProgress(Outward):
    """A call as the provider sees it now; `outcome` is known once it has ended."""

    provider_id: str
    state: CallState
    outcome: AttemptOutcome | None = None
    answered_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None


class VoiceChannel(Protocol):
    """Telephone calls that connect a specialist with a customer."""

    def place(self, call: CallToPlace) -> ProviderCall:
        """Start ringing, once; how it goes on arrives as events, or by `fetch`."""

    def find(self, call: CallToPlace, since: datetime) -> Sequence[ProviderCall]:
        """Reconcile: every call placed at or after `since` (aware) that may be this one, the oldest first."""

    def fetch(self, provider_id: str) -> CallProgress:
        """How far this call has come; an unknown id is `Refused` with `not_found`."""

    def cancel(self, provider_id: str) -> None:
        """Stop ringing either of them; a call the customer answered goes on, and one that has ended stays as it is."""


class SmsChannel(Protocol):
    """Text messages."""

    def send(self, sms: SmsToSend) -> ProviderMessage:
        """Hand one SMS over, once."""

    def find(self, phone: str, since: datetime, *, text: str | None = None) -> ProviderMessage | None:
        """Reconcile: the first SMS to this phone accepted at or after `since` (aware), if any.

        With `text` only an SMS of exactly this text counts, for one phone may be sent several within minutes.
        """


class MailChannel(Protocol):
    """E-mail; it cannot be listed, so it is reconciled by its events alone."""

    def send(self, mail: MailToSend) -> ProviderMessage:
        """Hand one e-mail over, once."""


class AlertChannel(Protocol):
    """Alerts to staff."""

    def send(self, alert: AlertToSend) -> ProviderMessage:
        """Hand one alert over, once."""
