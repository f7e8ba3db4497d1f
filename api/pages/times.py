"""Days and times as the customer reads them, always with the zone they are told in."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from api.pages.catalogue import WORDS
from domain.words import Language

_RUSSIAN_CITIES = {
    "Kaliningrad": "Калининград",
    "Moscow": "Москва",
    "Samara": "Самара",
    "Saratov": "Саратов",
    "Volgograd": "Волгоград",
    "Yekaterinburg": "Екатеринбург",
    "Omsk": "Омск",
    "Novosibirsk": "Новосибирск",
    "Barnaul": "Барнаул",
    "Tomsk": "Томск",
    "Krasnoyarsk": "Красноярск",
    "Irkutsk": "Иркутск",
    "Chita": "Чита",
    "Yakutsk": "Якутск",
    "Vladivostok": "Владивосток",
    "Magadan": "Магадан",
    "Sakhalin": "Сахалин",
    "Kamchatka": "Камчатка",
    "Minsk": "Минск",
    "Almaty": "Алматы",
    "Qyzylorda": "Кызылорда",
}


def clock(at: datetime, zone: str) -> str:
    """The time of day, to the minute that has begun."""
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"


def day(of: date, today: date, language: Language) -> str:
    """The day with its nearness or weekday: «завтра, 6 ноября», "Friday, 7 November"."""
    words = WORDS[language]
    near = {today: words.today, today + timedelta(days=1): words.tomorrow}
    return f"{near.get(of, words.weekdays[of.weekday()])}, {of.day} {words.months[of.month - 1]}"


def day_and_time(at: datetime, *, zone: str, now: datetime, language: Language) -> str:
    """The day, the time and the place whose clock it is."""
    return f"{_day_of(at, zone, now, language)}, {clock(at, zone)} — {place(zone, at, language)}"


def deadline(at: datetime, *, zone: str, now: datetime, language: Language) -> str:
    """By when: «до 15:30 (сегодня, 5 ноября; Москва, UTC+3)»."""
    told = f"{_day_of(at, zone, now, language)}; {place(zone, at, language)}"
    return WORDS[language].call_by.format(time=clock(at, zone), day=told)


def place(zone: str, at: datetime, language: Language) -> str:
    """The zone's city and its distance from UTC at that instant: «Москва, UTC+3»."""
    city = zone.rpartition("/")[2]
    known = _RUSSIAN_CITIES.get(city) if language is Language.RU else None
    return f"{known or city.replace('_', ' ')}, {_offset(at.astimezone(ZoneInfo(zone)))}"


def _day_of(at: datetime, zone: str, now: datetime, language: Language) -> str:
    tz = ZoneInfo(zone)
    return day(at.astimezone(tz).date(), now.astimezone(tz).date(), language)


def _offset(local: datetime) -> str:
    minutes = round((local.replace(tzinfo=UTC) - local).total_seconds() / 60)
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}{f':{rest:02}' if rest else ''}"
