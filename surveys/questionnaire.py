"""From what a platform delivered to what it means: the one place where questions become contact requests and scores."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

from domain.words import Language
from surveys.mapping import Form, SourceName
from surveys.response import MAX_ANSWERS, MAX_ID, MAX_TEXT, Answer, Meaning, ResponseIn, Value

_NOWHERE = frozenset({"Factory", "localtime"})
"""Zones of a machine nobody has set up, and of whatever machine this runs on."""


@dataclass(frozen=True)
class Answered:
    """One question as delivered; it can be addressed by its id and, where the platform has them, its ref."""

    question_id: str
    text: str
    value: Value
    ref: str | None = None


@dataclass(frozen=True)
class Questionnaire:
    """One delivery, read but not yet understood; `beside` holds what is no question, by its address (`hidden:tz`)."""

    source: SourceName
    form: str
    external_id: str
    finished: bool
    submitted_at: datetime
    version: datetime
    answered: tuple[Answered, ...]
    event_id: str | None = None
    language: str | None = None
    beside: Mapping[str, Value] = field(default_factory=dict)


def understand(read: Questionnaire, form: Form, received_at: datetime) -> ResponseIn:
    """The response in our words. A value that makes no sense for its meaning is kept as an answer and means nothing."""
    found = _found(read, form)
    return ResponseIn.model_validate(_delivered(read, form, received_at) | _told(found) | _settled(found, read, form))


def _delivered(read: Questionnaire, form: Form, received_at: datetime) -> dict[str, object]:
    return {
        "source": read.source.value,
        "form": read.form,
        "external_id": read.external_id,
        "event_id": read.event_id,
        "finished": read.finished,
        "submitted_at": min(read.submitted_at, received_at),
        "version": read.version,
        "answers": _answers(read, form),
    }


def _told(found: Mapping[Meaning, Value]) -> dict[str, object]:
    """What the customer or the inviter told outright."""
    invited = clipped(found.get(Meaning.INVITED_EMAIL), MAX_ID)
    lines = (Meaning.PHONE, Meaning.EMAIL, Meaning.NAME, Meaning.ADDRESS_FORM, Meaning.CONSENT)
    return {
        **{line.value: clipped(found.get(line), MAX_ID) for line in lines},
        "invited_email": invited.lower() if invited else None,
        "customer_ref": _whole_id(found.get(Meaning.CUSTOMER_REF)),
        "nps": score(found.get(Meaning.NPS), 0, 10),
        "ces": score(found.get(Meaning.CES), 1, 7),
        "comment": clipped(found.get(Meaning.COMMENT), MAX_TEXT),
    }


def _settled(found: Mapping[Meaning, Value], read: Questionnaire, form: Form) -> dict[str, object]:
    """What the form settles where nothing is told."""
    return {
        "contact_requested": form.asks_for_contact(found.get(Meaning.CONTACT)),
        "language": language_of(clipped(found.get(Meaning.LANGUAGE), MAX_ID) or read.language, form.language),
        "zone": zone_of(clipped(found.get(Meaning.ZONE), MAX_ID)),
        "default_zone": form.zone,
        "product": clipped(found.get(Meaning.PRODUCT), MAX_ID) or form.product,
        "policy": form.policy,
    }


def clipped(value: Value, limit: int) -> str | None:
    """The value as text of at most `limit` characters; None for nothing, blanks, and a mere yes or no."""
    if value is None or isinstance(value, bool):
        return None
    text = " ".join(part for part in value if part) if isinstance(value, tuple) else str(value)
    return text.strip()[:limit].strip() or None


def score(value: Value, lowest: int, highest: int) -> int | None:
    """A whole number in the scale, also when a choice is labelled with it. 0 is a score; yes, no and 7.5 are none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value.strip()) <= 2:
        value = int(value)
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and lowest <= value <= highest else None


def language_of(tag: str | None, default: Language) -> Language:
    """The language we write in for a tag such as `en-GB`; the form's own for any that we do not write."""
    primary = (tag or "").replace("_", "-").split("-")[0].lower()
    return Language(primary) if primary in tuple(Language) else default


def zone_of(name: str | None) -> str | None:
    """The name if it is an IANA zone that somebody may live in; anything else tells nothing."""
    return name if name in _zones() else None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - _NOWHERE


def _whole_id(value: Value) -> str | None:
    """An id cut short would be another customer's."""
    text = clipped(value, MAX_ID + 1)
    return text if text and len(text) <= MAX_ID else None


def _found(read: Questionnaire, form: Form) -> dict[Meaning, Value]:
    by_address = dict(read.beside)
    for one in read.answered:
        by_address[one.question_id] = one.value
        if one.ref:
            by_address[one.ref] = one.value
    return {meaning: by_address.get(address) for meaning, address in form.fields.items()}


def _answers(read: Questionnaire, form: Form) -> tuple[Answer, ...]:
    meanings = {address.partition("#")[0]: meaning for meaning, address in form.fields.items()}
    return tuple(_answer(one, meanings, form) for one in read.answered[:MAX_ANSWERS])


def _answer(one: Answered, meanings: Mapping[str, Meaning], form: Form) -> Answer:
    question = form.questions.get(one.question_id) or form.questions.get(one.ref or "") or one.text
    return Answer(
        question_id=one.question_id,
        question_text=question[:MAX_TEXT],
        value=_bounded(one.value),
        meaning=meanings.get(one.question_id) or meanings.get(one.ref or ""),
    )


def _bounded(value: Value) -> Value:
    if isinstance(value, str):
        return value[:MAX_TEXT]
    if isinstance(value, tuple):
        return tuple(part[:MAX_TEXT] for part in value[:MAX_ANSWERS])
    return value
