"""The built-in questionnaire: scores, a comment, and «I want a specialist to contact me»."""

from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from api.deps import NowDep, Parts, PartsDep, SessionDep
from api.intake import receive
from api.pages import times
from api.pages.catalogue import WORDS
from api.pages.fields import COMMENT_LIMIT, Check, FilledIn, Typed, new_nonce, nonce_of
from api.pages.layout import GET, PageProblem, ReadOnlyDep, language_of, message, page, refuse_strangers, unknown
from api.pages.words import CONSENT_VERSION
from api.rate_limit import RateLimit, client_address
from db import customer_pages, openings, tables
from domain.promise import promise_from
from domain.words import Language
from surveys import mapping
from surveys.errors import UnknownForm
from surveys.mapping import SourceName
from surveys.questionnaire import zone_of
from surveys.response import Answer, Meaning, ResponseIn

router = APIRouter(tags=["pages"], include_in_schema=False)

NPS, CES = (0, 10), (1, 7)
_EACH_CLIENT = RateLimit("10 per 10 minutes")
_EACH_FORM = RateLimit("120 per minute")


class SurveyFilledIn(FilledIn):
    """The questionnaire as typed."""

    nps: Typed = ""
    ces: Typed = ""
    name: Typed = ""
    email: Typed = ""
    zone: Typed = ""
    """The browser's zone, where scripts run."""
    leave_empty: Typed = ""
    """No person sees this field; programs fill it in."""


def _form(slug: str, parts: PartsDep) -> mapping.Form:
    try:
        return parts.forms.find(SourceName.FORM, slug)
    except UnknownForm:
        raise unknown() from None


FormDep = Annotated[mapping.Form, Depends(_form)]


@router.api_route("/survey/{slug}", methods=GET)
def show(request: Request, form: FormDep, score: str = "") -> HTMLResponse:
    """Show the empty questionnaire; `score` is chosen already."""
    empty = SurveyFilledIn(nps=score, nonce=new_nonce())
    return _questionnaire(request, language_of(request, form.language), empty, {})


@router.post("/survey/{slug}", dependencies=[Depends(refuse_strangers)])
def submit(
    slug: str,
    form: FormDep,
    filled: Annotated[SurveyFilledIn, Form()],
    request: Request,
    session: SessionDep,
    parts: PartsDep,
    now: NowDep,
) -> Response:
    """Store the response; with the box ticked its case opens. The same page sent twice is one response."""
    _limit(request, slug)
    language, nonce = language_of(request, form.language), nonce_of(filled)
    thanks = f"/survey/{quote(slug)}/thanks/{nonce}?lang={language.value}"
    if filled.leave_empty:
        return RedirectResponse(thanks, status_code=303)
    response, errors = _understand(filled, _blank(slug, form, language, nonce, now), parts)
    if errors:
        return _questionnaire(request, language, filled, errors, status=422)
    receive(session, _one_request_a_number(session, response), parts=parts, now=now)
    return RedirectResponse(thanks, status_code=303)


@router.api_route("/survey/{slug}/thanks/{nonce}", methods=GET)
def thank(
    slug: str, nonce: str, form: FormDep, request: Request, session: ReadOnlyDep, parts: PartsDep, now: NowDep
) -> HTMLResponse:
    """Say thank you, and by when we call whoever asked for it."""
    language = language_of(request, form.language)
    words = WORDS[language]
    row = customer_pages.submitted(session, source=SourceName.FORM, form=slug, external_id=nonce)
    asked = [_when(row, parts, now, language), words.thanks_once] if row and row.consent_at else []
    return message(request, language, words.thanks_title, *asked, words.thanks_text, kind="done")


def _limit(request: Request, slug: str) -> None:
    # A client beyond its own limit must not use up the form's for everybody else.
    wait = _EACH_CLIENT.wait(request, "client", client_address(request)) or _EACH_FORM.wait(request, "form", slug)
    if wait:
        raise PageProblem(429, "busy", "Wait a little, then send it again.", headers={"Retry-After": str(wait)})


def _questionnaire(
    request: Request, language: Language, filled: SurveyFilledIn, errors: dict[str, str], *, status: int = 200
) -> HTMLResponse:
    shown = {"filled": filled, "errors": errors, "limit": COMMENT_LIMIT}
    return page(request, "survey.html", language, shown, status=status)


def _blank(slug: str, form: mapping.Form, language: Language, nonce: str, now: datetime) -> ResponseIn:
    return ResponseIn(
        source=SourceName.FORM,
        form=slug,
        external_id=nonce,
        finished=True,
        submitted_at=now,
        version=now,
        language=language,
        default_zone=form.zone,
        product=form.product,
        policy=form.policy,
    )


def _understand(filled: SurveyFilledIn, blank: ResponseIn, parts: Parts) -> tuple[ResponseIn, dict[str, str]]:
    """The response, and what is wrong with it. A number without the tick is not kept: nobody may ring it."""
    check = Check(WORDS[blank.language], parts.settings)
    told: dict[str, object] = {
        "nps": check.scale("nps", filled.nps, *NPS),
        "ces": check.scale("ces", filled.ces, *CES),
        "comment": check.text("comment", filled.comment),
    }
    if filled.contact:
        told |= _contact(filled, check)
    elif filled.phone:
        check.errors["contact"] = check.words.error_contact
    if not check.errors and all(value is None for value in told.values()):
        check.errors["nps"] = check.words.error_nothing
    response = blank.model_copy(update=told)
    return response.model_copy(update={"answers": _answers(response)}), check.errors


def _contact(filled: SurveyFilledIn, check: Check) -> dict[str, object]:
    """How to reach them. What identifies a customer is not among it: anybody may type anybody's address."""
    number = check.number("phone", filled.phone)
    return {
        "contact_requested": True,
        "phone": number and number.e164,
        "name": check.line("name", filled.name),
        "email": check.email("email", filled.email),
        "zone": _lived_in(filled.zone),
        "consent": CONSENT_VERSION,
    }


def _lived_in(zone: str) -> str | None:
    """The browser's zone, unless it hides it: then it says UTC, where nobody lives."""
    return zone_of(zone) if "/" in zone and not zone.startswith("Etc/") else None


def _answers(response: ResponseIn) -> tuple[Answer, ...]:
    words = WORDS[response.language]
    given = (
        (Meaning.NPS, words.nps, response.nps),
        (Meaning.CES, words.ces, response.ces),
        (Meaning.COMMENT, words.comment, response.comment),
        (Meaning.CONTACT, words.contact, response.contact_requested),
    )
    return tuple(
        Answer(question_id=meaning.value, question_text=question, value=value, meaning=meaning)
        for meaning, question, value in given
        if value is not None
    )


def _one_request_a_number(session: Session, response: ResponseIn) -> ResponseIn:
    """While a call on this number is awaited, another answer is kept, but opens no second case."""
    if response.phone and customer_pages.request_open_for(session, response.phone, besides=response.external_id):
        return response.model_copy(update={"contact_requested": False})
    return response


def _when(row: tables.Response, parts: Parts, now: datetime, language: Language) -> str:
    """By when we call. It must not tell whether an earlier request was open for this number, so both read the same."""
    policy, words = openings.policy_of(row, parts.policies), WORDS[language]
    promise = promise_from(policy, requested_at=row.received_at, zone=row.zone)
    if promise is None:
        return words.thanks_call_soon
    shown = row.zone or policy.company.zone
    return words.thanks_call_by.format(by=times.deadline(promise.due, zone=shown, now=now, language=language))
