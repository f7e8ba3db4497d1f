"""How many segments each SMS takes, with a real link, a long name of the company and the longest of dates."""

import math
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from channels.texts import render, templates
from db import links
from db.links import LinkKind
from domain.letters import LETTERS, By
from domain.words import Language

RU, EN = Language.RU, Language.EN
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE = frozenset("^{}\\[~]|€\f")
"""Written with an escape before each."""
PUBLIC_URL = "https://care.romashka.example"
TOKEN = "AbCdEfGhIjKlMnOpQrStUv"
LONGEST = datetime(2026, 9, 24, 12, 30, tzinfo=ZoneInfo("Asia/Yekaterinburg"))
COMPANY = {RU: "Ромашка Медиа", EN: "Romashka Media"}
SEGMENTS = {
    "request_received": {RU: 2, EN: 1},
    "we_are_late": {RU: 2, EN: 1},
    "tried_to_reach": {RU: 2, EN: 1},
    "callback_agreed": {RU: 2, EN: 1},
    "under_review": {RU: 2, EN: 1},
    "final_survey": {RU: 2, EN: 1},
    "final_survey_reminder": {RU: 2, EN: 1},
    "last_message": {RU: 2, EN: 1},
}
MOST = 2


def segments(text: str) -> int:
    """As carriers count: 160 letters of the GSM alphabet, or 70 of any other; less when there are several."""
    if set(text) <= GSM | GSM_TWICE:
        length, alone, each = len(text) + sum(letter in GSM_TWICE for letter in text), 160, 153
    else:
        length, alone, each = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= alone else math.ceil(length / each)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("я" * 70, 1),
        ("я" * 71, 2),
        ("я" * 134, 2),
        ("я" * 135, 3),
        ("a" * 70 + "—", 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_segments_are_counted_as_carriers_do(text: str, count: int) -> None:
    assert segments(text) == count


def sms_of(template: str, language: Language) -> str | None:
    link = f"{PUBLIC_URL}{links.path(LETTERS[template].link, TOKEN)}"
    values = {"link": link, "company": COMPANY[language], "reason": "invalid"}
    return render(template, language, due=LONGEST, at=LONGEST, **values).sms


def test_the_link_is_as_long_as_ours() -> None:
    assert len(links._token(b"secret", UUID(int=1))) == len(TOKEN)
    assert {links.path(kind, TOKEN) for kind in LinkKind} == {f"/s/{TOKEN}", f"/c/{TOKEN}"}


def test_every_letter_has_its_rules() -> None:
    letters = {name for name in templates(RU) if not name.startswith("alert_")}
    assert set(LETTERS) == letters
    assert set(SEGMENTS) == {name for name in letters if sms_of(name, RU)}
    assert {LETTERS[name].by for name in letters - set(SEGMENTS)} == {By.MAIL_ONLY}


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("template", SEGMENTS)
def test_an_sms_takes_so_many_segments(template: str, language: Language) -> None:
    sms = sms_of(template, language)
    assert sms is not None
    assert segments(sms) == SEGMENTS[template][language], f"{len(sms)} letters: {sms}"
    assert segments(sms) <= MOST
