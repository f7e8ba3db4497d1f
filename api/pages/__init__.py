"""The customer's pages: plain HTML that needs no script, in which opening a link never changes anything."""

from pathlib import Path
from typing import Literal

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse

from api.pages import callback, final_survey, layout, numbers, survey, withdrawal
from api.pages.layout import GET, STATIC

router = APIRouter()
for _part in (survey, final_survey, callback, numbers, withdrawal):
    router.include_router(_part.router)

ICON = Path(__file__).parents[1] / "staff_pages" / "static" / "icon.svg"
"""The same on all our pages."""
_A_DAY = {"Cache-Control": "public, max-age=86400"}
_A_YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}


@router.api_route("/pages/{name}", methods=GET, include_in_schema=False)
def static(name: Literal["customer.css", "zone.js"]) -> FileResponse:
    """The stylesheet and the script; pages name them with a digest, so they may be kept."""
    return FileResponse(STATIC / name, headers=_A_YEAR)


@router.api_route("/favicon.ico", methods=GET, include_in_schema=False)
def icon() -> FileResponse:
    """Where browsers look by themselves, too: without a digest, so it is kept for a day."""
    return FileResponse(ICON, media_type="image/svg+xml", headers=_A_DAY)


def install(app: FastAPI) -> None:
    """Show problems of the pages as pages."""
    layout.install(app)
