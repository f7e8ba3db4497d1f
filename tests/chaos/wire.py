"""Clients as they are in life: whatever got no answer, or a 5xx, is sent again until it is answered."""

import json
import time
from collections import Counter
from collections.abc import Collection
from datetime import timedelta
from http import HTTPStatus
from threading import Event, Lock
from uuid import UUID

import httpx2

from ops.demo.browser import PATIENCE as BROWSER_PATIENCE
from ops.demo.browser import Browser, own_address
from ops.demo.errors import Unexpected
from ops.demo.post import Letter, Post
from ops.demo.wire import PATIENCE, Desk, Json, Platform, Received, Simulator, signed_headers

PAUSE = 0.4
ROOM = httpx2.Limits(max_connections=None, max_keepalive_connections=20)


class Tally:
    """What clients saw go wrong before it went right, and whether they still hope."""

    def __init__(self) -> None:
        self._lock, self.given_up = Lock(), Event()
        self._seen: Counter[str] = Counter()

    def note(self, request: httpx2.Request, what: str) -> None:
        """One more, without ids."""
        rooms = [room if len(room) < 20 else "…" for room in request.url.path.split("/")]
        with self._lock:
            self._seen[f"{what} {request.method} {'/'.join(rooms)}"] += 1

    @property
    def seen(self) -> Counter[str]:
        """All so far, by kind and route."""
        with self._lock:
            return Counter(self._seen)


class Stubborn(httpx2.BaseTransport):
    """Repeats a request, byte for byte and so under the same keys, until it is answered by anything but a 5xx."""

    def __init__(self, tally: Tally, patience: timedelta, *, local_address: str | None = None) -> None:
        self._inner = httpx2.HTTPTransport(limits=ROOM, local_address=local_address)
        self._tally, self._patience = tally, patience

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        deadline = time.monotonic() + self._patience.total_seconds()
        while True:
            try:
                answer = self._inner.handle_request(request)
            except httpx2.TransportError as error:
                self._tally.note(request, type(error).__name__)
                if time.monotonic() > deadline or self._tally.given_up.is_set():
                    raise
            else:
                too_late = time.monotonic() > deadline or self._tally.given_up.is_set()
                if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR or too_late:
                    return answer
                answer.close()
                self._tally.note(request, str(answer.status_code))
            time.sleep(PAUSE)

    def close(self) -> None:
        self._inner.close()


class StubbornDesk(Desk):
    """A member of staff whose page repeats what got no answer, under the same Idempotency-Key."""

    def __init__(self, api: str, token: str, tally: Tally, patience: timedelta) -> None:
        super().__init__(api, token)
        headers = dict(self._client.headers)
        self._client.close()
        transport = Stubborn(tally, patience)
        self._client = httpx2.Client(base_url=api, headers=headers, timeout=PATIENCE, transport=transport)


class StubbornPlatform(Platform):
    """A survey platform that delivers again until a 2xx, and so may deliver twice what arrived."""

    def __init__(self, api: str, secret: str, tally: Tally, patience: timedelta) -> None:
        super().__init__(api, secret)
        self._client.close()
        self._client = httpx2.Client(base_url=api, timeout=PATIENCE, transport=Stubborn(tally, patience))
        self.accepted: set[UUID] = set()
        """Every response that was answered with a 2xx while it asked for contact."""

    def deliver(self, response: Json, *, expected: int) -> UUID:
        """Until it is taken; whether it is news is not ours to know when an answer got lost."""
        body = json.dumps(response)
        headers = signed_headers(body, self._secret)
        answer = self._client.post("/webhooks/surveys/generic", content=body, headers=headers)
        if not answer.is_success:
            raise Unexpected(f"a delivery was answered with {answer.status_code}: {answer.text[:200]}")
        taken = Received.model_validate_json(answer.content).id
        contact = response["contact"]
        if isinstance(contact, dict) and contact["requested"]:
            self.accepted.add(taken)
        return taken


class StubbornBrowser(Browser):
    """A customer who reloads, each from an address of their own."""

    def __init__(self, tally: Tally, patience: timedelta) -> None:
        super().__init__()
        self._client.close()
        transport = Stubborn(tally, patience, local_address=own_address())
        self._client = httpx2.Client(transport=transport, timeout=BROWSER_PATIENCE)


class Telephones(Simulator):
    """The simulated people, who can write to us as well."""

    def write(self, phone: str, text: str) -> None:
        """This person sends us an SMS."""
        self._client.post(f"/people/{phone}/sms", json={"text": text}).raise_for_status()


class PatientPost(Post):
    """Mailboxes in which letters may take long."""

    def __init__(self, simulator: Simulator, patience: timedelta) -> None:
        super().__init__(simulator)
        self._patience = patience

    def letter(self, addresses: Collection[str], path: str, *, known: Collection[str], patience: timedelta) -> Letter:
        """The first letter with a link to such a page that is not known yet."""
        return super().letter(addresses, path, known=known, patience=self._patience)
