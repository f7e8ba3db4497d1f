"""How a staff page is made: language, formats, template; and what is shown in place of a problem."""

import gzip
from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.auth import Person
from api.deps import parts_of
from api.problems import DATABASE_AWAY, Problem
from api.staff_pages import assets, refusals
from api.staff_pages.formats import Formats
from api.staff_pages.navigation import rooms
from api.staff_pages.terms import Terms
from api.staff_pages.translations import CATALOGUES, said
from db.columns import now
from domain.policies import STANDARD
from domain.words import Language

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "same-origin",
    "Vary": "Accept-Encoding",
}


class SignInNeeded(Exception):
    """Nobody is signed in; `to` is where they become so."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to


def page(
    request: Request,
    template: str,
    person: Person | None,
    shown: Mapping[str, object],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """The page, or the fragment of one, as this person reads it; `shown` is what its template is about."""
    return sent(request, rendered(request, template, person, shown), status=status, headers=headers)


def rendered(request: Request, template: str, person: Person | None, shown: Mapping[str, object]) -> str:
    """Its text alone, for whoever keeps it."""
    language = language_of(request, person)
    at = now()
    return (
        _environments[language]
        .get_template(template)
        .render(
            person=person,
            language=language.value,
            company=parts_of(request).settings.company_name,
            path=request.url.path,
            here=_here(request),
            sign_in=sign_in_address(request),
            rooms=rooms(person.role, request.url.path) if person else (),
            on_duty=getattr(request.state, "on_duty", None),
            position=getattr(request.state, "position", 0),
            now=at,
            fmt=Formats(language, zone_of(request), at),
            term=Terms(language),
            **shown,
        )
    )


def sent(request: Request, html: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """An answer that no browser or proxy keeps."""
    return sent_packed(request, packed(request, html), status=status, headers=headers)


def packed(request: Request, html: str) -> bytes:
    """As this browser takes it, for whoever keeps it."""
    return gzip.compress(html.encode(), 5, mtime=0) if assets.packs(request) else html.encode()


def sent_packed(
    request: Request, body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """The same answer with what was packed for such a browser."""
    encoding = {"Content-Encoding": "gzip"} if assets.packs(request) else {}
    return HTMLResponse(body, status, {**_HEADERS, **(headers or {}), **encoding})


def language_of(request: Request, person: Person | None) -> Language:
    """The person's, else the browser's, else ours."""
    if person:
        return person.language
    browser = [part.split(";")[0].strip()[:2] for part in request.headers.get("accept-language", "").split(",")]
    spoken = {language.value: language for language in Language}
    return next((spoken[one] for one in browser if one in spoken), parts_of(request).settings.default_language)


def sign_in_address(request: Request) -> str:
    """Where somebody signs in, to come to the page they wanted; after a form was sent, no page is left to open."""
    wanted = _here(request) if request.method == "GET" else "/desk"
    return f"/sign-in?next={quote(wanted, safe='')}"


def zone_of(request: Request) -> str:
    """The zone staff live by: the company's."""
    return parts_of(request).policies[STANDARD].company.zone


def new_key() -> str:
    """For the hidden field `key` of a form: sent twice, it is carried out once."""
    return str(uuid4())


class PageRoute(APIRoute):
    """A route whose problems are pages too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's way to put something around a route."""
        handle = super().get_route_handler()

        async def handle_as_page(request: Request) -> Response:
            try:
                return await handle(request)
            except SignInNeeded as needed:
                return _led_to(request, needed)
            except Problem as problem:
                return problem_page(request, problem)
            except DATABASE_AWAY:
                away = Problem(
                    503, "database_unavailable", "The database does not answer.", headers={"Retry-After": "2"}
                )
                return problem_page(request, away)
            except RequestValidationError:
                return problem_page(request, Problem(422, "not_understood", "The form was not understood."))

        return handle_as_page


def _led_to(request: Request, needed: SignInNeeded) -> Response:
    """A whole page is led there; one that only wanted a fragment stays, with what is typed on it, and says so."""
    if "hx-request" in request.headers:
        return Response(status_code=401, headers=_HEADERS)
    return RedirectResponse(needed.to, 303)


def problem_page(request: Request, problem: Problem) -> HTMLResponse:
    """The problem in words, and the way back."""
    person: Person | None = getattr(request.state, "person", None)
    language = language_of(request, person)
    shown = {"title": said(language, refusals.title(problem.status)), "text": refusals.text(problem, language)}
    return page(request, "message.html", person, shown, status=problem.status, headers=problem.headers)


def _here(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def _environment(language: Language) -> Environment:
    made = Environment(
        loader=PackageLoader("api.staff_pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(CATALOGUES[language], newstyle=True)  # type: ignore[attr-defined]  # by i18n
    made.globals.update(asset=assets.address, new_key=new_key)
    return made


_environments = {language: _environment(language) for language in Language}
