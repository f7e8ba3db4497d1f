"""The texts of messages to customers and alerts to staff, rendered from channels/templates."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.meta import find_undeclared_variables
from pydantic import Field

from channels.protocols import Outward
from domain.words import Language

_ROOM = Path(__file__).parent / "templates"
_ALERT = "alert_"
_OPTIONAL: Mapping[str, str] = {"customer": "", "specialist": "", "company": "", "picture": ""}
"""May be left out: a letter greets, signs and reads well without them."""
_BLOCKS = ("subject", "preheader", "sms", "body", "button", "scores")
_FRAME = ("greeting", "farewell", "why")
_SHOWN = "https://"
"""How the address of a picture begins that mail clients show."""

_PLAIN = Environment(
    loader=FileSystemLoader(_ROOM),
    undefined=StrictUndefined,
    autoescape=False,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)
_HTML = Environment(loader=FileSystemLoader(_ROOM), undefined=StrictUndefined, autoescape=True, auto_reload=False)


class Words(Outward):
    """How a language tells dates; zones by their abbreviation, where people know it by a name."""

    whisper: str
    months: tuple[str, ...]
    zones: dict[str, str]
    brief: str
    """Date and time where each letter counts, for `strftime`; the zone follows it."""
    brief_zones: dict[str, str]


class Moment(str):
    """A date and a time as letters tell them; `brief` is for an SMS, which has few letters."""

    brief: str


class Text(Outward):
    """One message in all its forms; `sms` is None where the message is not meant for SMS."""

    subject: str = Field(repr=False)
    text: str = Field(repr=False)
    html: str = Field(repr=False)
    sms: str | None = Field(default=None, repr=False)


def render(template: str, language: Language, **values: str | datetime) -> Text:
    """The message of this name (`alert_…` for staff) in this language.

    Times must be aware and already in the reader's zone. `customer` (as they like to be addressed), `specialist`, the
    `picture` of that specialist (an https address, else it is left out) and `company` need not be there; any other
    missing value raises `jinja2.UndefinedError`, an unknown name `KeyError`.
    """
    if template not in templates(language):
        raise KeyError(template)
    shown = {**_OPTIONAL, **{name: _shown(value, language) for name, value in values.items()}}
    if template.startswith(_ALERT):
        return _alert(template.removeprefix(_ALERT), language, shown)
    return _letter(template, language, shown)


def whisper(language: Language, *, name: str | None, product: str | None) -> str:
    """Said to the specialist before they press 1: who, and about what."""
    return _line(_words(language).whisper).render(name=name, product=product)


@cache
def templates(language: Language) -> frozenset[str]:
    """The names of all messages in this language."""
    letters = {path.stem for path in (_ROOM / language).glob("*.txt")} - {"letter"}
    return frozenset(letters | {_ALERT + kind for kind in _alerts(language)})


def placeholders(template: str, language: Language) -> frozenset[str]:
    """The values a message uses."""
    if template.startswith(_ALERT):
        return _used_in(" ".join(_alerts(language)[template.removeprefix(_ALERT)].values()))
    has_button = "button" in _PLAIN.get_template(f"{language}/{template}.txt").blocks
    used = _used_in((_ROOM / language / f"{template}.txt").read_text())
    return used | {"link"} if has_button else used


def _used_in(source: str) -> frozenset[str]:
    return frozenset(find_undeclared_variables(_PLAIN.parse(source)))


def moment(at: datetime, language: Language) -> Moment:
    """A date and a time for people, with the zone that `at` is in."""
    if at.tzinfo is None:
        raise ValueError("a time without its zone cannot be told to anybody")
    words = _words(language)
    zone = words.zones.get(at.tzname() or "", f"UTC{at.isoformat()[-6:]}")
    told = Moment(f"{at.day} {words.months[at.month - 1]}, {at:%H:%M} ({zone})")
    told.brief = f"{at.strftime(words.brief)} {words.brief_zones.get(at.tzname() or '', _offset(at))}"
    return told


def _offset(at: datetime) -> str:
    """As UTC+5, or UTC+5:30."""
    sign, hours, minutes = (found := at.strftime("%z"))[0], int(found[1:3]), found[3:5]
    return f"UTC{sign}{hours}" + (f":{minutes}" if minutes != "00" else "")


@cache
def _words(language: Language) -> Words:
    return Words.model_validate(tomllib.loads((_ROOM / language / "words.toml").read_text()))


def _shown(value: str | datetime, language: Language) -> str:
    return moment(value, language) if isinstance(value, datetime) else value


@cache
def _line(source: str) -> Template:
    """Compiled once: that takes longer than all the rest of an alert."""
    return _PLAIN.from_string(source)


@cache
def _alerts(language: Language) -> dict[str, dict[str, str]]:
    return tomllib.loads((_ROOM / language / "alerts.toml").read_text())


def _alert(kind: str, language: Language, values: Mapping[str, str]) -> Text:
    parts = {name: _line(part).render(values) for name, part in _alerts(language)[kind].items()}
    html = _page(language, subject=parts["title"], body=parts["text"])
    return Text(subject=parts["title"], text=parts["text"], html=html)


def _letter(template: str, language: Language, values: Mapping[str, str]) -> Text:
    letter, frame = _PLAIN.get_template(f"{language}/{template}.txt"), _PLAIN.get_template(f"{language}/letter.txt")
    parts = {name: _block(letter, name, values) for name in _BLOCKS}
    parts |= {name: _block(frame, name, values) for name in _FRAME}
    link = values.get("link", "")
    html = _page(language, link=link, specialist=values["specialist"], picture=_picture(values), **parts)
    call_to_action = f"{parts['button']}: {link}" if parts["button"] else ""
    paragraphs = (parts["greeting"], parts["body"], call_to_action, parts["farewell"])
    text = "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
    return Text(subject=parts["subject"], text=text + "\n", html=html, sms=" ".join(parts["sms"].split()) or None)


def _page(language: Language, **parts: str) -> str:
    """The one look of all letters; a part that is not given is not there."""
    nothing = dict.fromkeys((*_BLOCKS, *_FRAME, "link", "specialist", "picture"), "")
    return _HTML.get_template("layout.html").render(nothing | parts, language=language)


def _picture(values: Mapping[str, str]) -> str:
    """A face without a name says nothing."""
    return values["picture"] if values["specialist"] and values["picture"].startswith(_SHOWN) else ""


def _block(template: Template, name: str, values: Mapping[str, str]) -> str:
    block = template.blocks.get(name)
    return "".join(block(template.new_context(dict(values)))).strip() if block else ""
