"""The pages of those who do the work: desk, case, second line, board, administration."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

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

router = APIRouter(include_in_schema=False)
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
def front() -> RedirectResponse:
    """Whoever comes without an address begins at the desk."""
    return RedirectResponse("/desk")
