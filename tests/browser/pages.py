"""Pages as somebody sees them, everything a browser complains of, and what every page must hold."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from axe_playwright_python.base import (  # type: ignore[import-untyped]  # it has no py.typed
    AXE_SCRIPT,
    AxeResults,
)
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, WebError

PATIENCE = 10_000
"""Milliseconds that anything in a page may take."""
_EVERYTHING: Mapping[str, Sequence[str]] = {"resultTypes": ["violations"]}
_COLOURS: Mapping[str, Sequence[str]] = {**_EVERYTHING, "runOnly": ["color-contrast"]}
_TOLD_BY_RESPONSE = "Failed to load resource: the server responded with a status of "


class Scheme(StrEnum):
    """The colours that the device asks for."""

    LIGHT = "light"
    DARK = "dark"


class Scripts(StrEnum):
    """Whether the browser runs them."""

    RUN = "run"
    OFF = "off"


@dataclass(frozen=True)
class Looks:
    """Who looks at a page with what."""

    language: str = "en"
    scheme: Scheme = Scheme.LIGHT
    width: int = 1280
    height: int = 900
    scripts: Scripts = Scripts.RUN
    zone: str = "Europe/Moscow"

    @classmethod
    def phone(cls, language: str = "ru", scheme: Scheme = Scheme.LIGHT) -> Self:
        """The narrowest there is."""
        return cls(language=language, scheme=scheme, width=320, height=640)

    def without_scripts(self) -> Self:
        """The same with scripts turned off."""
        return replace(self, scripts=Scripts.OFF)

    def __str__(self) -> str:
        return f"{self.language}-{self.scheme}-{self.width}" + ("" if self.scripts is Scripts.RUN else "-no-scripts")


BOTH_WAYS = (Looks(), Looks.phone("ru", Scheme.DARK))
"""Two languages, widths and schemes; `accessible` looks by day and by night in any case."""


@contextmanager
def opened(browser: Browser, looks: Looks, complaints: list[str]) -> Iterator[BrowserContext]:
    """A browser of one person, with its own cookies; whatever goes wrong in its pages is added to `complaints`."""
    context = browser.new_context(
        locale=looks.language,
        timezone_id=looks.zone,
        color_scheme=looks.scheme.value,
        viewport={"width": looks.width, "height": looks.height},
        java_script_enabled=looks.scripts is Scripts.RUN,
        reduced_motion="reduce",
        service_workers="block",
    )
    context.set_default_timeout(PATIENCE)
    context.set_default_navigation_timeout(PATIENCE)
    _listen(context, complaints)
    try:
        yield context
    finally:
        context.close()


def _listen(context: BrowserContext, complaints: list[str]) -> None:
    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_TOLD_BY_RESPONSE):
            complaints.append(f"console: {message.text}")

    def raised(error: WebError) -> None:
        complaints.append(f"script: {error.error}")

    def answered(response: Response) -> None:
        # A whole page may well say 404 or 422 to a person; what a page is made of may not.
        if response.status >= 500 or (response.status >= 400 and response.request.resource_type != "document"):
            complaints.append(f"{response.status}: {response.request.method} {response.url}")

    context.on("console", said)
    context.on("weberror", raised)
    context.on("response", answered)


def accessible(page: Page) -> None:
    """Fail on everything that axe finds, by day and by night. The page must run scripts."""
    page.evaluate(AXE_SCRIPT)
    _find_nothing(page, _EVERYTHING)
    seen = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'")
    page.emulate_media(color_scheme="light" if seen == "dark" else "dark")
    _find_nothing(page, _COLOURS)
    page.emulate_media(color_scheme=seen)


def _find_nothing(page: Page, options: Mapping[str, Sequence[str]]) -> None:
    found = AxeResults(page.evaluate("options => axe.run(options)", options))
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"


def fits(page: Page) -> None:
    """Fail when the page can be scrolled sideways, or a hint in a field is cut off."""
    root = "document.documentElement"
    needed, given = page.evaluate(f"[{root}.scrollWidth, {root}.clientWidth]")
    assert needed <= given, f"{page.url} is {needed} pixels wide where there are {given}: {page.evaluate(_TOO_WIDE)}"

    cut_off = page.evaluate(_CUT_OFF)
    assert cut_off == [], f"{page.url}: these hints are longer than their fields: {cut_off}"


_CUT_OFF = """
[...document.querySelectorAll("input[placeholder], textarea[placeholder]")].filter((field) => {
  const typed = field.value;
  field.value = field.placeholder;
  const cut = field.scrollWidth > field.clientWidth;
  field.value = typed;
  return cut;
}).map((field) => field.placeholder)
"""
_TOO_WIDE = """
[...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((one) => one.outerHTML.slice(0, 80))
"""


def sound(page: Page) -> None:
    """Both."""
    fits(page)
    accessible(page)
