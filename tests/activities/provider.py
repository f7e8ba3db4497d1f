"""The simulated provider as a test sees it: told what goes wrong, and asked what it was asked."""

from datetime import timedelta
from uuid import UUID

from pydantic import JsonValue

from channels.simulator.log import Line
from channels.simulator.people import Script
from tests import loopback


class Provider:
    """Steers and reads one simulator process; a test's own phones, addresses and ids tell its lines from others'."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def fail(self, route: str, mode: str, *, count: int = 1, retry_after: int = 1) -> None:
        """The next requests of this route go wrong."""
        fault = {"route": route, "mode": mode, "count": count, "retry_after": retry_after}
        loopback.put(f"{self.base_url}/faults", json=fault).raise_for_status()

    def play(self, person: str, script: Script) -> None:
        """From now on this person behaves so."""
        loopback.put(f"{self.base_url}/script/{person}", json=script.model_dump(mode="json")).raise_for_status()

    def write(self, person: str, text: str) -> None:
        """This person sends us an SMS."""
        loopback.post(f"{self.base_url}/people/{person}/sms", json={"text": text}).raise_for_status()

    def lines(self, after: int = 0, wait: timedelta = timedelta(0)) -> list[Line]:
        """The log."""
        asked = {"after": str(after), "wait": str(wait.total_seconds())}
        answer = loopback.get(f"{self.base_url}/log", params=asked, timeout=35)
        return [Line.model_validate(line) for line in answer.json()["lines"]]

    def asked(self, kind: str, **body: str | UUID) -> list[Line]:
        """Every request of this kind, accepted or not, whose body has these values."""
        return [line for line in self.lines() if line.kind == kind and _has(line.body, body)]

    def accepted(self, kind: str, **body: str | UUID) -> list[Line]:
        """Those it took on."""
        return [line for line in self.asked(kind, **body) if line.accepted]

    def until_event(self, event: str, attempt: UUID) -> None:
        """Wait until this has happened to the call."""
        seen = 0
        while True:
            lines = self.lines(seen, timedelta(seconds=20))
            assert lines, "nothing more happened"
            if any(_has(line.body, {"event": event, "attempt_id": attempt}) for line in lines):
                return
            seen = lines[-1].seq


def _has(body: dict[str, JsonValue], wanted: dict[str, str | UUID]) -> bool:
    return all(body.get(name) == str(value) for name, value in wanted.items())
