"""The policies of an installation, by name: the built-in ones, and those of the operator's policy file."""

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from pydantic import ValidationError

from domain.policy import CivilHours, CompanyHours, Policy

STANDARD = "standard"
DEMO = "demo"
TRIAL = "trial"
MINUTES_AS_SECONDS = 60
"""A demonstration runs so many times faster than life: a promise of 60 minutes falls due after 60 seconds."""


def policies_from(text: str | None, *, development: bool) -> Mapping[str, Policy]:
    """All policies by name: `standard`, in development `trial` and `demo`, and one for each table of a TOML text.

    A table holds the fields that differ from the built-in policy; `[standard]` replaces the standard one.
    Durations are ISO 8601 (PT1H) or seconds. ValueError, naming policy and field, when the text does not hold.
    """
    built_in = {STANDARD: Policy(), **(_for_development() if development else {})}
    return MappingProxyType(built_in | _read(text or ""))


def _read(text: str) -> dict[str, Policy]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as unread:
        raise ValueError(f"the policies are not TOML: {unread}") from None
    return {name: _policy(name, table) for name, table in tables.items()}


def _policy(name: str, table: object) -> Policy:
    if not isinstance(table, dict):
        raise ValueError(f"policy file: {name!r} stands outside any policy; put it below a table such as [{STANDARD}]")
    try:
        return Policy.model_validate({**table, "name": name})
    except ValidationError as refused:
        first = refused.errors(include_url=False)[0]
        field = ".".join(str(step) for step in first["loc"])
        raise ValueError(f"policy {name!r}: {field or 'the whole'}: {first['msg']}") from None


def _for_development() -> dict[str, Policy]:
    """`trial` is the standard policy at any hour of any day; `demo` counts seconds for its minutes as well."""
    always = {"company": CompanyHours(always_open=True), "civil": CivilHours(always_civil=True)}
    faster = {field: _sped_up(value) for field, value in Policy() if isinstance(value, timedelta)}
    retries = tuple(_sped_up(wait) for wait in Policy().retries)
    return {
        TRIAL: Policy.model_validate({"name": TRIAL, **always}),
        DEMO: Policy.model_validate({"name": DEMO, "retries": retries, **faster, **always}),
    }


def _sped_up(duration: timedelta) -> timedelta:
    return duration / MINUTES_AS_SECONDS
