"""Where real samples and descriptions of other makers lie, when they do: in a folder `shared` beside this project."""

from pathlib import Path

_BESIDE = Path(__file__).resolve().parents[2] / "shared"
PAYLOADS, SPECS = _BESIDE / "payloads", _BESIDE / "specs"
