"""`python -m tests.browser.screenshots [FOLDER]`: the README's pictures, of a real system with invented people."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page

from ops.bench.browser import chromium, launched
from ops.bench.scene import Scene, opened
from ops.bench.signing_in import SignedIn, signed_in
from tests.browser.pages import Looks, Scheme
from tests.browser.pages import opened as opened_browser
from tests.browser.pictured import REGULAR, Company, founded

IMAGES = Path(__file__).parents[2] / "docs" / "images"
LARGEST = 150_000
"""Bytes; what is more than that is kept as JPEG."""
QUALITY = 85
HEIGHT = 760


def main(folder: Path) -> int:
    """Take them. 1 where there is no browser."""
    found = chromium()
    if found is None:
        say("There is no Chromium or Chrome here, and none could be brought (make .venv/.browser says why).")
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with opened() as scene:
        company = founded(scene)
        with launched(found) as browser:
            for path in _taken(scene, company, browser, folder):
                say(f"{path}: {path.stat().st_size / 1000:.0f} kB")
    return 0


def say(line: str) -> None:
    """One line to the terminal, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _taken(scene: Scene, company: Company, browser: Browser, folder: Path) -> Iterator[Path]:
    camera = Camera(browser, folder)
    anna = signed_in(scene, company.people["Anna Orlova"])
    manager = signed_in(scene, company.people["Elin Strand"])
    yield camera.takes("desk-light", anna, "/desk")
    yield camera.takes("desk-dark", anna, "/desk", scheme=Scheme.DARK)
    yield camera.takes("case", anna, f"/desk/cases/{company.cases[REGULAR]}")
    yield camera.takes("board", manager, _board())
    yield camera.takes("board-trends", manager, _board(), beginning="Step by step")


def _board() -> str:
    """The newest 90 days of the history: it ends some days ago."""
    last = datetime.now(UTC).date() - timedelta(days=10)
    return f"/board?from={last - timedelta(days=90)}&to={last}"


@dataclass(frozen=True)
class Camera:
    """Takes what somebody sees in a window of the README's width."""

    browser: Browser
    folder: Path

    def takes(
        self, name: str, person: SignedIn, path: str, *, scheme: Scheme = Scheme.LIGHT, beginning: str | None = None
    ) -> Path:
        """The page at this path from its top, or from the heading `beginning`. AssertionError when it complains."""
        complaints = list[str]()
        with opened_browser(self.browser, Looks(scheme=scheme, height=HEIGHT), complaints) as context:
            context.add_cookies([{"name": person.cookie, "value": person.secret, "url": person.address}])
            page = context.new_page()
            with page.expect_response("**/events?*"):
                page.goto(f"{person.address}{path}", wait_until="load")
            if beginning:
                heading = page.get_by_role("heading", name=beginning, exact=True)
                heading.evaluate("heading => heading.scrollIntoView()")
            taken = _kept(page, self.folder / name)
        assert not complaints, complaints
        return taken


def _kept(page: Page, stem: Path) -> Path:
    """As PNG, or as JPEG where that is too large; the other kind goes away."""
    png, jpeg = stem.with_suffix(".png"), stem.with_suffix(".jpg")
    page.screenshot(path=png)
    if png.stat().st_size <= LARGEST:
        jpeg.unlink(missing_ok=True)
        return png
    png.unlink()
    page.screenshot(path=jpeg, type="jpeg", quality=QUALITY)
    return jpeg


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES))
