"""What the outbox shows of the log: the newest first, of one kind or of one person if its address asks for that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from channels.protocols import CallState
from channels.simulator.log import Kind, Line

MOST = 200
KINDS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.CALL: "Calls",
        Kind.SMS: "SMS",
        Kind.MAIL: "E-mail",
        Kind.ALERT: "Alerts",
        Kind.INBOUND: "From customers",
    }
)
LEGS: Mapping[CallState, str] = MappingProxyType(
    {
        CallState.PLACED: "the specialist's telephone rings",
        CallState.RINGING: "the specialist has taken it; the customer's telephone rings",
        CallState.ANSWERED: "they are speaking",
        CallState.ENDED: "over",
    }
)
_WHO = ("staff_id", "customer_phone", "address", "phone")


@dataclass(frozen=True)
class Asked:
    """What the page's address asks for."""

    kind: Kind | None = None
    alike: int | None = None
    """Of the same person as this line: named by its number, since an address is no place for personal data."""

    def of(self, kind: Kind | None) -> str:
        """The address of this kind instead."""
        return _address(kind, self.alike)

    def like(self, alike: int | None) -> str:
        """The address of this line's person instead."""
        return _address(self.kind, alike)


def _address(kind: Kind | None, alike: int | None) -> str:
    chosen = {"kind": kind, "with": alike}
    query = urlencode({name: str(value) for name, value in chosen.items() if value is not None})
    return f"/outbox?{query}" if query else "/outbox"


def _asked(kind: Kind | None = None, alike: Annotated[int | None, Query(alias="with", ge=1)] = None) -> Asked:
    return Asked(kind, alike)


AskedDep = Annotated[Asked, Depends(_asked)]


def person(line: Line) -> str:
    """Whom the line is about: a number, an address, or a member of staff; empty once they were forgotten."""
    return next((str(line.body[key]).lower() for key in _WHO if line.body.get(key)), "")


def shown(lines: Sequence[Line], asked: Asked) -> list[Line]:
    """The lines to show."""
    kinds = {asked.kind} & set(KINDS) if asked.kind else set(KINDS)
    found = (line for line in reversed(lines) if line.kind in kinds)
    if asked.alike is not None:
        whom = person(lines[asked.alike - 1]) if asked.alike <= len(lines) else ""
        found = (line for line in found if whom and person(line) == whom)
    return list(islice(found, MOST))
