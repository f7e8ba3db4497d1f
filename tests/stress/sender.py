"""A survey platform that delivers many responses at once, and says what it was answered."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx2

from ops.demo.wire import signed_headers
from settings import Settings

AT_ONCE = 50
"""Connections."""
FORMS = ("minutes_20", "minutes_60", "minutes_120", "minutes_240")
Json = dict[str, object]
During = Callable[[int], Awaitable[None]]


@dataclass(frozen=True)
class Delivered:
    """How one delivery was answered. No status: the connection broke, and nobody knows."""

    key: str
    status: int | None
    id: str | None = None
    retry_after: str | None = None


def response(number: int, *, form: str | None = None) -> Json:
    """A contact request of a customer of its own; how urgent it is differs from one to the next."""
    return {
        "response_id": f"stress-{number}",
        "form": form or FORMS[number % len(FORMS)],
        "submitted_at": datetime.now(UTC).isoformat(),
        "customer": {"id": f"customer-{number}", "name": "Anna"},
        "contact": {"requested": True, "phone": phone_of(number)},
        "scores": {"nps": number % 11},
        "comment": "It does not start.",
    }


def phone_of(number: int) -> str:
    """A number of this customer's own."""
    return f"+7916{number:07}"


class Sender:
    """Signs and sends."""

    def __init__(self, api: str, settings: Settings) -> None:
        self._api = api
        self._secret = settings.secrets_of("generic")[0].get_secret_value()

    def send(
        self, responses: Iterable[Json], *, during: Callable[[int], Awaitable[None]] | None = None
    ) -> list[Delivered]:
        """Deliver all, `AT_ONCE` at a time. `during` is told after each answer how many there are."""
        return asyncio.run(self._send(list(responses), during))

    async def _send(self, responses: list[Json], during: During | None) -> list[Delivered]:
        waiting, answered = iter(responses), list[Delivered]()

        async def one_connection(client: httpx2.AsyncClient) -> None:
            for one in waiting:
                answered.append(await self.deliver(client, one))
                if during:
                    await during(len(answered))

        limits = httpx2.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        async with httpx2.AsyncClient(base_url=self._api, limits=limits, timeout=60, trust_env=False) as client:
            await asyncio.gather(*(one_connection(client) for _ in range(AT_ONCE)))
        return answered

    async def deliver(self, client: httpx2.AsyncClient, one: Json) -> Delivered:
        """One delivery."""
        key, body = str(one["response_id"]), json.dumps(one)
        headers = signed_headers(body, self._secret)
        try:
            answer = await client.post("/webhooks/surveys/generic", content=body, headers=headers)
        except httpx2.TransportError:
            return Delivered(key, None)
        told = answer.json()
        return Delivered(key, answer.status_code, told.get("id"), answer.headers.get("retry-after"))
