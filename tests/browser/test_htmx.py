"""The one file of others that we serve is its maker's, byte for byte."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.browser.htmx.places import PACKAGES, THEIRS
from tests.left_out import left_out

OURS = Path(__file__).parents[2] / "api" / "staff_pages" / "static" / "htmx.min.js"
VERSION, SHA256 = "4.0.1", "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"


def test_it_is_the_version_we_looked_at() -> None:
    assert hashlib.sha256(OURS.read_bytes()).hexdigest() == SHA256


def test_the_lock_names_the_same_version() -> None:
    lock = json.loads((PACKAGES.pins / "package-lock.json").read_text())
    assert lock["packages"]["node_modules/htmx.org"]["version"] == VERSION


def test_it_is_npms() -> None:
    """Whose package is checked against the SHA-512 in the lock when it is installed."""
    if not PACKAGES.stamp.exists():
        left_out("npm's htmx is not installed (no way to npm's registry?): make .venv/.htmx")
    assert OURS.read_bytes() == THEIRS.read_bytes()


@pytest.mark.parametrize(
    "lock", sorted(Path(__file__).parents[1].rglob("package-lock.json")), ids=lambda path: path.parent.name
)
def test_locks_name_no_registry_and_hold_every_hash(lock: Path) -> None:
    packages = {name: one for name, one in json.loads(lock.read_text())["packages"].items() if name}
    assert [name for name, one in packages.items() if not one.get("integrity", "").startswith("sha512-")] == []
    assert "resolved" not in lock.read_text()
    assert "://" not in "".join(str({**one, "funding": ""}) for one in packages.values())
