"""One request to Twilio, one answer: the SDK with a timeout and our address; failures become channel errors."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit

import requests
from twilio.base.exceptions import (  # type: ignore[import-untyped]  # the SDK has no py.typed
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]  # the SDK has no py.typed
from twilio.http.response import Response  # type: ignore[import-untyped]  # the SDK has no py.typed
from twilio.rest import Client  # type: ignore[import-untyped]  # the SDK has no py.typed
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from channels.errors import Ambiguous, ChannelError, NotSent
from channels.twilio.errors import RULES, error_of, error_of_status

# They log requests, and lists are asked for by phone number.
logging.getLogger("twilio").setLevel(logging.WARNING)
logging.getLogger("urllib3").setLevel(logging.WARNING)
_log = logging.getLogger(__name__)

TWILIO = "https://api.twilio.com"
TIMEOUT = timedelta(seconds=10)
"""Waited for each part of an answer."""
CONNECT = timedelta(seconds=3)
"""Waited for a connection. Both together stay below the time after which a call or SMS is listed or was never taken."""
_UNREADABLE = (TwilioException, ValueError, KeyError, TypeError, AttributeError)
T = TypeVar("T")


class Wire:
    """Asks Twilio, once each time; thread-safe, one connection pool, to be closed."""

    def __init__(self, account_sid: str, auth_token: str, base_url: str = TWILIO, timeout: timedelta = TIMEOUT) -> None:
        self._http = _OneTry(base_url, timeout)
        self._client = Client(account_sid, auth_token, http_client=self._http)

    def ask(self, request: Callable[[Client], T]) -> T:
        """What the SDK answers. Raises `NotSent`, `Ambiguous` and `Refused`, none of which quotes a number."""
        try:
            return request(self._client)
        except (TwilioRestException, TwilioServiceException) as error:
            raise _refusal(error.code, error.status) from None
        except _UNREADABLE:
            raise Ambiguous("the provider answered, but its answer cannot be read") from None

    def close(self) -> None:
        """Give the connections back."""
        self._http.session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class _OneTry(TwilioHttpClient):  # type: ignore[misc]  # the SDK has no py.typed
    """Sends to our address what is meant for theirs; the SDK's errors keep no headers, so 429 is read here."""

    def __init__(self, base_url: str, timeout: timedelta) -> None:
        super().__init__(timeout=timeout.total_seconds())
        self.timeout = (min(CONNECT, timeout).total_seconds(), timeout.total_seconds())
        self._base_url = base_url.rstrip("/")
        self.session.trust_env = False

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,  # the SDK's
    ) -> Response:
        """One try. Raises channel errors, without the request they came of: it holds a number."""
        there = {"params": params, "data": data, "headers": headers, "auth": auth, "allow_redirects": allow_redirects}
        try:
            response = super().request(method, self._here(url), timeout=timeout, **there)
        except requests.RequestException as error:
            raise _failure(error) from None
        _check(response.status_code, response.headers)
        return response

    def _here(self, url: str) -> str:
        parts = urlsplit(url)
        return self._base_url + url.removeprefix(f"{parts.scheme}://{parts.netloc}")


def _refusal(code: object, status: int) -> ChannelError:
    known = code if isinstance(code, int) else None
    rule = RULES.get(known) if known else None
    _log.warning("Twilio refused: status=%d code=%s meaning=%s", status, known, rule.meaning if rule else "unknown")
    return error_of(known, status)


def _failure(error: requests.RequestException) -> ChannelError:
    return NotSent(type(error).__name__) if _never_left(error) else Ambiguous(type(error).__name__)


def _never_left(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError | ConnectTimeoutError)


def _check(status: int, headers: Mapping[str, str]) -> None:
    error = error_of_status(status)
    if isinstance(error, NotSent):
        error.retry_after = _retry_after(headers.get("Retry-After", ""))
    if error:
        raise error


def _retry_after(header: str) -> timedelta | None:
    return timedelta(seconds=int(header)) if header.isdecimal() else None
