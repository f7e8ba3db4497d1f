"""Which rooms a role may enter, as the navigation shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.staff_pages.translations import N_
from domain.words import Role


@dataclass(frozen=True)
class Room:
    """One entry; `name` is translated where it is shown."""

    address: str
    name: str
    current: bool


_SEES_CUSTOMERS = frozenset({Role.SPECIALIST, Role.SECOND_LINE, Role.LEAD, Role.MANAGER})
_LEADS = frozenset({Role.LEAD, Role.MANAGER})
_ROOMS = (
    ("/desk", N_("Desk"), _SEES_CUSTOMERS),
    ("/reviews", N_("Second line"), frozenset({Role.SECOND_LINE}) | _LEADS),
    ("/board", N_("Board"), _LEADS),
    ("/admin/causes", N_("Causes"), frozenset({Role.MANAGER, Role.ADMIN})),
    ("/admin/staff", N_("Staff"), frozenset({Role.ADMIN})),
    ("/admin/tokens", N_("Tokens"), frozenset({Role.ADMIN})),
)


def rooms(role: Role, path: str) -> Sequence[Room]:
    """Those of this role, the one at this path marked."""
    return [Room(address, name, path.startswith(address)) for address, name, roles in _ROOMS if role in roles]


def ours(address: str) -> str:
    """The address if it is a page of ours, else nothing; nobody is sent elsewhere."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else ""


def first_room(role: Role) -> str:
    """Where somebody begins."""
    return next(address for address, _, roles in _ROOMS if role in roles)
