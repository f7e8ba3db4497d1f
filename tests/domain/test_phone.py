"""Which numbers a customer may be rung on."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.phone import Phone, PhoneKind, PhoneProblem, PhoneRefused, normalize, takes_sms

ALLOWED = frozenset({"RU", "KZ", "BY"})


def read(raw: str | None, region: str = "RU", allowed: frozenset[str] = ALLOWED) -> Phone | PhoneRefused:
    return normalize(raw, region=region, allowed=allowed)


@pytest.mark.parametrize(
    ("raw", "e164", "region", "kind"),
    [
        ("8 (916) 123-45-67", "+79161234567", "RU", PhoneKind.MOBILE),
        ("9161234567", "+79161234567", "RU", PhoneKind.MOBILE),
        ("79161234567", "+79161234567", "RU", PhoneKind.MOBILE),
        ("+7 916 123 45 67 доб. 12", "+79161234567", "RU", PhoneKind.MOBILE),
        ("8 916 123-45-67 ext. 9999999", "+79161234567", "RU", PhoneKind.MOBILE),
        ("89161234567,,809", "+79161234567", "RU", PhoneKind.MOBILE),
        ("tel:+79161234567;ext=5", "+79161234567", "RU", PhoneKind.MOBILE),
        ("+٧٩١٦١٢٣٤٥٦٧", "+79161234567", "RU", PhoneKind.MOBILE),
        ("＋７９１６１２３４５６７", "+79161234567", "RU", PhoneKind.MOBILE),
        ("\u00a0+7\u2011916\u2009123\u201345\u201367\u200b", "+79161234567", "RU", PhoneKind.MOBILE),
        ("мой номер: +7 916 123-45-67", "+79161234567", "RU", PhoneKind.MOBILE),
        ("+8 916 123-45-67", "+79161234567", "RU", PhoneKind.MOBILE),
        ("+8 495 123-45-67", "+74951234567", "RU", PhoneKind.FIXED),
        ("+7 701 123 45 67", "+77011234567", "KZ", PhoneKind.MOBILE),
        ("8 701 123 45 67", "+77011234567", "KZ", PhoneKind.MOBILE),
        ("+375 29 123-45-67", "+375291234567", "BY", PhoneKind.MOBILE),
        ("84951234567", "+74951234567", "RU", PhoneKind.FIXED),
        ("8 800 555-35-35", "+78005553535", "RU", PhoneKind.OTHER),
    ],
)
def test_a_number_is_read_as_people_type_it(raw: str, e164: str, region: str, kind: PhoneKind) -> None:
    found = read(raw)
    assert isinstance(found, Phone)
    assert (found.e164, found.region, found.kind) == (e164, region, kind)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (None, PhoneProblem.MISSING),
        ("", PhoneProblem.MISSING),
        (" \u00a0\n", PhoneProblem.MISSING),
        ("нет телефона", PhoneProblem.UNPARSEABLE),
        ("\x00", PhoneProblem.UNPARSEABLE),
        ("9" * 500, PhoneProblem.UNPARSEABLE),
        ("112", PhoneProblem.INVALID),
        ("911", PhoneProblem.INVALID),
        ("0611", PhoneProblem.INVALID),
        ("8 916 123-45-6", PhoneProblem.INVALID),
        ("00 44 20 7946 0958", PhoneProblem.INVALID),
        ("810 44 20 7946 0958", PhoneProblem.COUNTRY_NOT_ALLOWED),
        ("+44 7400 123456", PhoneProblem.COUNTRY_NOT_ALLOWED),
        ("+1 900 555 1234", PhoneProblem.COUNTRY_NOT_ALLOWED),
        ("+870 773 111 632", PhoneProblem.COUNTRY_NOT_ALLOWED),
        ("+7 809 555 12 34", PhoneProblem.PREMIUM),
        ("tel:5551234;phone-context=+7809", PhoneProblem.PREMIUM),
    ],
)
def test_a_number_that_is_not_rung_says_why(raw: str | None, reason: PhoneProblem) -> None:
    assert read(raw) == PhoneRefused(reason=reason)


@pytest.mark.parametrize(
    ("raw", "region"),
    [("+1 900 555 1234", "US"), ("+44 70 1234 5678", "GB"), ("+49 180 5 123456", "DE"), ("+44 909 879 0000", "GB")],
)
def test_nobody_is_paid_for_our_call_abroad_either(raw: str, region: str) -> None:
    assert read(raw, region, frozenset({region})) == PhoneRefused(reason=PhoneProblem.PREMIUM)


@pytest.mark.parametrize(
    ("raw", "zone"),
    [
        ("+7 495 123-45-67", "Europe/Moscow"),
        ("+7 343 123-45-67", "Asia/Yekaterinburg"),
        ("+7 423 212-34-56", "Asia/Vladivostok"),
        ("+7 916 123-45-67", None),
        ("+7 701 123-45-67", None),
        ("+375 29 123-45-67", None),
        ("8 800 555-35-35", None),
    ],
)
def test_only_a_landline_tells_where_it_is(raw: str, zone: str | None) -> None:
    found = read(raw)
    assert isinstance(found, Phone)
    assert found.zone == zone


@pytest.mark.parametrize(
    ("raw", "region", "may_arrive"),
    [
        ("+7 916 123-45-67", "RU", True),
        ("+7 495 123-45-67", "RU", False),
        ("+1 201 555 0123", "US", True),
        ("8005553535", "RU", False),
    ],
)
def test_an_sms_goes_where_it_may_arrive(raw: str, region: str, may_arrive: bool) -> None:
    found = read(raw, region, frozenset({region}))
    assert isinstance(found, Phone)
    assert takes_sms(found.e164) is may_arrive


def test_the_usual_slip_is_mended_at_home_only() -> None:
    assert isinstance(read("+8 916 123-45-67", "GB"), PhoneRefused)


def test_a_number_is_in_no_repr() -> None:
    assert "9161234567" not in repr(read("+79161234567"))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raw=st.text(st.characters(codec=None), max_size=60) | st.from_regex(r"[+(]?[0-9 ()/;x,#*-]{3,25}"))
def test_whatever_is_typed_gets_an_answer(raw: str) -> None:
    found = read(raw)
    if isinstance(found, Phone):
        assert read(found.e164) == found
        assert found.region in ALLOWED
