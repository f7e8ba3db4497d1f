"""Time zones by the names of their places, and those of the countries we ring to choose from."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from babel.core import get_global
from babel.dates import get_timezone_location

from api.pages import times
from domain.words import Language
from surveys.questionnaire import zone_of


def place(zone: str, language: Language, at: datetime) -> str:
    """The zone's city and its distance from UTC at that instant: Омск, UTC+6."""
    city = get_timezone_location(zone, locale=language.value, return_city=True)
    distance = times.place(zone, at, language).rpartition(", ")[2]
    return f"{city}, {distance}"


def zones(countries: Sequence[str], language: Language, at: datetime) -> list[tuple[str, str]]:
    """Each with its place, from west to east."""
    clocks = {zone: at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for zone in _zones(tuple(countries))}
    return [(zone, place(zone, language, at)) for zone in sorted(clocks, key=lambda zone: (clocks[zone], zone))]


@cache
def _zones(countries: tuple[str, ...]) -> frozenset[str]:
    territories = get_global("zone_territories")
    return frozenset(zone for zone, country in territories.items() if country in countries and zone_of(zone))
