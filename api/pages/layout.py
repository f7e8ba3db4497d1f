"""How a page is made: its language, its texts, its template, and what is said when there is no page."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import text
from sqlmodel import Session

from api.deps import SessionDep, parts_of
from api.pages.catalogue import WORDS
from api.pages.words import CONSENT_VERSION
from api.problems import Problem
from api.security_headers import refuse_cross_site
from domain.words import Language

STATIC = Path(__file__).parent / "static"
GET = ["GET", "HEAD"]
"""Mail scanners look at links with either."""


class PageProblem(Problem):
    """A problem shown as a page; `code` names its texts in the catalogue."""


def _read_only(session: SessionDep) -> Iterator[Session]:
    session.execute(text("set transaction read only"))
    yield session


ReadOnlyDep = Annotated[Session, Depends(_read_only, scope="function")]
"""A transaction in which PostgreSQL itself refuses every change: opening a page never changes anything."""


def language_of(request: Request, told: str | None = None) -> Language:
    """The page's language: chosen on the page, else told by the customer before, else the browser's, else ours."""
    settings = parts_of(request).settings
    browser = [part.split(";")[0].strip()[:2] for part in request.headers.get("accept-language", "").split(",")]
    wanted = [request.query_params.get("lang"), told, *browser]
    spoken = {language.value: language for language in settings.languages}
    return next((spoken[one] for one in wanted if one in spoken), settings.default_language)


def page(
    request: Request,
    template: str,
    language: Language,
    shown: Mapping[str, object],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """The page in this language. It is never kept by browsers or proxies, and by no search engine."""
    html = _templates.get_template(template).render(
        words=WORDS[language],
        language=language.value,
        company=parts_of(request).settings.company_name,
        other=_other_language(request, language),
        here=_address(request, language),
        **shown,
    )
    kept = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Content-Language": language.value}
    return HTMLResponse(html, status_code=status, headers={**kept, **(headers or {})})


def message(
    request: Request,
    language: Language,
    title: str,
    *lines: str,
    kind: Literal["note", "done"] = "note",
    further: tuple[str, str] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """A page that only says something; `further` is an address with what to find there."""
    shown = {"title": title, "lines": lines, "kind": kind, "further": further}
    return page(request, "message.html", language, shown, status=status, headers=headers)


def refuse_strangers(request: Request) -> None:
    """Let through forms of our own pages only. PageProblem 403 on a form of another site."""
    try:
        refuse_cross_site(request)
    except Problem as problem:
        raise PageProblem(problem.status, "wrong", problem.detail) from None


def unknown() -> PageProblem:
    """One answer for every link that leads nowhere, so that it tells nothing."""
    return PageProblem(404, "unknown", "There is no such page.")


def install(app: FastAPI) -> None:
    """Show page problems as pages."""
    app.exception_handler(PageProblem)(_shown)


async def _shown(request: Request, problem: PageProblem) -> HTMLResponse:
    language = language_of(request)
    title, line = (getattr(WORDS[language], f"{problem.code}_{part}") for part in ("title", "text"))
    return message(request, language, title, line, status=problem.status, headers=problem.headers)


def _other_language(request: Request, language: Language) -> str | None:
    """Where the page is in the other language; not after a form was sent, for its answer is no page to open."""
    others = (one for one in parts_of(request).settings.languages if one is not language)
    other = next(others, None) if request.method in GET else None
    return other and _address(request, other)


def _address(request: Request, language: Language) -> str:
    url = request.url.include_query_params(lang=language.value)
    return f"{url.path}?{url.query}"


def _asset(name: str) -> str:
    return f"/pages/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


_templates = Environment(
    loader=PackageLoader("api.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_templates.globals.update(
    stylesheet=_asset("customer.css"), zone_script=_asset("zone.js"), consent_version=CONSENT_VERSION
)
