"""One POST to SendGrid by its own SDK; whatever goes wrong becomes one of the three channel errors."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import Protocol, cast
from urllib.error import URLError

from pydantic import JsonValue
from python_http_client.exceptions import HTTPError  # type: ignore[import-untyped]  # has no types
from sendgrid import SendGridAPIClient  # type: ignore[import-untyped]  # has no types

from channels.errors import Ambiguous, ChannelError, NotSent
from channels.sendgrid.errors import error_for

# At DEBUG the SDK logs whole letters with their addresses.
logging.getLogger("python_http_client").setLevel(logging.WARNING)

ACCEPTED = 202


class _Answer(Protocol):
    """What the SDK gives back."""

    status_code: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """An account at SendGrid; thread-safe. Nothing is ever posted twice."""

    def __init__(self, api_key: str, url: str, timeout: timedelta = timedelta(seconds=10)) -> None:
        """`timeout` bounds connecting and each wait for the answer."""
        self._client = SendGridAPIClient(api_key, host=url).client
        self._client.timeout = timeout.total_seconds()

    def post(self, path: str, body: Mapping[str, JsonValue]) -> Mapping[str, str]:
        """POST to `/v3/{path}` and return the headers of its acceptance. Raises `channels.errors`."""
        answer = self._answer(path, body)
        if answer.status_code != ACCEPTED:
            raise self._error(answer)
        return answer.headers

    def _answer(self, path: str, body: Mapping[str, JsonValue]) -> _Answer:
        try:
            return cast(_Answer, self._client._(path).post(request_body=body))
        except HTTPError as refused:
            raise self._error(cast(_Answer, refused)) from None
        except URLError as error:
            # Connecting or writing failed: the request never left whole, so nobody can have accepted it.
            raise NotSent(type(error.reason).__name__) from None
        except (OSError, HTTPException) as error:
            raise Ambiguous(type(error).__name__) from None

    def _error(self, answer: _Answer) -> ChannelError:
        return error_for(answer.status_code, answer.headers, answer.body, datetime.now(UTC))
