"""A phone number as typed, and whether a customer may be rung on it."""

import unicodedata
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType, timezone
from pydantic import Field

from domain.policy import Frozen


class PhoneKind(StrEnum):
    """What answers there, as far as the numbering plan tells."""

    MOBILE = "mobile"
    FIXED = "fixed"
    EITHER = "either"
    OTHER = "other"
    """Toll-free, internet telephony and the like: it rings, but takes no SMS."""


class PhoneProblem(StrEnum):
    """Why a number is not rung."""

    MISSING = "missing"
    UNPARSEABLE = "unparseable"
    INVALID = "invalid"
    """A number in form, but in no numbering plan; short and emergency numbers too."""
    COUNTRY_NOT_ALLOWED = "country_not_allowed"
    PREMIUM = "premium"
    """Somebody is paid when it is rung."""


class Phone(Frozen):
    """A number that may be rung."""

    e164: str = Field(repr=False)
    region: str
    """ISO country, such as RU."""
    kind: PhoneKind
    zone: str | None = None
    """The IANA zone of a landline whose prefix lies in a single one; a mobile may be anywhere."""


class PhoneRefused(Frozen):
    """A number that is not rung, and why; the customer is asked for another."""

    reason: PhoneProblem


_KINDS = {
    PhoneNumberType.MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.FIXED_LINE: PhoneKind.FIXED,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: PhoneKind.EITHER,
}
# Personal numbers (+44 70) forward at the caller's cost and are a known fraud.
_PAID = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.PERSONAL_NUMBER})
_TRUNK_8 = frozenset({"RU", "KZ"})


def normalize(raw: str | None, *, region: str, allowed: frozenset[str]) -> Phone | PhoneRefused:
    """The number that was typed, to be rung: extensions dropped, `region` assumed when no country is typed.

    `region` and `allowed` are ISO countries. Never raises.
    """
    typed = _visible(raw or "")
    if not typed:
        return PhoneRefused(reason=PhoneProblem.MISSING)
    as_typed = _read(typed, region, allowed)
    if isinstance(as_typed, Phone) or not _trunk_prefix_after_plus(typed, region):
        return as_typed
    mended = _read(typed[1:], region, allowed)
    return mended if isinstance(mended, Phone) else as_typed


def _visible(raw: str) -> str:
    """Copied numbers carry thin spaces and invisible direction marks, which the library takes for something else."""
    return "".join(" " if char.isspace() else char for char in raw if unicodedata.category(char) != "Cf").strip()


def _trunk_prefix_after_plus(typed: str, region: str) -> bool:
    """«+8 916 …» is a usual slip for «8 916 …» or «+7 916 …»."""
    return region in _TRUNK_8 and typed.startswith("+8")


def _read(raw: str, region: str, allowed: frozenset[str]) -> Phone | PhoneRefused:
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return PhoneRefused(reason=PhoneProblem.UNPARSEABLE)
    home = phonenumbers.region_code_for_number(number)
    if home is None or not phonenumbers.is_valid_number_for_region(number, home):
        return PhoneRefused(reason=PhoneProblem.INVALID)
    if home not in allowed:
        return PhoneRefused(reason=PhoneProblem.COUNTRY_NOT_ALLOWED)
    plan = phonenumbers.number_type(number)
    if plan in _PAID:
        return PhoneRefused(reason=PhoneProblem.PREMIUM)
    return _phone(number, home, _KINDS.get(plan, PhoneKind.OTHER))


def _phone(number: PhoneNumber, home: str, kind: PhoneKind) -> Phone:
    return Phone(
        e164=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        region=home,
        kind=kind,
        zone=_landline_zone(number) if kind is PhoneKind.FIXED else None,
    )


def _landline_zone(number: PhoneNumber) -> str | None:
    zones = timezone.time_zones_for_number(number)
    return zones[0] if len(zones) == 1 and zones[0] != timezone.UNKNOWN_TIMEZONE else None


def takes_sms(e164: str) -> bool:
    """Whether an SMS may arrive at a number that `normalize` gave."""
    number = phonenumbers.parse(e164)
    return _KINDS.get(phonenumbers.number_type(number)) in (PhoneKind.MOBILE, PhoneKind.EITHER)


def country_of(e164: str) -> str | None:
    """The ISO country of a number; None when its numbering plan names none."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return None
