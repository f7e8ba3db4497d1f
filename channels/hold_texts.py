"""What a customer who rings us hears, from the built-in table or the operator's."""

from pathlib import Path

from domain.hold import HoldTexts, texts_from

BUILT_IN = Path(__file__).parent / "templates" / "hold.toml"


def read(file: Path | None = None) -> HoldTexts:
    """The table of this file; the built-in one without a file. OSError or ValueError when it cannot be used."""
    return texts_from((file or BUILT_IN).read_text(encoding="utf-8"))
