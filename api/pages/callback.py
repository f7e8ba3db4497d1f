"""The page behind a callback link: choose when to be called."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from api.deps import NowDep, Parts, PartsDep, SessionDep
from api.pages import linked, numbers, times
from api.pages.catalogue import WORDS
from api.pages.fields import FilledIn, Typed, new_nonce, nonce_of
from api.pages.layout import GET, ReadOnlyDep, message, page, refuse_strangers
from api.pages.slots import Offer, offer
from db import inbox, openings
from db.customer_pages import LinkedCase
from db.links import LinkKind
from domain.messages import CallbackChosen
from domain.words import Language

router = APIRouter(tags=["pages"], include_in_schema=False)


class TimeFilledIn(FilledIn):
    """The chosen time as sent."""

    time: Typed = ""


@router.api_route("/c/{token}", methods=GET)
def show(token: str, request: Request, session: ReadOnlyDep, parts: PartsDep, now: NowDep) -> HTMLResponse:
    """Show the times there are, or ask for a number where there is none to ring."""
    found = linked.follow(session, token, LinkKind.CALLBACK)
    if not linked.is_open(found):
        return linked.closed(request, found, parts)
    if not numbers.is_usable(found):
        return numbers.ask(request, found)
    return _picker(request, found, _offer(found, parts, now), TimeFilledIn(nonce=new_nonce()), now, {})


@router.post("/c/{token}", dependencies=[Depends(refuse_strangers)])
def choose(
    token: str,
    filled: Annotated[TimeFilledIn, Form()],
    request: Request,
    session: SessionDep,
    parts: PartsDep,
    now: NowDep,
) -> HTMLResponse:
    """Agree on the chosen half-hour; another may be chosen while the case is open."""
    linked.limit(request)
    found = linked.follow(session, token, LinkKind.CALLBACK)
    if not linked.is_open(found):
        return linked.closed(request, found, parts)
    if not numbers.is_usable(found):
        return numbers.ask(request, found)
    language = linked.language_for(request, found)
    offered, chosen = _offer(found, parts, now), _instant(filled.time)
    if chosen not in offered.starts:
        return _picker(request, found, offered, filled, now, {"time": WORDS[language].error_slot})
    # The nonce lets a customer return to a time chosen, and left, before.
    key = f"callback:{found.link.id}:{nonce_of(filled)}:{chosen.isoformat()}"
    inbox.tell(session, found.case.id, CallbackChosen(id=key, at=now, time=chosen))
    return _agreed(request, language, times.day_and_time(chosen, zone=offered.zone, now=now, language=language))


def _offer(found: LinkedCase, parts: Parts, now: datetime) -> Offer:
    zone = openings.zone_of(found.customer.zone, found.response.zone)
    return offer(openings.policy_of(found.response, parts.policies), zone, now)


def _picker(
    request: Request,
    found: LinkedCase,
    offered: Offer,
    filled: TimeFilledIn,
    now: datetime,
    errors: Mapping[str, str],
) -> HTMLResponse:
    language = linked.language_for(request, found)
    today = now.astimezone(offered.tz).date()
    days = [(times.day(day, today, language), starts) for day, starts in offered.by_day()]
    shown = {
        "days": days,
        "clock": offered.clock,
        "zone": times.place(offered.zone, now, language),
        "filled": filled,
        "errors": errors,
        "address": linked.address(request),
    }
    return page(request, "callback.html", language, shown, status=422 if errors else 200)


def _agreed(request: Request, language: Language, when: str) -> HTMLResponse:
    words = WORDS[language]
    again = (f"{request.url.path}?lang={language.value}", words.chosen_again)
    return message(
        request, language, words.chosen_title, words.chosen_text.format(when=when), kind="done", further=again
    )


def _instant(typed: str) -> datetime | None:
    """The time of a slot as the page sent it."""
    try:
        read = datetime.fromisoformat(typed)
    except ValueError:
        return None
    return read.astimezone(UTC) if read.tzinfo else None
