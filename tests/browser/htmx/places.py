"""Where the maker's htmx is, once it is installed."""

from pathlib import Path

from tests.npm import Packages

PACKAGES = Packages("htmx", Path(__file__).parent)
THEIRS = PACKAGES.modules / "htmx.org" / "dist" / "htmx.min.js"
