"""The colours of our stylesheets: text and the lines of controls can be told from what they stand on.

axe sees text on a plain ground only; a chosen score, whose text lies under an input that is not seen, it leaves out.
"""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.browser.contrast import CONTROLS, TEXT, contrast, schemes_of

API = Path(__file__).parents[2] / "api"
WELL = 7.0
"""Of the text that is read most (1.4.6)."""


class Pair(NamedTuple):
    """What stands on what."""

    ink: str
    ground: str
    least: float


SHARED = (
    Pair("text", "page", WELL),
    Pair("text", "card", WELL),
    Pair("text", "tint", WELL),
    Pair("text", "wrong-tint", WELL),
    Pair("quiet", "page", TEXT),
    Pair("quiet", "card", TEXT),
    Pair("quiet", "tint", TEXT),
    Pair("accent", "page", TEXT),
    Pair("accent", "card", TEXT),
    Pair("accent", "tint", TEXT),
    Pair("accent-strong", "page", TEXT),
    Pair("accent-strong", "card", TEXT),
    Pair("accent-strong", "tint", TEXT),
    Pair("on-accent", "accent", TEXT),
    Pair("on-accent", "accent-strong", TEXT),
    Pair("wrong", "card", TEXT),
    Pair("wrong", "tint", TEXT),
    Pair("wrong", "wrong-tint", TEXT),
    Pair("line", "page", CONTROLS),
    Pair("line", "card", CONTROLS),
    Pair("line", "tint", CONTROLS),
)
STAFF = (
    Pair("wrong", "page", TEXT),
    Pair("soon", "page", TEXT),
    Pair("soon", "card", TEXT),
    Pair("soon", "tint", TEXT),
    Pair("soon", "soon-tint", TEXT),
    Pair("text", "soon-tint", WELL),
    Pair("good", "page", TEXT),
    Pair("good", "card", TEXT),
    Pair("good", "tint", TEXT),
    Pair("good", "good-tint", TEXT),
)
SHEETS = {
    "customer": (API / "pages" / "static" / "customer.css", SHARED),
    "staff": (API / "staff_pages" / "static" / "staff.css", SHARED + STAFF),
}
each_sheet = pytest.mark.parametrize("sheet", SHEETS)


@each_sheet
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_pair_can_be_told_apart(sheet: str, scheme: str) -> None:
    path, pairs = SHEETS[sheet]
    colours: dict[str, str] = getattr(schemes_of(path), scheme)
    ratios = {pair: round(contrast(colours[pair.ink], colours[pair.ground]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < pair.least} == {}


@each_sheet
def test_every_colour_in_use_is_in_a_pair(sheet: str) -> None:
    path, pairs = SHEETS[sheet]
    inks = set(re.findall(r"[{;\s](?:color|border[\w-]*|outline):[^;]*var\(--([\w-]+)\)", _rules(path)))
    grounds = set(re.findall(r"background(?:-color)?:[^;]*var\(--([\w-]+)\)", _rules(path)))
    drawn = set(re.findall(r"[{;\s](?:fill|stroke):[^;]*var\(--([\w-]+)\)", _rules(path)))
    # Between two parts of a page a line is an ornament: nothing is lost without it.
    assert inks - {pair.ink for pair in pairs} - {"hair"} == set()
    assert drawn - {pair.ink for pair in pairs} - {"hair", "card"} == set()
    assert grounds - {pair.ground for pair in pairs} == set()


@each_sheet
def test_no_colour_stands_outside_the_tokens(sheet: str) -> None:
    values = " ".join(re.findall(r"[\w-]+\s*:([^;{}]+);", _rules(SHEETS[sheet][0])))
    named = r"(?<![\w-])(?:white|black|red|green|gr[ae]y)(?![\w-])"
    assert re.findall(rf"#[0-9a-fA-F]{{3,8}}\b|\b(?:rgb|hsl|oklch)a?\(|{named}", values) == []


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#777777", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#0b6b6a", "#0b6b6a", 1),
    ],
)
def test_contrast_is_counted_as_wcag_counts_it(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)


def _rules(tokens: Path) -> str:
    """Of all sheets beside this one, which alone holds the tokens; nothing is read on what dims the page."""
    sheets = "\n".join(path.read_text() for path in sorted(tokens.parent.glob("*.css")))
    return re.sub(r"(?::root|::backdrop)\s*\{[^}]*\}", "", sheets)
