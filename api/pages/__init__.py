"""The customer's pages: plain HTML that needs no script, in which opening a link never changes anything."""

from typing import Literal

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse

from api.pages import callback, final_survey, layout, numbers, survey, withdrawal
from api.pages.layout import GET, STATIC

router = APIRouter()
for _part in (survey, final_survey, callback, numbers, withdrawal):
    router.include_router(_part.router)

_A_YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}


@router.api_route("/pages/{name}", methods=GET, include_in_schema=False)
def static(name: Literal["customer.css", "zone.js"]) -> FileResponse:
    """The stylesheet and the script; pages name them with a digest, so they may be kept."""
    return FileResponse(STATIC / name, headers=_A_YEAR)


def install(app: FastAPI) -> None:
    """Add the pages to the app, and show their problems as pages."""
    app.include_router(router)
    layout.install(app)
