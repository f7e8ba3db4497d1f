"""Which rooms a role may enter, as the navigation shows them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from api.auth import CASEWORK, LEADS
from api.causes import KEEPERS
from api.staff_pages.reviews_shown import VIEWERS
from api.staff_pages.translations import N_
from domain.words import Role


@dataclass(frozen=True)
class Room:
    """One entry; `name` is translated where it is shown."""

    address: str
    name: str
    current: bool


_LONGEST = 4000
_LEFT_OUT = re.compile(r"[\x00-\x1f\x7f]")
"""Browsers leave these out of an address before they read it, so that `/`, tab, `/elsewhere` leads elsewhere."""
_ROOMS = (
    ("/desk", N_("Desk"), CASEWORK),
    ("/reviews", N_("Second line"), VIEWERS),
    ("/board", N_("Board"), LEADS),
    ("/admin/causes", N_("Causes"), KEEPERS),
    ("/admin/staff", N_("Staff"), (Role.ADMIN,)),
    ("/admin/tokens", N_("Tokens"), (Role.ADMIN,)),
)


def rooms(role: Role, path: str) -> Sequence[Room]:
    """Those of this role, the one at this path marked."""
    return [Room(address, name, path.startswith(address)) for address, name, roles in _ROOMS if role in roles]


def ours(address: str) -> str:
    """The address if it is a page of ours, else nothing; nobody is sent elsewhere."""
    within = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if within and len(address) <= _LONGEST and not _LEFT_OUT.search(address) else ""


def first_room(role: Role, wanted: str = "") -> str:
    """Where somebody begins: the page they wanted, unless it is not ours or their role does not open it."""
    shut = any(wanted.startswith(address) for address, _, roles in _ROOMS if role not in roles)
    if ours(wanted) and not shut:
        return wanted
    return next(address for address, _, roles in _ROOMS if role in roles)
