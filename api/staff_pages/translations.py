"""Texts of the staff's pages: English in the source, Russian in one catalogue a room."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from domain.words import Language

LOCALE = Path(__file__).parent / "locale"


def N_(text: str) -> str:
    """Mark a text to be translated where it is shown."""
    return text


def _read(language: Language) -> NullTranslations:
    rooms = sorted((LOCALE / language).glob("*.po"))
    if not rooms:
        return NullTranslations()
    whole = Catalog(locale=language.value)
    for room in rooms:
        with room.open("rb") as file:
            for message in read_po(file, locale=language.value, abort_invalid=True):
                if message.id:
                    whole.add(message.id, message.string, context=message.context)
    compiled = BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return Translations(compiled)


CATALOGUES: Mapping[Language, NullTranslations] = MappingProxyType({one: _read(one) for one in Language})
"""What English says is what the source says."""


def said(language: Language, text: str) -> str:
    """A marked text in this language."""
    return CATALOGUES[language].gettext(text)
