"""Times, durations and numbers as people of a language write them, in the company's zone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel import dates, numbers
from babel.units import format_unit

from domain.words import Language


class Formats:
    """How this page writes them; `now` is the moment it was made."""

    def __init__(self, language: Language, zone: str, now: datetime) -> None:
        self.locale, self.zone, self.now = language.value, ZoneInfo(zone), now

    def time(self, at: datetime) -> str:
        """14:05."""
        return dates.format_time(at, "HH:mm", tzinfo=self.zone, locale=self.locale)

    def day(self, at: datetime) -> str:
        """22 Nov, with its year unless it is this one."""
        local = at.astimezone(self.zone)
        pattern = "d MMM" if local.year == self.now.astimezone(self.zone).year else "d MMM y"
        return dates.format_date(local.date(), pattern, locale=self.locale)

    def day_and_time(self, at: datetime) -> str:
        """14:05 today, else with its day."""
        today = at.astimezone(self.zone).date() == self.now.astimezone(self.zone).date()
        return self.time(at) if today else f"{self.day(at)}, {self.time(at)}"

    def duration(self, length: timedelta) -> str:
        """Two units at most: 1 h 5 min, 3 days 4 h, 40 s."""
        rest = int(abs(length).total_seconds())
        parts: list[tuple[str, int]] = []
        for unit, seconds in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
            count, rest = divmod(rest, seconds)
            if count or parts or unit == "second":
                parts.append((unit, count))
        shown = [part for part in parts[:2] if part[1]] or parts[:1]
        if len(parts) > 1 and parts[0][0] == "minute":
            shown = parts[:1]
        return " ".join(self._unit(unit, count) for unit, count in shown)

    def left(self, due: datetime) -> str:
        """Time until then, with a minus when it has passed, as the page's clock shows it: 12:04, -1:05:00."""
        seconds = int((due - self.now).total_seconds())
        hours, rest = divmod(abs(seconds), 3600)
        clock = f"{rest // 60:02}:{rest % 60:02}"
        sign = "−" if seconds < 0 else ""
        return f"{sign}{hours}:{clock}" if hours else f"{sign}{clock}"

    def number(self, value: float) -> str:
        """12,345.6."""
        return numbers.format_decimal(value, locale=self.locale)

    def percent(self, share: float) -> str:
        """93.1 %, from 0.931."""
        return numbers.format_percent(share, "#,##0.#\u00a0%", locale=self.locale)

    def money(self, minor: int, currency: str) -> str:
        """An amount given in the currency's hundredth part."""
        return numbers.format_currency(minor / 100, currency, locale=self.locale)

    def _unit(self, unit: str, count: int) -> str:
        return format_unit(count, f"duration-{unit}", "short", locale=self.locale)
