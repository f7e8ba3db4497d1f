"""Texts of the customer's pages: complete, and told in the right form."""

import hashlib
import re
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.pages import times
from api.pages.catalogue import WORDS
from api.pages.words import CONSENT_VERSION, Words
from domain.words import Language

TEMPLATES = "".join(path.read_text() for path in Path("api/pages").rglob("*.html"))
CODE = "".join(path.read_text() for path in Path("api/pages").glob("*.py") if not path.name.startswith("words"))
EVENING = datetime(2026, 11, 5, 18, 30, tzinfo=UTC)
RU, EN = Language.RU, Language.EN


def test_every_language_has_every_text() -> None:
    assert set(WORDS) == set(Language)
    assert [field.name for field in fields(Words) for words in WORDS.values() if not getattr(words, field.name)] == []


def test_texts_in_both_languages_are_filled_in_with_the_same() -> None:
    def gaps(language: Language, name: str) -> list[str]:
        return sorted(re.findall(r"\{\w*\}", str(getattr(WORDS[language], name))))

    assert [field.name for field in fields(Words) if gaps(RU, field.name) != gaps(EN, field.name)] == []


def test_no_text_is_left_over() -> None:
    shown_by_code = {f"{code}_{part}" for code in ("unknown", "busy", "ended", "wrong") for part in ("title", "text")}
    unused = [name for name in (field.name for field in fields(Words)) if f".{name}" not in TEMPLATES + CODE]
    assert set(unused) - shown_by_code == set()


def test_russian_pages_are_in_russian_and_english_ones_in_english() -> None:
    cyrillic = re.compile("[а-яё]", re.IGNORECASE)
    texts = {language: [str(getattr(WORDS[language], field.name)) for field in fields(Words)] for language in WORDS}
    assert [text for text in texts[RU] if not cyrillic.search(text)] == ["English"]
    assert [text for text in texts[EN] if cyrillic.search(text)] == ["Русский"]


def test_another_consent_text_needs_another_version() -> None:
    text = "|".join(WORDS[language].consent for language in sorted(WORDS))
    assert (CONSENT_VERSION, hashlib.sha256(text.encode()).hexdigest()[:16]) == ("2026-11", "1d76e3253d4c76aa")


@pytest.mark.parametrize(
    ("language", "zone", "at", "told"),
    [
        (RU, "Europe/Moscow", EVENING, "сегодня, 5 ноября, 21:30 — Москва, UTC+3"),
        (RU, "Asia/Yekaterinburg", EVENING, "сегодня, 5 ноября, 23:30 — Екатеринбург, UTC+5"),
        (RU, "Asia/Yekaterinburg", EVENING.replace(hour=19), "завтра, 6 ноября, 00:30 — Екатеринбург, UTC+5"),
        (EN, "Europe/Moscow", EVENING.replace(day=8), "Sunday, 8 November, 21:30 — Moscow, UTC+3"),
        (EN, "America/New_York", EVENING, "today, 5 November, 13:30 — New York, UTC−5"),
        (EN, "Asia/Kolkata", EVENING, "tomorrow, 6 November, 00:00 — Kolkata, UTC+5:30"),
        (EN, "Europe/London", EVENING, "today, 5 November, 18:30 — London, UTC"),
    ],
)
def test_days_and_times_are_told_as_people_say_them(language: Language, zone: str, at: datetime, told: str) -> None:
    now = EVENING.replace(hour=12) if "Kolkata" in zone else EVENING
    assert times.day_and_time(at, zone=zone, now=now, language=language) == told
