"""Days and times as a form's fields have them: by the wall clock of a zone that the form names."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from api.staff_pages.translations import N_
from surveys.questionnaire import zone_of

NO_TIME = N_("Give a day and a time.")


class BadField(Exception):
    """Something in a form cannot be understood; `text` says what to do."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def instant(typed: str, zone: str) -> datetime:
    """The instant at which a clock there reads so. `BadField` when no clock ever does."""
    try:
        local = datetime.fromisoformat(typed)
    except ValueError:
        raise BadField(NO_TIME) from None
    if local.tzinfo or zone_of(zone) is None:
        raise BadField(NO_TIME)
    at = _at(local, ZoneInfo(zone))
    if at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:  # skipped when summer time begins
        raise BadField(NO_TIME)
    return at


def _at(local: datetime, zone: ZoneInfo) -> datetime:
    try:
        return local.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:  # before the first day of the calendar, or after its last
        raise BadField(NO_TIME) from None


def field(at: datetime, zone: str) -> str:
    """The same for the field's value."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"
