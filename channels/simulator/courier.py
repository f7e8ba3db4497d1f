"""Callbacks: signed, at least once, in each subject's order, until taken or given up after some minutes."""

import asyncio
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import httpx2
from standardwebhooks import Webhook

from channels.events import CallEvent, Event, InboundCall, InboundSms, MessageEvent
from channels.simulator.faults import Faults, Mode, Route

_FIRST_PAUSE = timedelta(milliseconds=100)
_LONGEST_PAUSE = timedelta(seconds=10)
_PATIENCE = timedelta(minutes=10)


def subject(event: Event) -> str:
    """Whose order an event must keep."""
    match event:
        case CallEvent():
            return event.call_id
        case MessageEvent():
            return str(event.message_id)
        case InboundSms() | InboundCall():
            return event.phone


def room(event: Event) -> str:
    """The last part of the URL an event goes to."""
    match event:
        case CallEvent():
            return "calls"
        case MessageEvent():
            return "messages"
        case InboundSms():
            return "inbound"
        case InboundCall():
            return "rings"


class Courier:
    """Posts events to the callback URL; a repeat carries the same `webhook-id`, which is the event's id."""

    def __init__(self, callback_url: str, secret: str, faults: Faults) -> None:
        self._url = callback_url.rstrip("/")
        self._webhook = Webhook(secret)
        self._faults = faults
        self._client = httpx2.AsyncClient(timeout=5, trust_env=False)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def deliver(self, event: Event) -> bool:
        """Post until a 2xx, behind earlier events of the same subject; False when given up."""
        async with self._turns[subject(event)]:
            taken = await self._until_taken(event)
            if taken and self._faults.take(Route.CALLBACKS, Mode.REPEAT):
                await self._post(event)
            return taken

    async def _until_taken(self, event: Event) -> bool:
        clock = asyncio.get_running_loop().time
        give_up_at = clock() + _PATIENCE.total_seconds()
        pause = _FIRST_PAUSE
        while not await self._post(event):
            if clock() > give_up_at:
                return False
            await asyncio.sleep(pause.total_seconds())
            pause = min(2 * pause, _LONGEST_PAUSE)
        return True

    async def _post(self, event: Event) -> bool:
        body = event.model_dump_json()
        try:
            answer = await self._client.post(
                f"{self._url}/{room(event)}", content=body, headers=self._signed(event.event_id, body)
            )
        except httpx2.TransportError:
            return False
        return answer.is_success

    def _signed(self, event_id: str, body: str) -> dict[str, str]:
        now = datetime.now(UTC)
        return {
            "content-type": "application/json",
            "webhook-id": event_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(event_id, now, body),
        }
