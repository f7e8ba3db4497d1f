"""The final survey behind a link: would you recommend us (tNPS), and was your question solved (CES)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from api.deps import NowDep, Parts, PartsDep, SessionDep
from api.intake import receive
from api.pages import linked
from api.pages.catalogue import WORDS
from api.pages.fields import COMMENT_LIMIT, Check, FilledIn, Typed
from api.pages.layout import GET, PageProblem, ReadOnlyDep, message, page, refuse_strangers
from api.pages.words import CONSENT_VERSION, Words
from db import customer_pages, inbox, openings
from db.customer_pages import LinkedCase
from db.links import LinkKind
from db.tables import FinalSurvey
from domain.messages import SurveyAnswered
from domain.words import Language
from surveys.response import Answer, ResponseIn

router = APIRouter(tags=["pages"], include_in_schema=False)

TNPS = (0, 10)


class FinalFilledIn(FilledIn):
    """The final survey as typed."""

    tnps: Typed = ""
    solved: Typed = ""


@router.api_route("/s/{token}", methods=GET)
def show(
    token: str, request: Request, session: ReadOnlyDep, parts: PartsDep, now: NowDep, score: str = ""
) -> HTMLResponse:
    """Show the two questions; the `score` of the mail's link is chosen already, and nothing is stored."""
    found = linked.follow(session, token, LinkKind.FINAL_SURVEY)
    if customer_pages.answered(session, found.case.id):
        return _answered(request, found)
    _refuse_ended(found, parts, now)
    return _questions(request, found, FinalFilledIn(tnps=score), {})


@router.post("/s/{token}", dependencies=[Depends(refuse_strangers)])
def submit(
    token: str,
    filled: Annotated[FinalFilledIn, Form()],
    request: Request,
    session: SessionDep,
    parts: PartsDep,
    now: NowDep,
) -> HTMLResponse:
    """Store the answer once, tell its case, and open the next loop when contact is asked for again."""
    linked.limit(request)
    found = linked.follow(session, token, LinkKind.FINAL_SURVEY)
    if customer_pages.answered(session, found.case.id):
        return _answered(request, found)
    _refuse_ended(found, parts, now)
    check = Check(WORDS[linked.language_for(request, found)], parts.settings)
    answer, phone = _understand(filled, found, check, now)
    if check.errors:
        return _questions(request, found, filled, check.errors, status=422)
    if not customer_pages.store_answer(session, answer):
        return _answered(request, found)
    if answer.contact_requested:
        answer.next_case = _open_next(session, answer, phone, found, parts)
        customer_pages.link_next(session, answer.case_id, answer.next_case)
    inbox.tell(session, found.case.id, _fact(answer))
    return _thanks(request, found, check.words, answer)


def _refuse_ended(found: LinkedCase, parts: Parts, now: datetime) -> None:
    expiry = openings.policy_of(found.response, parts.policies).survey_expiry
    resolved_at = found.case.resolved_at
    if found.case.closed_at or resolved_at is None or now >= resolved_at + expiry:
        raise PageProblem(410, "ended", "The time to answer is over.")


def _questions(
    request: Request, found: LinkedCase, filled: FinalFilledIn, errors: dict[str, str], *, status: int = 200
) -> HTMLResponse:
    language = linked.language_for(request, found)
    shown = {"filled": filled, "errors": errors, "limit": COMMENT_LIMIT, "number_known": bool(found.response.phone)}
    return page(request, "final_survey.html", language, shown, status=status)


def _understand(
    filled: FinalFilledIn, found: LinkedCase, check: Check, now: datetime
) -> tuple[FinalSurvey, str | None]:
    """The answer, and the number for the next loop."""
    answer = FinalSurvey(
        case_id=found.case.id,
        tnps=check.scale("tnps", filled.tnps, *TNPS),
        solved=check.choice("solved", filled.solved),
        comment=check.text("comment", filled.comment),
        contact_requested=bool(filled.contact),
        answered_at=now,
    )
    phone = _number(filled, found, check)
    told = (answer.tnps, answer.solved, answer.comment)
    if not check.errors and not answer.contact_requested and told == (None, None, None):
        check.errors["tnps"] = check.words.error_nothing
    return answer, phone


def _number(filled: FinalFilledIn, found: LinkedCase, check: Check) -> str | None:
    """The number typed, else the one given before; it is never shown."""
    if not filled.contact:
        if filled.phone:
            check.errors["contact"] = check.words.error_contact
        return None
    if not filled.phone and found.response.phone:
        return found.response.phone
    number = check.number("phone", filled.phone)
    return number.e164 if number else None


def _open_next(session: Session, answer: FinalSurvey, phone: str | None, found: LinkedCase, parts: Parts) -> UUID:
    response = _next_response(answer, phone, found)
    return receive(session, response, parts=parts, now=answer.answered_at, previous_case=answer.case_id).id


def _next_response(answer: FinalSurvey, phone: str | None, found: LinkedCase) -> ResponseIn:
    """The next loop's response. Its scores stay empty: tNPS is counted where it was asked, not as another NPS."""
    before = found.response
    return ResponseIn(
        source=linked.FINAL_SURVEY,
        form=before.form,
        external_id=str(answer.case_id),
        finished=True,
        submitted_at=answer.answered_at,
        version=answer.answered_at,
        answers=_answers(answer, WORDS[Language(before.language)]),
        contact_requested=True,
        phone=phone,
        email=before.email,
        name=before.name,
        language=Language(before.language),
        zone=before.zone,
        product=before.product,
        policy=before.policy,
        comment=answer.comment,
        consent=CONSENT_VERSION,
    )


def _answers(answer: FinalSurvey, words: Words) -> tuple[Answer, ...]:
    given = (
        ("tnps", words.tnps, answer.tnps),
        ("solved", words.solved, answer.solved),
        ("comment", words.comment, answer.comment),
        ("contact", words.contact_again, answer.contact_requested),
    )
    return tuple(
        Answer(question_id=name, question_text=question, value=value)
        for name, question, value in given
        if value is not None
    )


def _fact(answer: FinalSurvey) -> SurveyAnswered:
    key = f"survey:{answer.case_id}"
    return SurveyAnswered(id=key, at=answer.answered_at, solved=answer.solved, next_case=answer.next_case)


def _answered(request: Request, found: LinkedCase) -> HTMLResponse:
    language = linked.language_for(request, found)
    words = WORDS[language]
    return message(request, language, words.answered_title, words.answered_text, kind="done")


def _thanks(request: Request, found: LinkedCase, words: Words, answer: FinalSurvey) -> HTMLResponse:
    lines = [words.final_thanks_call] if answer.contact_requested else []
    language = linked.language_for(request, found)
    return message(request, language, words.thanks_title, *lines, words.thanks_text, kind="done")
