"""The public HTTP the demo speaks: as a member of staff, as a survey platform, and as whoever directs the simulator."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID, uuid4

import httpx2
from pydantic import BaseModel, JsonValue, TypeAdapter
from standardwebhooks import Webhook

from api.feed import Change
from api.shown import CaseCard, TimelineOut
from api.staff import MeOut
from channels.simulator.log import Line
from channels.simulator.people import Script
from domain.report import Loop
from domain.state import Snapshot
from ops.demo.errors import Unexpected

TRIES = 5
"""A command is repeated so often, under its key, while the system says that it is busy."""
RETRY_SECONDS = 1
PATIENCE = 20
"""Seconds that one request may take."""
LOG_WAIT = 5
"""Seconds the simulator waits for news before it answers that there are none."""
_LINES = TypeAdapter(dict[str, list[Line]])
Shape = TypeVar("Shape", bound=BaseModel)
Json = dict[str, JsonValue]


class LoopNumbers(BaseModel):
    """Of the report, the numbers in all."""

    total: Loop


class Received(BaseModel):
    """The webhook's answer."""

    id: UUID


def client(address: str, headers: dict[str, str] | None = None) -> httpx2.Client:
    """A client of a server on this machine, whatever proxy leads elsewhere."""
    return httpx2.Client(base_url=address, headers=headers, timeout=PATIENCE, trust_env=False)


class Desk:
    """One member of staff at work, with their own token."""

    def __init__(self, api: str, token: str) -> None:
        self._client = client(api, {"Authorization": f"Bearer {token}"})
        self.me = self._read("/me", MeOut)

    def go_on_duty(self) -> None:
        """From now on there is somebody to alert."""
        _require(self._client.put("/me/duty", json={"on_duty": True}), 200)

    def command(self, case: UUID, what: str, body: Json | None = None) -> Snapshot:
        """Do something with a case: `claim`, `calls`, `resolution` … Unexpected when it is refused."""
        headers = {"Idempotency-Key": str(uuid4())}
        for _ in range(TRIES):
            answer = self._client.post(f"/cases/{case}/{what}", json=body, headers=headers)
            if answer.status_code != 503:
                break
            time.sleep(RETRY_SECONDS)
        return Snapshot.model_validate_json(_require(answer, 200).content)

    def timeline(self, case: UUID) -> TimelineOut:
        """Every step so far; none while the case is about to open."""
        answer = self._client.get(f"/cases/{case}/timeline")
        if answer.status_code in (404, 409):
            return TimelineOut(language=self.me.language, steps=[])
        return TimelineOut.model_validate_json(_require(answer, 200).content)

    def card(self, case: UUID) -> CaseCard:
        """Everything on one page."""
        return self._read(f"/cases/{case}", CaseCard)

    def report(self, since: datetime) -> Loop:
        """How the contact requests since then went."""
        return self._read("/reports/loop", LoopNumbers, {"from": since.isoformat()}).total

    def events(self, behind: int | None) -> Iterator[tuple[int, Change | None]]:
        """Live: the number of each event with its change, None for the first, which says where the stream begins."""
        headers = {} if behind is None else {"Last-Event-ID": str(behind)}
        with self._client.stream("GET", "/events", headers=headers) as answer:
            for event in httpx2.EventSource(answer):
                change = Change.model_validate_json(event.data) if event.event == "case" else None
                yield int(event.id), change

    def _read(self, path: str, shape: type[Shape], query: dict[str, str] | None = None) -> Shape:
        return shape.model_validate_json(_require(self._client.get(path, params=query), 200).content)


def signed_headers(body: str, secret: str) -> dict[str, str]:
    """The headers of a delivery with this body, as Standard Webhooks says; they hold for five minutes."""
    message, now = f"msg_{uuid4().hex}", datetime.now(UTC)
    return {
        "Content-Type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message, now, body),
    }


class Platform:
    """A survey platform that signs as Standard Webhooks says."""

    def __init__(self, api: str, secret: str) -> None:
        self._client, self._secret = client(api), secret

    def deliver(self, response: Json, *, expected: int) -> UUID:
        """Send one delivery of a response; its id, the same for all its deliveries."""
        body = json.dumps(response)
        headers = signed_headers(body, self._secret)
        answer = self._client.post("/webhooks/surveys/generic", content=body, headers=headers)
        return Received.model_validate_json(_require(answer, expected).content).id


class Simulator:
    """The telephone network, the mailboxes, and the people behind them."""

    def __init__(self, address: str) -> None:
        self._client = client(address)

    def direct(self, person: str, script: Script) -> None:
        """From now on this person behaves so."""
        _require(self._client.put(f"/script/{person}", json=script.model_dump(mode="json")), 204)

    def lines(self, after: int) -> list[Line]:
        """What happened after this line of the log; waits a little for something to happen."""
        query = {"after": str(after), "wait": str(LOG_WAIT)}
        return _LINES.validate_json(_require(self._client.get("/log", params=query), 200).content)["lines"]


def _require(answer: httpx2.Response, status: int) -> httpx2.Response:
    if answer.status_code != status:
        asked = f"{answer.request.method} {answer.request.url.path}"
        raise Unexpected(f"{asked}: {answer.status_code} instead of {status}: {answer.text[:300]}")
    return answer
