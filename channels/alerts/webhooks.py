"""One POST of an outgoing webhook, signed as Standard Webhooks; of the answer only the status counts."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import httpx2
from standardwebhooks import Webhook

from channels.alerts.addresses import ForbiddenAddress, check_url, public_address

TIMEOUT = timedelta(seconds=5)
"""For all of it: looking up, connecting, and until the status is there."""
LOOKUPS = 8
SENDER = "close-the-loop"


@dataclass(frozen=True)
class Outgoing:
    """What is told to whom. The id stays the same however often it is sent."""

    id: str
    url: str
    secret: str
    body: str


@dataclass(frozen=True)
class Heard:
    """A status, or the code of what went wrong before there was one."""

    status: int | None = None
    error: str | None = None
    retry_after: timedelta | None = None


class WebhookSender:
    """Sends; to be closed. In `development` also by http, and to addresses of this machine."""

    def __init__(self, *, development: bool, timeout: timedelta = TIMEOUT) -> None:
        self._development, self._timeout = development, timeout.total_seconds()
        # Threads of its own: a name server that hangs must hold up nothing else.
        self._lookups = ThreadPoolExecutor(LOOKUPS, "lookup")
        self._client = httpx2.AsyncClient(
            follow_redirects=False,
            trust_env=False,
            timeout=self._timeout,
            # A connection is known by its IP address: one that is kept might lead to another host's neighbour.
            limits=httpx2.Limits(max_keepalive_connections=0),
        )

    async def send(self, outgoing: Outgoing, at: datetime) -> Heard:
        """POST it once, signed at `at`. Raises nothing that a receiver or the network can bring about."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._post(await self._request(outgoing, at))
        except ForbiddenAddress as forbidden:
            return Heard(error=forbidden.code)
        except TimeoutError:
            return Heard(error="timeout")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return Heard(error=type(error).__name__)

    async def close(self) -> None:
        """Give connections and threads back."""
        await self._client.aclose()
        self._lookups.shutdown(wait=False, cancel_futures=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def _request(self, outgoing: Outgoing, at: datetime) -> httpx2.Request:
        url = httpx2.URL(outgoing.url)
        headers = {
            "content-type": "application/json",
            "user-agent": SENDER,
            "webhook-id": outgoing.id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(outgoing.secret).sign(outgoing.id, at, outgoing.body),
        }
        request = self._client.build_request("POST", url, content=outgoing.body.encode(), headers=headers)
        if not self._development:
            await self._pin(request)
        return request

    async def _pin(self, request: httpx2.Request) -> None:
        """Connect to the address that was checked; certificate and `Host` are still those of the name."""
        url = request.url
        host, port = check_url(str(url))
        loop = asyncio.get_running_loop()
        address = await loop.run_in_executor(self._lookups, public_address, host, port)
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = url.copy_with(host=address)

    async def _post(self, request: httpx2.Request) -> Heard:
        response = await self._client.send(request, stream=True)
        await response.aclose()
        return Heard(response.status_code, retry_after=_seconds(response.headers.get("retry-after", "")))


def _seconds(header: str) -> timedelta | None:
    return timedelta(seconds=int(header)) if header.isdecimal() and len(header) < 7 else None
