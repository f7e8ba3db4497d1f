"""The demo without a system to play with, and what it writes."""

import io
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from api.shown import StepOut
from ops.demo.screen import Screen, key_of, told

STARTED = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


def _step(kind: str, *, detail: str = "", by_name: str | None = None) -> StepOut:
    return StepOut(
        id=1,
        seq=1,
        kind=kind,
        words="",
        at=STARTED + timedelta(seconds=75),
        due=None,
        by=None,
        by_name=by_name,
        detail=detail,
        ref=None,
        text=None,
    )


def test_without_a_running_system_it_says_what_to_start_and_fails(tmp_path: Path) -> None:
    environment = {**os.environ, "CLOSELOOP_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "ops.demo"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "make run" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_step_is_shown_at_its_time_in_plain_english_and_without_colours_off_a_terminal() -> None:
    out = io.StringIO()
    screen = Screen(out, started=STARTED, labels=["Anna · straight"])
    screen.step("Anna · straight", _step("promise_warned", detail="50%"))
    assert out.getvalue() == "01:15  Anna · straight  | The callback promise is running out: 50%\n"


def test_a_step_tells_who_did_it_and_codes_as_words() -> None:
    ended = _step("attempt_ended", detail="no_answer", by_name="Анна Орлова")
    assert told(ended) == "The call ended: no answer (Анна Орлова)"


def test_the_id_of_a_review_is_no_part_of_a_script() -> None:
    assert key_of(_step("escalated", detail=str(UUID(int=7)))) == "escalated"
    assert key_of(_step("review_overdue", detail="2")) == "review_overdue 2"
