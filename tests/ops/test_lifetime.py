"""A process of ours logs with the time, and ends with its last words and its code."""

import re
import subprocess
import sys
from pathlib import Path

from settings import child_environment

ROOT = Path(__file__).parents[2]


def _run(code: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, env=child_environment({}), capture_output=True, text=True, check=False)


def test_what_was_printed_is_kept_and_the_code_is_told() -> None:
    done = _run("from lifetime import leave\nprint('last words')\nleave(3)\nprint('never')")
    assert (done.returncode, done.stdout) == (3, "last words\n")


def test_a_line_of_the_log_tells_when_how_grave_and_who() -> None:
    says = "import logging\nfrom lifetime import begin\nfrom settings import load\n"
    done = _run(f"{says}begin(load())\nlogging.getLogger('worker').warning('stopped')")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} WARNING worker stopped\n", done.stderr), done.stderr


def test_what_is_loaded_by_then_is_not_looked_at_for_garbage_again_and_the_rest_is_as_ever() -> None:
    says = "import gc\nfrom lifetime import begin\nfrom settings import load\nusual = gc.get_threshold()\n"
    done = _run(
        f"{says}gc.set_threshold(1_000_000)\nbegin(load())\nprint(gc.get_freeze_count(), gc.get_threshold() == usual)"
    )
    frozen, as_ever = done.stdout.split()
    assert (int(frozen) > 10_000, as_ever) == (True, "True")


def test_launched_it_is_the_same_program() -> None:
    asked = ("ops.tokens", "--help")
    plain, launched = (
        subprocess.run(
            [sys.executable, "-m", *how, *asked], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        for how in ((), ("ops.launch",))
    )
    assert launched == plain
    assert "python -m ops.tokens" in launched
