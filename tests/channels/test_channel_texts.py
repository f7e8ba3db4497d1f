"""Every message exists in both languages, asks for the same values, and reads as it should."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError

from channels.texts import moment, placeholders, render, templates
from domain.words import Language

LINK = "https://help.example/c/0123456789abcdef0123456789abcdef"
DUE = datetime(2026, 11, 22, 15, 40, tzinfo=ZoneInfo("Europe/Moscow"))
VALUES: dict[str, str | datetime] = {
    "customer": "Анна <Петровна>",
    "specialist": "Ирина",
    "company": "Ромашка",
    "case": "1042",
    "reason": "invalid",
    "link": LINK,
    "due": DUE,
    "at": DUE,
}
LETTERS = {
    "request_received",
    "tried_to_reach",
    "we_are_late",
    "callback_agreed",
    "number_needed",
    "under_review",
    "final_survey",
    "final_survey_reminder",
    "last_message",
}
EVERY = [(name, language) for language in Language for name in sorted(templates(language))]
ALERTS = [(name, language) for name, language in EVERY if name.startswith("alert_")]


def test_both_languages_have_the_same_messages() -> None:
    assert templates(Language.RU) == templates(Language.EN)
    assert templates(Language.RU) >= LETTERS


@pytest.mark.parametrize("name", sorted(templates(Language.RU)))
def test_both_languages_ask_for_the_same_values(name: str) -> None:
    assert placeholders(name, Language.RU) == placeholders(name, Language.EN)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_message_renders_whole(name: str, language: Language) -> None:
    text = render(name, language, **VALUES)
    assert text.subject
    assert "\n" not in text.subject
    assert text.text.strip()
    assert text.html.startswith("<!doctype html>")
    assert not re.search(r"{{|{%|\bNone\b", text.text + text.html + (text.sms or ""))


@pytest.mark.parametrize(("name", "language"), [(name, language) for name, language in EVERY if name in LETTERS])
def test_what_the_customer_is_called_is_escaped_in_html_alone(name: str, language: Language) -> None:
    text = render(name, language, **VALUES)
    assert "Анна <Петровна>" in text.text
    assert "Анна &lt;Петровна&gt;" in text.html
    assert "<Петровна>" not in text.html


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_an_sms_fits_three_parts(name: str, language: Language) -> None:
    sms = render(name, language, **VALUES).sms
    assert sms is None or (len(sms) <= 3 * 67 and "\n" not in sms)


@pytest.mark.parametrize(("name", "language"), ALERTS)
def test_alerts_ask_for_no_personal_data(name: str, language: Language) -> None:
    assert placeholders(name, language) <= {"case", "due"}


@pytest.mark.parametrize("language", list(Language))
def test_the_final_survey_offers_eleven_scores_beginning_with_0(language: Language) -> None:
    html = render("final_survey", language, **VALUES).html
    assert re.findall(r'href="[^"]*\?score=(\d+)"', html) == [str(score) for score in range(11)]
    assert f'href="{LINK}"' in html


def test_the_link_is_in_every_form_of_a_missed_call() -> None:
    text = render("tried_to_reach", Language.RU, **VALUES)
    assert all(LINK in form for form in (text.text, text.html, text.sms or ""))


@pytest.mark.parametrize(("name", "language"), [(name, language) for name, language in EVERY if name in LETTERS])
def test_a_message_with_a_button_asks_for_its_link(name: str, language: Language) -> None:
    text = render(name, language, **VALUES)
    assert ("link" in placeholders(name, language)) == (LINK in text.html)


def test_number_needed_is_not_for_sms_and_says_which_way_it_failed() -> None:
    invalid = render("number_needed", Language.EN, link=LINK, reason="invalid")
    no_overlap = render("number_needed", Language.EN, link=LINK, reason="no_overlap")
    assert invalid.sms is None
    assert "typing slip" in invalid.text
    assert "do not meet" in no_overlap.text


def test_a_letter_reads_well_to_nobody_from_nobody() -> None:
    text = render("request_received", Language.RU, due=DUE, link=LINK)
    assert text.text.startswith("Здравствуйте!\n\n")
    assert "специалист не позднее 22 ноября, 15:40 (по московскому времени)" in text.text
    assert text.text == text.text.strip() + "\n"


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("tried_to_reach", Language.EN)


def test_an_unknown_message_is_an_error() -> None:
    with pytest.raises(KeyError):
        render("letter", Language.EN)


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Europe/Moscow", "22 November, 15:40 (Moscow time)"),
        ("Asia/Yekaterinburg", "22 November, 17:40 (UTC+05:00)"),
        ("America/St_Johns", "22 November, 09:10 (UTC-03:30)"),
    ],
)
def test_a_moment_names_its_zone(zone: str, told: str) -> None:
    assert moment(DUE.astimezone(ZoneInfo(zone)), Language.EN) == told


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        moment(DUE.replace(tzinfo=None), Language.EN)


def test_rendered_texts_stay_out_of_logs() -> None:
    assert "Анна" not in repr(render("tried_to_reach", Language.RU, **VALUES))


def test_utc_is_told_as_such() -> None:
    assert moment(datetime(2026, 1, 2, 3, 4, tzinfo=UTC), Language.RU) == "2 января, 03:04 (UTC+00:00)"
