"""Every text of the staff's pages is there in Russian, with the same placeholders; none is spare."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from api.staff_pages.translations import CATALOGUES, LOCALE
from domain.words import Language

ROOM = LOCALE.parent
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {"**/templates/**.html": {"trimmed": "true"}}
CATALOGUE_FILES = sorted((LOCALE / "ru").glob("*.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}")


def used() -> set[object]:
    found = extract_from_dir(ROOM, METHODS, OPTIONS, KEYWORDS)
    return {message for _, _, message, _, _ in found}


def messages(path: Path) -> Iterator[Message]:
    with path.open("rb") as file:
        yield from (message for message in read_po(file, locale="ru", abort_invalid=True) if message.id)


def translated() -> dict[object, Message]:
    return {message.id: message for path in CATALOGUE_FILES for message in messages(path)}


def test_every_text_is_translated() -> None:
    assert used() - translated().keys() == set()


def test_no_text_is_spare() -> None:
    assert translated().keys() - used() == set()


def test_no_text_is_translated_twice() -> None:
    counted = Counter(message.id for path in CATALOGUE_FILES for message in messages(path))
    assert [text for text, count in counted.items() if count > 1] == []


def faults(message: Message) -> Iterator[str]:
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    sources = message.id if isinstance(message.id, tuple | list) else (message.id,)
    if not all(forms) or len(forms) != (3 if len(sources) == 2 else 1):
        yield f"{message.id}: a form is missing"
    for form in forms:
        if Counter(PLACEHOLDER.findall(str(form))) != Counter(PLACEHOLDER.findall(sources[-1])):
            yield f"{message.id}: other placeholders in {form}"


def test_every_translation_is_whole() -> None:
    assert [fault for message in translated().values() for fault in faults(message)] == []


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (Message("Due %(day)s", "Срок"), "other placeholders"),
        (Message("Due", ""), "is missing"),
        (Message(("%(num)d day", "%(num)d days"), ("%(num)d день", "%(num)d дня")), "is missing"),
    ],
)
def test_a_translation_that_is_not_whole_is_found(message: Message, fault: str) -> None:
    assert fault in " ".join(faults(message))


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "1 обращение"), (2, "2 обращения"), (5, "5 обращений"), (21, "21 обращение"), (112, "112 обращений")],
)
def test_russian_counts_in_three_forms(count: int, said: str) -> None:
    told = CATALOGUES[Language.RU].ngettext("%(num)d case", "%(num)d cases", count)
    assert told % {"num": count} == said
