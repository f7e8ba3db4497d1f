"""emulate, which plays Twilio, behind Prism, which holds both sides to Twilio's own description."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from ops.bench.node import NODE
from ops.ports import free_port
from tests import loopback
from tests.left_out import left_out
from tests.wire.peers.description import trimmed
from tests.wire.peers.places import DESCRIPTION, EMULATE, PACKAGES, PRISM

PATIENCE = 30.0
ACCOUNT, TOKEN = "AC" + "a" * 32, "b" * 32
LOOPBACK_ONLY = Path(__file__).parent / "loopback.cjs"


@dataclass(frozen=True)
class Peers:
    """Where they listen."""

    emulate: str
    checked: str
    """emulate as well, behind Prism."""

    def play(self, what: str, **form: str) -> None:
        """Make emulate do something: `message-status`, `inbound-call` …"""
        self._post(f"/_twilio/simulate/{what}", form)

    def new_number(self, number: str, **addresses: str) -> None:
        """One more number of ours, whose calls and SMS are told at these addresses: `VoiceUrl`, `SmsUrl`."""
        self._post(f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json", {"PhoneNumber": number, **addresses})

    def _post(self, path: str, form: dict[str, str]) -> None:
        url = f"{self.emulate}{path}"
        answer = loopback.post(url, data=form, auth=(ACCOUNT, TOKEN), timeout=30)
        assert answer.is_success, answer.text


def must_be_installed() -> None:
    """Skips the test when they are not, which must not happen under CI."""
    if not PACKAGES.stamp.exists():
        left_out("the programs that play Twilio are not installed (no way to npm's registry?): make .venv/.peers")


@contextmanager
def running(folder: Path, *numbers: str) -> Iterator[Peers]:
    """Both, with these numbers of ours, while the block lasts."""
    with ExitStack() as stack:
        emulate = f"http://127.0.0.1:{stack.enter_context(_emulate(folder, numbers))}"
        yield Peers(emulate, stack.enter_context(held_to_the_description(folder, emulate)))


@contextmanager
def _emulate(folder: Path, numbers: tuple[str, ...]) -> Iterator[int]:
    seed, port = folder / "seed.yaml", free_port()
    ours = [{"phone_number": number} for number in numbers]
    seed.write_text(json.dumps({"twilio": {"account": {"sid": ACCOUNT, "auth_token": TOKEN}, "phone_numbers": ours}}))
    command = (str(EMULATE / "dist" / "index.js"), "start", "-s", "twilio", "-p", str(port), "--seed", str(seed))
    with _node(command, folder / "emulate.log", port):
        yield port


@contextmanager
def held_to_the_description(folder: Path, address: str) -> Iterator[str]:
    """The address of Prism before another's: what either side says against Twilio's description becomes an error."""
    description, port = folder / "twilio.json", free_port()
    description.write_text(json.dumps(trimmed(DESCRIPTION)))
    command = (str(PRISM), "proxy", str(description), address, "-p", str(port), "--errors")
    with _node(command, folder / "prism.log", port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _node(command: tuple[str, ...], log: Path, port: int) -> Iterator[None]:
    with log.open("w") as said:
        process = subprocess.Popen(
            [str(NODE), "--require", str(LOOPBACK_ONLY), *command], cwd=log.parent, stdout=said, stderr=said
        )
        try:
            _await(process, log, port)
            yield
        finally:
            process.terminate()
            process.wait(timeout=10)


def _await(process: "subprocess.Popen[bytes]", log: Path, port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            loopback.get(f"http://127.0.0.1:{port}/", timeout=1)
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"{log.name}: it does not answer: {log.read_text()}")
