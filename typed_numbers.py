"""Telephone numbers as people type them, read by where this installation is and whom it may call."""

from domain.phone import Phone, PhoneRefused, normalize
from settings import Settings


def phone_of(typed: str | None, settings: Settings) -> Phone | PhoneRefused:
    """The number that was typed, to be rung. Never raises."""
    return normalize(typed, region=settings.default_region, allowed=frozenset(settings.allowed_countries))


def e164_of(typed: str | None, settings: Settings) -> str | None:
    """The same in E.164; None where it cannot be rung."""
    number = phone_of(typed, settings)
    return number.e164 if isinstance(number, Phone) else None
