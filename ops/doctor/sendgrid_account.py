"""What SendGrid tells about our account; everything here only reads."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPException
from typing import Protocol, TypeVar, cast

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from python_http_client.exceptions import HTTPError  # type: ignore[import-untyped]  # has no types
from sendgrid import SendGridAPIClient  # type: ignore[import-untyped]  # has no types

from ops.doctor.outside import Outside
from ops.doctor.twilio_account import clock_ahead
from provider_settings import ProviderSettings


class NotTold(Exception):
    """SendGrid did not say: it refused with this status, or (None) did not answer in time or so that it can be read."""

    def __init__(self, status: int | None) -> None:
        super().__init__(str(status))
        self.status = status


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Record(_Told):
    """An entry of the DNS that SendGrid looks for."""

    valid: bool = False
    host: str = ""


class Domain(_Told):
    """A domain that letters may come from."""

    domain: str
    valid: bool
    dns: dict[str, Record] = {}


class SingleSender(_Told):
    """An address that letters may come from without its domain."""

    from_email: str
    verified: bool = False


class _SingleSenders(_Told):
    results: tuple[SingleSender, ...] = ()


class Webhook(_Told):
    """Where SendGrid tells what became of letters, and what it tells. A key is there when it is signed."""

    id: str | None = None
    enabled: bool = False
    url: str = ""
    public_key: str | None = None
    processed: bool = False
    deferred: bool = False
    delivered: bool = False
    bounce: bool = False
    dropped: bool = False
    spam_report: bool = False
    unsubscribe: bool = False


class _Webhooks(_Told):
    webhooks: tuple[Webhook, ...] = ()


class _PublicKey(_Told):
    public_key: str | None = None


class _Scopes(_Told):
    scopes: frozenset[str]


@dataclass(frozen=True)
class Rights:
    """What the key may do, and how far our clock is before SendGrid's; None when it shows none."""

    scopes: frozenset[str]
    clock_ahead: timedelta | None


class _Answer(Protocol):
    headers: Mapping[str, str]
    body: bytes


class SendGridAccount:
    """Raises `NotTold`."""

    def __init__(self, settings: ProviderSettings, outside: Outside) -> None:
        assert settings.sendgrid_api_key  # held by the settings
        self._client = SendGridAPIClient(
            settings.sendgrid_api_key.get_secret_value(), host=settings.sendgrid_url
        ).client
        self._client.timeout = outside.patience.total_seconds()
        self._outside = outside

    def rights(self) -> Rights:
        """What the key may do."""
        answer = self._get("scopes")
        ahead = clock_ahead(answer.headers.get("Date"), self._outside.clock())
        return Rights(_read(_Scopes, answer).scopes, ahead)

    def domains(self) -> Sequence[Domain]:
        """The domains of the account."""
        answer = self._get("whitelabel/domains", limit=50)
        try:
            return TypeAdapter(tuple[Domain, ...]).validate_python(json.loads(answer.body))
        except ValueError:
            raise NotTold(None) from None

    def single_senders(self) -> Sequence[SingleSender]:
        """The addresses that are verified one by one."""
        return _read(_SingleSenders, self._get("verified_senders", limit=100)).results

    def webhooks(self) -> Sequence[Webhook]:
        """The event webhooks of the account."""
        return _read(_Webhooks, self._get("user/webhooks/event/settings/all")).webhooks

    def public_key(self, webhook: Webhook) -> str | None:
        """The key that its signatures are checked with; None when it does not sign."""
        if webhook.public_key or not webhook.id:
            return webhook.public_key
        return _read(_PublicKey, self._get(f"user/webhooks/event/settings/signed/{webhook.id}")).public_key

    def _get(self, path: str, **query: int) -> _Answer:
        try:
            return cast(_Answer, self._client._(path).get(query_params=query))
        except HTTPError as refused:
            raise NotTold(int(refused.status_code)) from None
        except (OSError, HTTPException):
            raise NotTold(None) from None


T = TypeVar("T", bound=_Told)


def _read(shape: type[T], answer: _Answer) -> T:
    try:
        return shape.model_validate_json(answer.body)
    except ValidationError:
        raise NotTold(None) from None
