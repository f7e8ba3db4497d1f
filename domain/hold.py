"""What a customer who rings us hears: by the hour and season where they are, their language, and the occasion."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from domain.policy import Frozen
from domain.words import Language

LATE = "late"
"""The occasion of those we keep waiting already: we promised them a call, and did not make it."""
COMPANY = "{company}"
"""Stands in a text for the company's name; nothing else about anybody is said before it is known who rings."""


class Moment(StrEnum):
    """When something is said."""

    GREETING = "greeting"
    """First of all."""
    HOLD = "hold"
    """Before the first telephone rings."""
    SEARCH = "search"
    """Before others are rung as well."""
    CALL_BACK = "call_back"
    """Nobody was free, and a specialist is told to call them."""
    NOBODY = "nobody"
    """Nobody was free, and nobody is told."""
    TROUBLE = "trouble"
    """We cannot even look."""


class Part(StrEnum):
    """A part of the day, by the clock where the customer is."""

    NIGHT = "night"
    MORNING = "morning"
    DAY = "day"
    EVENING = "evening"


class Season(StrEnum):
    """By the months of the northern half of the world."""

    WINTER = "winter"
    SPRING = "spring"
    SUMMER = "summer"
    AUTUMN = "autumn"


_ENDS_OF_PARTS = ((5, Part.NIGHT), (12, Part.MORNING), (18, Part.DAY), (23, Part.EVENING))
_SEASONS = (Season.WINTER, Season.SPRING, Season.SUMMER, Season.AUTUMN)
MonthDay = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]


class Days(Frozen):
    """Days of every year, both ends included; over New Year when the last comes before the first."""

    first: MonthDay
    last: MonthDay

    def contain(self, at: datetime) -> bool:
        """Whether that day is one of them."""
        day = f"{at:%m-%d}"
        if self.first <= self.last:
            return self.first <= day <= self.last
        return day >= self.first or day <= self.last


class Text(Frozen):
    """One thing to say, and when it fits; what is left out always does."""

    say: Annotated[str, Field(min_length=1, max_length=400)]
    part: Part | None = None
    season: Season | None = None
    occasion: str | None = None

    @model_validator(mode="after")
    def _names_the_company_and_nothing_else(self) -> Self:
        if set("{}<>") & set(self.say.replace(COMPANY, "")):
            raise ValueError(f"a text is plain, with {COMPANY} at most")
        return self

    @property
    def conditions(self) -> int:
        """How much must be so for it to fit; an occasion goes before everything else."""
        return sum(one is not None for one in (self.part, self.season)) + 3 * (self.occasion is not None)


Texts = Mapping[Moment, tuple[Text, ...]]


class Ringing(Frozen):
    """What is known of whoever rings."""

    call: str
    """The call's id: the same call hears the same."""
    at: datetime
    """Aware, in the zone where they are."""
    language: Language
    late: bool = False


class HoldTexts(Frozen):
    """The whole table. Every moment has a text in every language that fits always."""

    occasions: dict[str, Days] = Field(default_factory=dict)
    ru: Texts
    en: Texts

    @model_validator(mode="after")
    def _never_a_dead_line(self) -> Self:
        for language in Language:
            for moment in Moment:
                if not any(text.conditions == 0 for text in self.of(language).get(moment, ())):
                    raise ValueError(f"[[{language}.{moment}]] needs a text without conditions")
        unknown = {text.occasion for text in self._all() if text.occasion} - {LATE, *self.occasions}
        if unknown:
            raise ValueError(f"no such occasion: {', '.join(sorted(unknown))}")
        return self

    def _all(self) -> Iterator[Text]:
        for language in Language:
            for texts in self.of(language).values():
                yield from texts

    def of(self, language: Language) -> Texts:
        """The texts of a language."""
        return {Language.RU: self.ru, Language.EN: self.en}[language]

    def say(self, moment: Moment, ringing: Ringing, *, company: str) -> str:
        """The text that fits best; among equals the call's id decides, so that a repeat says the same."""
        fitting = [text for text in self.of(ringing.language)[moment] if self._fits(text, ringing)]
        most = max(text.conditions for text in fitting)
        best = [text for text in fitting if text.conditions == most]
        chosen = int.from_bytes(sha256(f"{ringing.call}:{moment}".encode()).digest()[:8], "big") % len(best)
        return best[chosen].say.replace(COMPANY, company)

    def _fits(self, text: Text, ringing: Ringing) -> bool:
        return (
            text.part in (None, part_of(ringing.at))
            and text.season in (None, season_of(ringing.at))
            and (text.occasion is None or self._is(text.occasion, ringing))
        )

    def _is(self, occasion: str, ringing: Ringing) -> bool:
        return ringing.late if occasion == LATE else self.occasions[occasion].contain(ringing.at)


def part_of(at: datetime) -> Part:
    """Morning from 5, day from 12, evening from 18, night from 23."""
    return next((part for end, part in _ENDS_OF_PARTS if at.hour < end), Part.NIGHT)


def season_of(at: datetime) -> Season:
    """Winter from December, spring from March, and so on."""
    return _SEASONS[at.month % 12 // 3]


def texts_from(toml: str) -> HoldTexts:
    """The table as an operator writes it. ValueError, saying where, when it does not hold."""
    try:
        return HoldTexts.model_validate(tomllib.loads(toml))
    except tomllib.TOMLDecodeError as unread:
        raise ValueError(f"the texts are not TOML: {unread}") from None
    except ValidationError as refused:
        first = refused.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise ValueError(f"{where or 'the whole'}: {first['msg'].removeprefix('Value error, ')}") from None
