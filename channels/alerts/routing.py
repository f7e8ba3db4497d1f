"""Which alert goes by which ways, and to whom: a built-in table, and an installation's own laid over it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from pydantic import Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from domain.addressees import Addressee, Addressees, Presence
from domain.announcements import ALERT_KINDS
from domain.policy import Frozen

DEFAULT = "default"


class Way(StrEnum):
    """How an alert may travel."""

    MAIL = "mail"
    SMS = "sms"
    SLACK = "slack"


class Route(Frozen):
    """Tried in turn until as many ways have taken the alert as are wanted at once; one of them is enough."""

    ways: tuple[Way, ...] = Field(default=(Way.MAIL, Way.SMS, Way.SLACK), min_length=1)
    at_once: int = Field(default=1, ge=1, le=len(Way))
    to: tuple[Addressee, ...] | None = Field(default=None, min_length=1)
    """None: whom we would tell."""
    who: Presence = Presence.ON_DUTY
    """Counts for `to`."""

    @field_validator("ways", "to")
    @classmethod
    def _each_once(cls, named: tuple[StrEnum, ...] | None) -> tuple[StrEnum, ...] | None:
        if named and len(set(named)) < len(named):
            raise ValueError("something is named twice")
        return named

    @property
    def addressees(self) -> Addressees | None:
        """Whom to tell in place of those we would tell; None: those."""
        return Addressees(to=self.to, who=self.who) if self.to else None


class BadRoutes(ValueError):
    """The table of alerts does not hold; the text says where, and what may stand there."""


_SEVERE: Mapping[str, object] = {"ways": (Way.SMS, Way.MAIL, Way.SLACK), "at_once": 2}
BUILT_IN: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {"promise_broken": _SEVERE, "callback_broken": _SEVERE, "deadline_missed": _SEVERE}
)
"""What differs from an ordinary route: somebody waits for a call that was promised and did not come."""


@dataclass(frozen=True)
class Routes:
    """The table in force."""

    by_kind: Mapping[str, Route]
    otherwise: Route

    def of(self, kind: str) -> Route:
        """The route of this kind of alert."""
        return self.by_kind.get(kind, self.otherwise)


def routes_from(text: str | None) -> Routes:
    """The built-in table, and over it a TOML text with a table for each kind and one called `default`.

    A field of a kind counts before the same field of `default`, and both before what is built in. BadRoutes: it does
    not hold.
    """
    written = _read(text or "")
    default = written.get(DEFAULT, {})
    otherwise = _route(DEFAULT, default)
    by_kind = {
        kind: _route(kind, {**BUILT_IN.get(kind, {}), **default, **written.get(kind, {})})
        for kind in sorted({*BUILT_IN, *written} - {DEFAULT})
    }
    return Routes(MappingProxyType(by_kind), otherwise)


def routes_in(file: Path | None) -> Routes:
    """The table of this file; the built-in one without a file. BadRoutes names file, kind and field."""
    try:
        return routes_from(file.read_text(encoding="utf-8") if file else None)
    except (OSError, UnicodeDecodeError, BadRoutes) as error:
        raise BadRoutes(f"{file} cannot be used: {error}") from None


def _read(text: str) -> Mapping[str, Mapping[str, object]]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as unread:
        raise BadRoutes(f"it is not TOML: {unread}") from None
    return {kind: _table(kind, table) for kind, table in tables.items()}


def _table(kind: str, table: object) -> Mapping[str, object]:
    if not isinstance(table, dict):
        raise BadRoutes(f"{kind!r} stands outside any table; put it below [{DEFAULT}] or the kind of an alert")
    if kind != DEFAULT and kind not in ALERT_KINDS:
        raise BadRoutes(f"no alert is called {kind!r}; there are: {', '.join(sorted(ALERT_KINDS))}")
    return table


def _route(kind: str, fields: Mapping[str, object]) -> Route:
    try:
        return Route.model_validate(fields)
    except ValidationError as refused:
        raise BadRoutes(_complaint(kind, refused.errors(include_url=False)[0])) from None


_MAY_BE: Mapping[str, tuple[str, type[StrEnum]]] = {
    "ways": ("way", Way),
    "to": ("role", Addressee),
    "who": ("value", Presence),
}


def _complaint(kind: str, error: ErrorDetails) -> str:
    field, given = str(error["loc"][0]), error["input"]
    if error["type"] == "extra_forbidden":
        return f"[{kind}] has no field {field!r}; there are: {', '.join(Route.model_fields)}"
    if error["type"] == "enum":
        what, names = _MAY_BE[field]
        return f"[{kind}] {field}: {given!r} is no {what}; there are: {', '.join(names)}"
    if error["type"] == "tuple_type":
        return f"[{kind}] {field}: write a list, even of one"
    return f"[{kind}] {field}: {error['msg'].removeprefix('Value error, ')}"
