"""The journey of a user: start it, play the demo, stop it, start it again; from signed webhook to report."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from ops.demo.wire import signed_headers
from ops.run_file import Running
from settings import Settings
from tests import loopback
from tests.journeys.conftest import REPOSITORY, System, provider_log

pytestmark = pytest.mark.timeout(300)
MARKER = "Маркер-Zanzibar"
"""Planted wherever a customer can write."""


class TestTheDemo:
    """Played once, beside one running system."""

    @pytest.fixture(scope="class")
    @classmethod
    def running(cls, system: System) -> Iterator[Running]:
        with system.running() as running:
            yield running

    @pytest.fixture(scope="class")
    @classmethod
    def played(cls, system: System, running: Running) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "ops.demo"]
        environment = system.environment
        return subprocess.run(
            command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=200, check=False
        )

    def test_every_loop_closes_by_its_script(self, played: "subprocess.CompletedProcess[str]") -> None:
        assert played.returncode == 0, played.stdout + played.stderr
        assert played.stdout.count("✓") >= 6

    @pytest.mark.usefixtures("played")
    def test_the_report_counts_what_was_played(self, running: Running) -> None:
        report = _get(running, "manager", "/reports/loop").json()
        promise, survey = report["total"]["promise"], report["total"]["survey"]
        assert (promise["broken"], promise["moved"], promise["not_counted"]) == (1, 1, 2)
        assert promise["kept"]["count"] == promise["kept"]["n"] - 1
        assert survey["tnps"]["n"] == 8
        assert survey["tnps"]["detractors"] >= 1, "a score of 0 is a score"

    @pytest.mark.usefixtures("played")
    def test_nothing_personal_is_in_histories_logs_or_metrics(self, system: System, running: Running) -> None:
        case = _ask_for_contact(running)
        _wait_for(running, case, "opened")
        note = _post(running, "specialist", f"/cases/{case}/notes", {"text": f"{MARKER} note"})
        assert note.status_code < 300, note.text
        shown = "".join(loopback.get(url).text for url in system.metrics())
        kept = _bytes_of([system.data / name for name in ("temporal.db", "temporal.db-wal")])
        logs = _bytes_of(sorted((system.data / "logs").iterdir()))
        assert str(case).encode() in kept, "the search must be able to find what is there"
        assert "closeloop" in shown
        personal = _personal(system.data)
        assert len(personal) > 20
        for word in personal:
            assert word.encode() not in kept, word
            assert word.encode() not in logs, word
            assert word not in shown, word


def test_a_case_opened_before_a_stop_goes_on_after_the_next_start(system: System) -> None:
    with system.running() as before:
        case = _ask_for_contact(before)
        _wait_for(before, case, "opened")
    with system.running() as after:
        assert _get(after, "specialist", f"/cases/{case}").json()["case"]["stage"] == "awaiting_callback"
        claimed = _post(after, "specialist", f"/cases/{case}/claim")
        assert claimed.status_code == 200, claimed.text
        assert _post(after, "specialist 2", f"/cases/{case}/claim").status_code == 409


def _personal(data: Path) -> set[str]:
    """Every number, address and name that the demo's customers left, and the planted marker."""
    words = {MARKER, MARKER.split("-")[1], "79166660042"}
    for line in provider_log(data):
        body = json.dumps(line["body"], ensure_ascii=False)
        words |= set(re.findall(r"7916\d{7}", body)) | set(re.findall(r"[\w.]+@example\.com", body))
        words |= set(re.findall(r"/[sc]/([\w-]{22})", body))
    return words


def _bytes_of(paths: list[Path]) -> bytes:
    return b"".join(path.read_bytes() for path in paths if path.exists())


def _ask_for_contact(running: Running) -> str:
    """A signed delivery of the generic source, marked in every field a customer can fill."""
    now = datetime.now(UTC)
    body = json.dumps(
        {
            "response_id": f"journey-{uuid4()}",
            "form": "after-renewal",
            "submitted_at": now.isoformat(),
            "customer": {"id": f"{MARKER}-{uuid4()}", "name": MARKER, "email": f"{uuid4().hex}@zanzibar.example.com"},
            "contact": {"requested": True, "phone": "+79166660042"},
            "scores": {"nps": 0},
            "comment": f"{MARKER} comment",
            "answers": [{"id": "q1", "question": "Why?", "value": f"{MARKER} answer"}],
        }
    )
    [secret] = Settings(_env_file=None).secrets_of("generic")
    url = f"{running.addresses['api']}/webhooks/surveys/generic"
    answer = loopback.post(url, content=body.encode(), headers=signed_headers(body, secret.get_secret_value()))
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def _wait_for(running: Running, case: str, kind: str) -> None:
    """Until the live feed tells of this step of this case."""
    headers = _as(running, "specialist")
    with httpx2.stream("GET", f"{running.addresses['api']}/events?since=0", headers=headers, timeout=30) as feed:
        for line in feed.iter_lines():
            if line.startswith("data:") and case in line and f'"{kind}"' in line:
                return
    raise AssertionError("the feed ended")


def _get(running: Running, who: str, path: str) -> httpx2.Response:
    return loopback.get(running.addresses["api"] + path, headers=_as(running, who))


def _post(running: Running, who: str, path: str, body: object = None) -> httpx2.Response:
    return loopback.post(running.addresses["api"] + path, headers=_as(running, who), json=body)


def _as(running: Running, who: str) -> dict[str, str]:
    return {"authorization": f"Bearer {running.tokens[who]}"}
