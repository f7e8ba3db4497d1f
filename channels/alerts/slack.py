"""Alerts in a Slack channel, by an incoming webhook."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock
from types import TracebackType
from typing import Self

import httpx2
from pydantic import SecretStr

from channels.errors import Ambiguous, ChannelError, NotSent, Refused, RefusedReason
from channels.protocols import AlertToSend, ProviderMessage

_NEVER_LEFT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)
TIMEOUT = timedelta(seconds=5)
SAID_ONCE = timedelta(seconds=30)
"""An alert goes to several people within a moment, and all of them read one room."""
REMEMBERED = 500
LEFT_ALONE = timedelta(seconds=30)
"""After it has not answered: each further try would hold up, for `TIMEOUT`, an alert that could go by another way."""


class SlackAlerts:
    """`AlertChannel` into one room: the same words within half a minute are said once. To be closed."""

    def __init__(
        self, webhook: SecretStr, *, timeout: timedelta = TIMEOUT, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`webhook`: its URL, which is a secret. `clock` counts seconds."""
        self._webhook, self._clock = webhook, clock
        self._client = httpx2.Client(timeout=timeout.total_seconds(), trust_env=False, follow_redirects=False)
        self._said: dict[str, float] = {}
        self._silent_at: float | None = None
        self._saying = Lock()

    def send(self, alert: AlertToSend) -> ProviderMessage:
        """Say it, unless it has just been said. NotSent at once while Slack, which has not answered, is left alone."""
        words = _words(alert)
        with self._saying:
            if not self._was_said(words):
                self._leave_alone_the_silent()
                self._post(words)
                self._remember(words)
        return ProviderMessage(provider_id=str(alert.message_id), accepted_at=datetime.now(UTC))

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _was_said(self, words: str) -> bool:
        at = self._said.get(words)
        return at is not None and self._clock() - at < SAID_ONCE.total_seconds()

    def _remember(self, words: str) -> None:
        if len(self._said) == REMEMBERED:
            del self._said[next(iter(self._said))]
        self._said.pop(words, None)
        self._said[words] = self._clock()

    def _leave_alone_the_silent(self) -> None:
        if self._silent_at is None:
            return
        left = self._silent_at + LEFT_ALONE.total_seconds() - self._clock()
        if left > 0:
            raise NotSent("it has not answered lately", timedelta(seconds=left))
        self._silent_at = None

    def _post(self, words: str) -> None:
        try:
            answer = self._client.post(self._webhook.get_secret_value(), json={"text": words})
        except httpx2.TransportError as error:
            if isinstance(error, httpx2.TimeoutException):
                self._silent_at = self._clock()
            kind = NotSent if isinstance(error, _NEVER_LEFT) else Ambiguous
            raise kind(type(error).__name__) from None  # the cause may hold the URL
        if not answer.is_success:
            raise _error(answer)


def _error(answer: httpx2.Response) -> ChannelError:
    """Slack answers 4xx to a hook that is wrong or was taken away: an operator's matter."""
    if answer.status_code == 429:
        wait = answer.headers.get("retry-after", "")
        return NotSent("429", timedelta(seconds=int(wait)) if wait.isdecimal() and len(wait) < 7 else None)
    return Ambiguous(str(answer.status_code)) if answer.is_server_error else Refused(RefusedReason.CONFIG)


def _words(alert: AlertToSend) -> str:
    return f"*{_plain(alert.title)}*\n{_plain(alert.text)}\n<{_plain(alert.link)}>"


def _plain(text: str) -> str:
    """As Slack asks: these three would be markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
