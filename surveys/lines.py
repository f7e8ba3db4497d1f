"""Texts of one line, such as names: what would break or reorder the text around them is taken out."""

import re
import unicodedata

_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def line(text: str) -> str:
    """The text as one line: breaks become a blank, marks that reorder their surroundings go; empty if none is seen.

    Everything else stays as it was typed: any script, joiners, combining marks, emoji.
    """
    one = _BREAKS.sub(" ", _REORDERING.sub("", text)).strip()
    return one if any(_is_seen(char) for char in one) else ""


def _is_seen(char: str) -> bool:
    return unicodedata.category(char)[0] not in "CZ"
