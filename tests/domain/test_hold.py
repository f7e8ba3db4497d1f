"""What a customer who rings us hears: there always is a text, and it is the one that fits."""

from datetime import UTC, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from channels.hold_texts import BUILT_IN, read
from domain.hold import LATE, Moment, Part, Ringing, Season, part_of, season_of, texts_from
from domain.words import Language

MOSCOW = ZoneInfo("Europe/Moscow")
TABLE = read()
HOURS = (0, 3, 5, 9, 12, 15, 18, 21, 23)
DAYS = ((1, 3), (2, 14), (3, 8), (5, 9), (7, 15), (10, 1), (12, 31))
SMALLEST = "\n".join(f'[[{language}.{moment}]]\nsay = "{moment}"' for language in Language for moment in Moment)


def ringing(*, month: int = 10, day: int = 1, hour: int = 15, call: str = "CA1", **known: object) -> Ringing:
    at = datetime(2026, month, day, hour, tzinfo=MOSCOW)
    return Ringing.model_validate({"call": call, "at": at, "language": Language.RU, **known})


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("moment", Moment)
def test_every_hour_day_and_occasion_has_a_text(moment: Moment, language: Language) -> None:
    for (month, day), hour, late in product(DAYS, HOURS, (False, True)):
        who = ringing(month=month, day=day, hour=hour, language=language, late=late)
        said = TABLE.say(moment, who, company="Ромашка")
        assert said.strip()
        assert not set("{}<>&") & set(said)


@pytest.mark.parametrize("language", Language)
def test_every_greeting_names_the_company(language: Language) -> None:
    for (month, day), hour in product(DAYS, HOURS):
        who = ringing(month=month, day=day, hour=hour, language=language)
        assert "Ромашка" in TABLE.say(Moment.GREETING, who, company="Ромашка")


def test_the_hour_is_the_customers() -> None:
    at = datetime(2026, 10, 1, 6, tzinfo=UTC)  # 16:00 in Vladivostok
    zones = (UTC, ZoneInfo("Asia/Vladivostok"))
    here, there = (ringing().model_copy(update={"at": at.astimezone(zone)}) for zone in zones)
    assert "утро" in TABLE.say(Moment.GREETING, here, company="X")
    assert "день" in TABLE.say(Moment.GREETING, there, company="X")


def test_the_season_counts() -> None:
    texts = {TABLE.say(Moment.HOLD, ringing(month=month), company="X") for month in (1, 7)}
    assert len(texts) == 2


def test_new_year_goes_before_the_hour_and_our_lateness_before_nothing_else() -> None:
    assert "Новым годом" in TABLE.say(Moment.GREETING, ringing(month=1, day=2), company="X")
    assert "Новым годом" not in TABLE.say(Moment.GREETING, ringing(month=1, day=9), company="X")
    assert "Извините" in TABLE.say(Moment.HOLD, ringing(late=True), company="X")
    assert "Извините" not in TABLE.say(Moment.HOLD, ringing(), company="X")


def test_one_call_hears_the_same_again_and_others_may_hear_otherwise() -> None:
    def said(call: str) -> str:
        return TABLE.say(Moment.HOLD, ringing(call=call), company="X")

    assert said("CA1") == said("CA1")
    assert len({said(f"CA{number}") for number in range(50)}) > 1


@pytest.mark.parametrize(
    ("hour", "part"),
    [
        (0, Part.NIGHT),
        (4, Part.NIGHT),
        (5, Part.MORNING),
        (11, Part.MORNING),
        (12, Part.DAY),
        (18, Part.EVENING),
        (22, Part.EVENING),
        (23, Part.NIGHT),
    ],
)
def test_parts_of_the_day(hour: int, part: Part) -> None:
    assert part_of(datetime(2026, 1, 1, hour, tzinfo=MOSCOW)) is part


def test_seasons() -> None:
    found = [season_of(datetime(2026, month, 1, tzinfo=MOSCOW)) for month in range(1, 13)]
    seasons = [Season.WINTER] * 2 + [Season.SPRING] * 3 + [Season.SUMMER] * 3 + [Season.AUTUMN] * 3 + [Season.WINTER]
    assert found == seasons


def test_the_built_in_table_knows_every_way_to_vary() -> None:
    text = BUILT_IN.read_text()
    assert all(f'"{word}"' in text for word in (*Part, LATE, "new_year", "winter", "summer"))


def test_the_smallest_table_is_enough() -> None:
    assert texts_from(SMALLEST).say(Moment.HOLD, ringing(), company="X") == "hold"


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("[[ru.hold", "not TOML"),
        (SMALLEST.replace('"trouble"', '"x"\npart = "day"', 1), "needs a text without conditions"),
        (SMALLEST + '\n[[ru.hold]]\nsay = "x"\noccasion = "easter"', "no such occasion: easter"),
        (SMALLEST + '\n[[ru.hold]]\nsay = "Hello {name}"', "a text is plain"),
        (SMALLEST + '\n[[ru.hold]]\nsay = "x"\npart = "noon"', "ru.hold.1.part"),
        (SMALLEST + '\n[[ru.holding]]\nsay = "x"', "ru.holding"),
        (SMALLEST + '\n[occasions]\nmay = { first = "13-01", last = "05-02" }', "occasions.may.first"),
        (SMALLEST + '\n[[ru.hold]]\nsay = "' + "x" * 401 + '"', "ru.hold.1.say"),
    ],
)
def test_a_table_that_does_not_hold_says_where(broken: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        texts_from(broken)
