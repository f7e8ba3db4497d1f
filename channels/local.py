"""The local channel: all four protocols over HTTP to the simulated provider on this machine; needs no account."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self, TypeVar

import httpx2
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from channels.erasing import CopyKeeper, Forgotten, Kept
from channels.errors import Ambiguous, NotSent, Refused, RefusedReason
from channels.protocols import (
    AlertToSend,
    CallProgress,
    CallToPlace,
    MailToSend,
    ProviderCall,
    ProviderMessage,
    SmsToSend,
)

# At INFO the client logs every URL, and a reconciling one holds a phone number.
logging.getLogger("httpx2").setLevel(logging.WARNING)
logging.getLogger("httpcore2").setLevel(logging.WARNING)

_NEVER_LEFT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)
_CALLS = TypeAdapter(list[ProviderCall])
T = TypeVar("T")


class ListedSms(ProviderMessage):
    """An SMS as the provider lists it, so that a reconciling caller can tell one text from another."""

    text: str = Field(repr=False)


_LISTED_SMS = TypeAdapter(list[ListedSms])


class LocalChannels:
    """Voice, SMS, mail and alerts of one simulated provider; thread-safe, one connection pool, to be closed."""

    def __init__(self, base_url: str, timeout: timedelta = timedelta(seconds=10)) -> None:
        self._wire = _Wire(base_url, timeout)
        self.voice = LocalVoice(self._wire)
        self.sms = LocalSms(self._wire)
        self.mail = LocalMail(self._wire)
        self.alerts = LocalAlerts(self._wire)
        self.keepers: Mapping[Kept, CopyKeeper] = dict.fromkeys(Kept, LocalKeeper(self._wire))

    def close(self) -> None:
        """Give the connections back."""
        self._wire.client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class _Wire:
    """One request, one answer; whatever goes wrong becomes one of the three channel errors."""

    def __init__(self, base_url: str, timeout: timedelta) -> None:
        seconds = timeout.total_seconds()
        self.client = httpx2.Client(
            base_url=base_url,
            timeout=httpx2.Timeout(seconds, connect=min(3.0, seconds)),
            # Shorter than the provider's keep-alive: a connection it has just closed would look ambiguous.
            limits=httpx2.Limits(keepalive_expiry=2),
            trust_env=False,
            # Reading the authorities' certificates takes longer than all else here.
            verify=base_url.startswith("https:"),
        )

    def post(self, path: str, body: BaseModel, read: Callable[[bytes], T]) -> T:
        content = body.model_dump_json().encode()
        request = self.client.build_request("POST", path, content=content, headers={"content-type": "application/json"})
        return self._answer(request, read)

    def get(self, path: str, read: Callable[[bytes], T], **params: str) -> T:
        return self._answer(self.client.build_request("GET", path, params=params), read)

    def delete(self, path: str) -> None:
        self._answer(self.client.build_request("DELETE", path), bytes)

    def _answer(self, request: httpx2.Request, read: Callable[[bytes], T]) -> T:
        try:
            response = self.client.send(request)
        except _NEVER_LEFT as error:
            raise NotSent(type(error).__name__) from error
        except httpx2.TransportError as error:
            raise Ambiguous(type(error).__name__) from error
        _check(response)
        try:
            return read(response.content)
        except ValidationError as error:
            raise Ambiguous("the provider accepted, but its answer cannot be read") from error


def _check(response: httpx2.Response) -> None:
    if response.is_success:
        return
    if response.status_code == 429:
        raise NotSent("429", _retry_after(response.headers.get("retry-after", "")))
    if response.is_server_error:
        raise Ambiguous(str(response.status_code))
    raise Refused(_reason(response))


def _retry_after(header: str) -> timedelta | None:
    return timedelta(seconds=int(header)) if header.isdecimal() else None


class _Nothing(BaseModel):
    """An empty body."""


class _Refusal(BaseModel):
    code: RefusedReason


def _reason(response: httpx2.Response) -> RefusedReason:
    try:
        return _Refusal.model_validate_json(response.content).code
    except ValidationError:
        return RefusedReason.CONFIG


class LocalVoice:
    """`VoiceChannel` of the simulated provider."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def place(self, call: CallToPlace) -> ProviderCall:
        """Start ringing, once."""
        return self._wire.post("/calls", call, ProviderCall.model_validate_json)

    def find(self, call: CallToPlace, since: datetime) -> Sequence[ProviderCall]:
        """The calls to this customer placed at or after `since`, the oldest first."""
        return self._wire.get("/calls", _CALLS.validate_json, to=call.customer_phone, since=since.isoformat())

    def fetch(self, provider_id: str) -> CallProgress:
        """How far this call has come."""
        return self._wire.get(f"/calls/{provider_id}", CallProgress.model_validate_json)

    def cancel(self, provider_id: str) -> None:
        """Stop ringing; a call that was answered goes on."""
        self._wire.post(f"/calls/{provider_id}/cancellation", _Nothing(), bytes)


class LocalSms:
    """`SmsChannel` of the simulated provider."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def send(self, sms: SmsToSend) -> ProviderMessage:
        """Hand one SMS over, once."""
        return self._wire.post("/sms", sms, ProviderMessage.model_validate_json)

    def find(self, phone: str, since: datetime, *, text: str | None = None) -> ProviderMessage | None:
        """The first SMS to this phone accepted at or after `since`, of exactly this text where one is given."""
        found = self._wire.get("/sms", _LISTED_SMS.validate_json, to=phone, since=since.isoformat())
        wanted = (sms for sms in found if text is None or sms.text == text)
        return next((ProviderMessage(provider_id=sms.provider_id, accepted_at=sms.accepted_at) for sms in wanted), None)


class LocalMail:
    """`MailChannel` of the simulated provider."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def send(self, mail: MailToSend) -> ProviderMessage:
        """Hand one e-mail over, once."""
        return self._wire.post("/mail", mail, ProviderMessage.model_validate_json)


class LocalAlerts:
    """`AlertChannel` of the simulated provider."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def send(self, alert: AlertToSend) -> ProviderMessage:
        """Hand one alert over, once; the simulator needs no address, and keeps none."""
        nameless = alert.model_copy(update={"email": None, "phone": None})
        return self._wire.post("/alerts", nameless, ProviderMessage.model_validate_json)


_ROOMS: Mapping[Kept, str] = {Kept.CALL: "calls", Kept.SMS: "sms", Kept.MAIL: "mail"}


class LocalKeeper:
    """`CopyKeeper` of the simulated provider: it forgets everything."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def forget(self, kind: Kept, provider_id: str) -> None:
        """Delete this copy."""
        self._wire.delete(f"/{_ROOMS[kind]}/{provider_id}")

    def forget_person(self, addresses: Sequence[str]) -> None:
        """Delete whatever bears one of these numbers and addresses."""
        self._wire.post("/people/forgotten", Forgotten(addresses=tuple(addresses)), bytes)
