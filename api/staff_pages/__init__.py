"""The pages of those who do the work: desk, case, second line, board, administration."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from api.auth import ALL, Person
from api.staff_pages import (
    admin_causes,
    admin_staff,
    admin_tokens,
    assets,
    board,
    case,
    case_customer,
    case_forms,
    desk,
    desk_duty,
    desk_search,
    reviews,
    sign_in,
)
from api.staff_pages.frame import PageRoute
from api.staff_pages.navigation import first_room
from api.staff_pages.signed_in import signed_in

router = APIRouter(route_class=PageRoute, include_in_schema=False)
for _room in (
    desk,
    case,
    case_customer,
    case_forms,
    desk_duty,
    desk_search,
    reviews,
    sign_in,
    admin_staff,
    admin_tokens,
    admin_causes,
    board,
    assets,
):
    router.include_router(_room.router)


@router.get("/")
def front(person: Annotated[Person, signed_in(*ALL)]) -> RedirectResponse:
    """Whoever comes without an address begins in the first room of their role."""
    return RedirectResponse(first_room(person.role), 303)
