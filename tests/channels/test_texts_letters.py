"""Every letter as a mail client gets it: well-formed, light, readable in the dark, with nothing fetched but a face."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from channels.texts import render, templates
from domain.words import Language

LINK = "https://help.example/c/0123456789abcdefghijkl"
PICTURE = "https://cdn.example/irina.jpg?w=96&h=96"
AT = datetime(2026, 11, 22, 15, 40, tzinfo=ZoneInfo("Europe/Moscow"))
ALWAYS: dict[str, str | datetime] = {"link": LINK, "due": AT, "at": AT, "reason": "invalid", "company": "Ромашка"}
NAMED: dict[str, str | datetime] = {
    "customer": "Анна Петровна",
    "specialist": 'Ирина "Рина" Белова',
    "picture": PICTURE,
}
LETTERS = [
    (name, language) for language in Language for name in sorted(templates(language)) if not name.startswith("alert_")
]
VOID = {"meta", "br", "img"}
VALID = {"class", "style", "role", "href", "src", "alt", "width", "height", "lang", "charset", "name", "content"}
"""The attributes we use; HTML knows each of them where it stands, unlike align, bgcolor or cellpadding."""
ACROSS = 44
"""Pixels that a finger needs."""


@dataclass
class Tag:
    """An element, with the text directly in it."""

    name: str
    attributes: dict[str, str]
    text: str = ""

    @property
    def style(self) -> dict[str, str]:
        """Its inline style."""
        pairs = (part.partition(":") for part in self.attributes.get("style", "").split(";") if part)
        return {name.strip(): value.strip() for name, _, value in pairs}

    @property
    def classes(self) -> set[str]:
        """Its classes."""
        return set(self.attributes.get("class", "").split())


@dataclass
class Letter(HTMLParser):
    """A letter's HTML, read strictly."""

    html: str
    tags: list[Tag] = field(default_factory=list)
    open: list[Tag] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)
        self.close()
        self.wrong += [f"never closed: {tag.name}" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it, and what is wrong with it."""
        names = [name for name, _ in attrs]
        self.wrong += [f"{tag} with {name}" for name in names if name not in VALID or names.count(name) > 1]
        found = Tag(tag, {name: value or "" for name, value in attrs})
        self.tags.append(found)
        if tag not in VOID:
            self.open.append(found)

    def handle_endtag(self, tag: str) -> None:
        """It has to be the last one opened."""
        if not self.open or self.open.pop().name != tag:
            self.wrong.append(f"closed out of turn: {tag}")

    def handle_data(self, data: str) -> None:
        """Belongs to the innermost element."""
        if self.open:
            self.open[-1].text += data

    def all(self, *names: str) -> list[Tag]:
        """The elements of these names, in order."""
        return [tag for tag in self.tags if tag.name in names]

    def of_class(self, name: str) -> list[Tag]:
        """The elements of this class."""
        return [tag for tag in self.tags if name in tag.classes]


def letter(name: str, language: Language, **values: str | datetime) -> Letter:
    return Letter(render(name, language, **{**ALWAYS, **values}).html)


@pytest.mark.parametrize(("name", "language"), LETTERS)
@pytest.mark.parametrize("values", [NAMED, {}], ids=["to somebody", "to nobody"])
def test_a_letter_is_well_formed(name: str, language: Language, values: dict[str, str | datetime]) -> None:
    read = letter(name, language, **values)
    assert read.wrong == []
    assert [tag.attributes.get("lang") for tag in read.all("html")] == [language.value]
    assert [len(read.all(one)) for one in ("title", "h1", "body")] == [1, 1, 1]
    assert all(tag.attributes.get("role") == "presentation" for tag in read.all("table"))
    assert len(read.html.encode()) < 100_000


@pytest.mark.parametrize(("name", "language"), LETTERS)
def test_nothing_is_fetched_but_the_specialists_picture(name: str, language: Language) -> None:
    html = letter(name, language, **NAMED).html
    assert re.findall(r'\bsrc="([^"]*)"', html) == [PICTURE.replace("&", "&amp;")]
    assert not re.search(r"<(link|script|iframe|form|base)\b|@import|@font-face|url\(", html)
    assert {link.split("?")[0] for link in re.findall(r'href="([^"]*)"', html)} <= {LINK}


@pytest.mark.parametrize(("name", "language"), LETTERS)
def test_the_specialist_has_a_face_and_a_name(name: str, language: Language) -> None:
    (face,) = letter(name, language, **NAMED).all("img")
    assert (face.attributes["src"], face.attributes["alt"]) == (PICTURE, NAMED["specialist"])
    assert (face.attributes["width"], face.attributes["height"], face.style["border-radius"]) == ("48", "48", "24px")


@pytest.mark.parametrize(
    "values",
    [
        {"specialist": "Ирина"},
        {"picture": PICTURE},
        {"specialist": "Ирина", "picture": ""},
        {"specialist": "Ирина", "picture": "http://cdn.example/irina.jpg"},
        {"specialist": "Ирина", "picture": "javascript:alert(1)"},
        {"specialist": "Ирина", "picture": "/pictures/irina.jpg"},
    ],
)
def test_without_a_face_that_can_be_shown_there_is_none(values: dict[str, str | datetime]) -> None:
    read = letter("tried_to_reach", Language.RU, **values)
    assert read.all("img") == []
    assert read.wrong == []


@pytest.mark.parametrize(("name", "language"), LETTERS)
def test_an_inbox_shows_a_line_of_its_own_beside_the_subject(name: str, language: Language) -> None:
    text = render(name, language, **ALWAYS, **NAMED)
    hidden = Letter(text.html).all("div")[0]
    shown = hidden.text.replace("\u034f\u200c\u00a0", "").strip()
    assert hidden.style["display"] == "none"
    assert 10 < len(shown) < 110
    assert shown.endswith(".")
    assert shown not in (text.subject, text.text)


@pytest.mark.parametrize(("name", "language"), LETTERS)
def test_a_letter_is_600_pixels_wide_at_most_and_a_finger_fits_its_links(name: str, language: Language) -> None:
    read = letter(name, language, **NAMED)
    assert [tag.style["max-width"] for tag in read.all("table") if "max-width" in tag.style] == ["600px"]
    for link in read.all("a"):
        assert _height(link) >= ACROSS
        assert _pixels(link.style.get("width", "44px")) + 2 >= ACROSS


def _height(link: Tag) -> int:
    padding = _pixels(link.style.get("padding", "0").split()[0])
    border = _pixels(link.style.get("border", "0").split()[0])
    return _pixels(link.style["line-height"]) + 2 * (padding + border)


def _pixels(length: str) -> int:
    return int(length.removesuffix("px"))


def test_the_scores_fit_a_narrow_telephone_in_two_rows_and_a_desk_in_one() -> None:
    read = letter("final_survey", Language.RU)
    across = _pixels(read.of_class("score")[0].style["width"]) + 2 + 4
    assert 6 * across <= 320 - 2 * 16
    assert 11 * across <= 600 - 2 * (28 + 1)


DARK_PAGE, DARK_CARD = "#16181c", "#202329"


@pytest.mark.parametrize(("name", "language"), LETTERS)
def test_a_letter_can_be_read_by_day_and_in_the_dark(name: str, language: Language) -> None:
    read = letter(name, language, **NAMED)
    (style,) = read.all("style")
    dark = dict(re.findall(r"\.(\w+) \{ [^}]*?(?<!-)color: (#\w{6}) !important", style.text))
    assert {
        tag.attributes["content"] for tag in read.all("meta") if "color-scheme" in tag.attributes.get("name", "")
    } == {"light dark"}
    for tag in (one for one in read.tags if "color" in one.style):
        ground = tag.style.get("background-color", "#ffffff")
        assert _contrast(tag.style["color"], ground) >= 4.5, tag
        (told,) = tag.classes & set(dark)
        assert _contrast(dark[told], "#8ab4ff" if told == "button" else DARK_CARD) >= 4.5, tag
    assert DARK_PAGE in style.text


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("name", "language"), LETTERS)
@pytest.mark.parametrize("values", [NAMED, {}], ids=["to somebody", "to nobody"])
def test_a_letters_plain_text_reads_well(name: str, language: Language, values: dict[str, str | datetime]) -> None:
    text = render(name, language, **{**ALWAYS, **values}).text
    assert not re.search(r"<\w|&\w+;|\n{3}| {2}| \n| [.,:!?]|[.,]{2}|\(\)", text), text
    assert not re.search(r"(?<![.!?»]) Вы\b|(?<![.!?»]) Вам\b|(?<![.!?»]) Вас\b", text.replace("\n", ". "))
    assert text.endswith("Ромашка\n")


@pytest.mark.parametrize(("name", "language"), LETTERS)
def test_a_letter_says_why_it_came_and_how_to_end_it(name: str, language: Language) -> None:
    html = letter(name, language).html
    assert ("потому что вы просили" if language is Language.RU else "because you asked") in html
    if name in {"request_received", "tried_to_reach", "we_are_late", "callback_agreed"}:
        assert ("отказаться от звонка" if language is Language.RU else "cancel the call") in html


def test_without_a_promise_a_received_request_names_no_time() -> None:
    text = render("request_received", Language.RU, **{**ALWAYS, "due": ""}).text
    assert "Вам позвонит специалист.\n" in text
    assert "позднее" not in text
