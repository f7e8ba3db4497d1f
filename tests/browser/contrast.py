"""Whether colours can be told apart, as WCAG 2.2 counts it."""

import re
from pathlib import Path
from typing import NamedTuple

TEXT, CONTROLS = 4.5, 3.0
"""The least for text (1.4.3) and for the lines of controls and the focus (1.4.11)."""
_BLOCK = re.compile(r":root\s*\{([^}]*)\}")
_TOKEN = re.compile(r"--([\w-]+):\s*(#[0-9a-fA-F]{6})\s*;")


class Schemes(NamedTuple):
    """The colours of a stylesheet by name; what dark leaves out is as in light."""

    light: dict[str, str]
    dark: dict[str, str]


def schemes_of(stylesheet: Path) -> Schemes:
    """From its two `:root` blocks, the first light, the second dark. ValueError when there are not two."""
    light, dark = (dict(_TOKEN.findall(block)) for block in _BLOCK.findall(stylesheet.read_text()))
    return Schemes(light, light | dark)


def contrast(one: str, other: str) -> float:
    """From 1, the same, to 21, black and white; both as #rrggbb."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
