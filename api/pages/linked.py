"""What the pages behind a customer's link share: who comes by it, how often, and in which language."""

from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from api.deps import Parts
from api.pages.catalogue import WORDS
from api.pages.layout import PageProblem, language_of, message, unknown
from api.rate_limit import RateLimit, client_address
from db import customer_pages, links
from db.customer_pages import LinkedCase
from db.links import LinkKind
from domain.words import OPEN_STAGES, Language
from surveys.errors import UnknownForm
from surveys.mapping import SourceName

FINAL_SURVEY = "final_survey"
"""The source of a response that a final survey has made."""
_OF_OUR_FORM = (SourceName.FORM, FINAL_SURVEY)
_EACH_CLIENT = RateLimit("30 per 10 minutes")


def follow(session: Session, token: str, kind: LinkKind) -> LinkedCase:
    """The case behind the token. PageProblem 404, the same for malformed, unknown and misplaced tokens."""
    link = links.find(session, token)
    linked = customer_pages.behind(session, link) if link and link.kind == kind else None
    if linked is None:
        raise unknown()
    return linked


def language_for(request: Request, linked: LinkedCase) -> Language:
    """The language chosen on the page, else the one the customer wrote in."""
    return language_of(request, linked.response.language)


def limit(request: Request) -> None:
    """Count one more form sent by this client. PageProblem 429 when it is one too many."""
    if wait := _EACH_CLIENT.wait(request, "link", client_address(request)):
        raise PageProblem(429, "busy", "Wait a little, then send it again.", headers={"Retry-After": str(wait)})


def address(request: Request) -> str:
    """The path of the callback page whose token this request carries."""
    return f"/c/{quote(request.path_params['token'], safe='')}"


def is_open(found: LinkedCase) -> bool:
    """Whether there is still a call to be made."""
    return found.case.stage in OPEN_STAGES


def closed(request: Request, found: LinkedCase, parts: Parts) -> HTMLResponse:
    """Say that the request is closed, and where to make a new one if there is such a page."""
    language = language_for(request, found)
    words, address = WORDS[language], _questionnaire_of(found, parts)
    further = (f"{address}?lang={language.value}", words.closed_survey) if address else None
    return message(request, language, words.closed_title, words.closed_text, further=further)


def _questionnaire_of(found: LinkedCase, parts: Parts) -> str | None:
    form = found.response.form
    try:
        parts.forms.find(SourceName.FORM, form)
    except UnknownForm:
        return None
    return f"/survey/{quote(form, safe='')}" if found.response.source in _OF_OUR_FORM else None
