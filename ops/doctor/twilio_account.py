"""What Twilio tells about our account; everything here only reads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict
from twilio.rest import Client  # type: ignore[import-untyped]  # the SDK has no py.typed

from channels.twilio.wire import Wire
from ops.doctor.outside import Outside
from provider_settings import ProviderSettings

T = TypeVar("T")


class _Told(BaseModel):
    model_config = ConfigDict(from_attributes=True, frozen=True, hide_input_in_errors=True)


class Account(_Told):
    """Whether it lives, and whether it is one for trying."""

    status: str
    type: str


class Number(_Told):
    """A number of the account, and where Twilio asks what to do with whoever rings or writes to it."""

    phone_number: str
    capabilities: dict[str, bool]
    voice_url: str | None = None
    voice_method: str | None = None
    voice_fallback_url: str | None = None
    voice_application_sid: str | None = None
    trunk_sid: str | None = None
    sms_url: str | None = None
    sms_method: str | None = None
    sms_application_sid: str | None = None
    status_callback: str | None = None
    status_callback_method: str | None = None


@dataclass(frozen=True)
class Read:
    """The account, and how far our clock is before Twilio's (negative: behind); None when it shows none."""

    account: Account
    clock_ahead: timedelta | None


class TwilioAccount:
    """Raises the channel errors; a new connection each time."""

    def __init__(self, settings: ProviderSettings, outside: Outside) -> None:
        assert settings.twilio_account_sid  # held by the settings, as the next
        assert settings.twilio_auth_token
        self._sid, self._token = settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value()
        self._url, self._outside = settings.twilio_url, outside

    def read(self) -> Read:
        """The account itself."""
        answer = self._ask("api", lambda client: client.api.v2010.accounts(self._sid).fetch_with_http_info())
        ahead = clock_ahead(answer.headers.get("Date"), self._outside.clock())
        return Read(Account.model_validate(answer.data), ahead)

    def number(self, phone: str) -> Number | None:
        """This number of the account; None when it is not the account's."""
        found = self._ask("api", lambda client: client.incoming_phone_numbers.list(phone_number=phone, limit=20))
        numbers: Sequence[Number] = [Number.model_validate(one) for one in found]
        return next((number for number in numbers if number.phone_number == phone), None)

    def is_verified(self, phone: str) -> bool:
        """Whether this number is somebody else's, and the account may show it."""
        found = self._ask("api", lambda client: client.outgoing_caller_ids.list(phone_number=phone, limit=20))
        return any(one.phone_number == phone for one in found)

    def senders_of(self, service: str) -> int:
        """How many numbers and names a messaging service sends from. Refused: there is no such service."""

        def count(client: Client) -> int:
            pool = client.messaging.v1.services(service)
            pool.fetch()
            return len(pool.phone_numbers.list(limit=5)) + len(pool.alpha_senders.list(limit=5))

        return self._ask("messaging", count)

    def may_call(self, country: str) -> bool:
        """Whether ordinary numbers of this ISO country may be rung."""
        permissions = self._ask("voice", lambda client: client.voice.v1.dialing_permissions.countries(country).fetch())
        return permissions.low_risk_numbers_enabled is True

    def _ask(self, product: str, request: Callable[[Client], T]) -> T:
        with Wire(self._sid, self._token, product_url(self._url, product), self._outside.patience) as wire:
            return wire.ask(request)


def product_url(api_url: str, product: str) -> str:
    """Where this product answers: each has a host of its own at Twilio; any other address is asked for all of them."""
    parts = urlsplit(api_url)
    first, _, domain = (parts.hostname or "").partition(".")
    if first != "api" or not f".{domain}".endswith(".twilio.com"):
        return api_url
    return f"{parts.scheme}://{product}.{domain}"


def clock_ahead(their_date: str | None, ours: datetime) -> timedelta | None:
    """How far our clock is before the one that wrote this Date header."""
    try:
        theirs = parsedate_to_datetime(their_date or "")
    except ValueError:
        return None
    return ours - theirs if theirs.tzinfo else None
