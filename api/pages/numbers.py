"""A number for a case that has none to ring; the promise counts from its arrival."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from api.deps import NowDep, Parts, PartsDep, SessionDep
from api.pages import linked, times
from api.pages.catalogue import WORDS
from api.pages.fields import Check, FilledIn, new_nonce, nonce_of
from api.pages.layout import message, page, refuse_strangers
from db import inbox, openings
from db.customer_pages import LinkedCase
from db.links import LinkKind
from domain.phone import Phone

router = APIRouter(tags=["pages"], include_in_schema=False)


def is_usable(found: LinkedCase) -> bool:
    """Whether there is a number, and nobody has found out that it cannot be rung."""
    return bool(found.response.phone and found.case.snapshot.get("number_usable", True))


def ask(request: Request, found: LinkedCase) -> HTMLResponse:
    """The empty form for a number."""
    return _form(request, found, FilledIn(nonce=new_nonce()), {}, 200)


@router.post("/c/{token}/number", dependencies=[Depends(refuse_strangers)])
def give(
    token: str,
    filled: Annotated[FilledIn, Form()],
    request: Request,
    session: SessionDep,
    parts: PartsDep,
    now: NowDep,
) -> Response:
    """Take a number that can be rung, and promise a call on it; one that works already is not replaced."""
    linked.limit(request)
    found = linked.follow(session, token, LinkKind.CALLBACK)
    if not linked.is_open(found):
        return linked.closed(request, found, parts)
    check = Check(WORDS[linked.language_for(request, found)], parts.settings)
    number = check.number("phone", filled.phone)
    if number is None:
        return _form(request, found, filled, check.errors, 422)
    if not is_usable(found):
        _take(session, found, number, filled, parts, now)
    if number.e164 != found.response.phone:
        return RedirectResponse(linked.address(request), status_code=303)
    return _thanks(request, found, parts, now)


def _form(request: Request, found: LinkedCase, filled: FilledIn, errors: dict[str, str], status: int) -> HTMLResponse:
    language = linked.language_for(request, found)
    shown = {"filled": filled, "errors": errors, "address": linked.address(request)}
    return page(request, "number.html", language, shown, status=status)


def _take(session: Session, found: LinkedCase, number: Phone, filled: FilledIn, parts: Parts, now: datetime) -> None:
    policy = openings.policy_of(found.response, parts.policies)
    zone = openings.zone_of(found.customer.zone, found.response.zone or number.zone)
    given = openings.number_given(policy, zone, now, key=f"number:{found.link.id}:{nonce_of(filled)}")
    if inbox.tell(session, found.case.id, given):
        found.response.phone_typed, found.response.phone, found.response.phone_problem = filled.phone, number.e164, None
        found.response.zone = found.response.zone or number.zone
        openings.keep_promise(found.response, given.promise)
        found.customer.phone = number.e164


def _thanks(request: Request, found: LinkedCase, parts: Parts, now: datetime) -> HTMLResponse:
    language = linked.language_for(request, found)
    words, promise = WORDS[language], openings.promise_of(found.response)
    if promise is None:
        return message(request, language, words.number_thanks_title, words.thanks_call_soon, kind="done")
    shown = openings.zone_of(found.customer.zone, found.response.zone)
    zone = shown or openings.policy_of(found.response, parts.policies).company.zone
    by = times.deadline(promise.due, zone=zone, now=now, language=language)
    return message(request, language, words.number_thanks_title, words.thanks_call_by.format(by=by), kind="done")
