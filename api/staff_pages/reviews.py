"""Second line: its questions by deadline, their answers, and broken promises to rescue."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from api.auth import Person
from api.commands import Command
from api.deps import NowDep, PartsDep, SessionDep, parts_of
from api.problems import Problem
from api.reviews import answer_review, ask_owner_back, forward_review
from api.shapes import AnswerIn, ForwardIn, QuestionIn
from api.staff_pages.case_sent import Form, Sent, Work, tried
from api.staff_pages.frame import PageRoute, page, rendered, sent
from api.staff_pages.renderings import renderings_of
from api.staff_pages.reviews_shown import ANSWERERS, VIEWERS, AskedDep, about_questions, shown
from api.staff_pages.signed_in import form_commanded_by, signed_in, watching
from db import reviews, tail

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Viewer = Annotated[Person, signed_in(*VIEWERS)]
Watching = Annotated[Person, watching(*VIEWERS)]
Answer = Annotated[Command, form_commanded_by(*ANSWERERS)]


@router.get("/reviews")
def show_reviews(request: Request, person: Viewer, session: SessionDep, asked: AskedDep, at: NowDep) -> HTMLResponse:
    """Questions that wait, then promises that broke."""
    return page(request, "reviews.html", person, shown(session, person, asked, at))


@router.get("/reviews/live")
def show_reviews_now(request: Request, person: Watching, parts: PartsDep, asked: AskedDep, at: NowDep) -> HTMLResponse:
    """The same as a fragment, made once a second and change for all of one role and language who ask alike."""

    def make() -> str:
        with Session(parts.engine) as session:
            return rendered(request, "_reviews.html", person, shown(session, person, asked, at))

    key = ("reviews", person.language, person.role, asked, tail.position(parts.engine), int(at.timestamp()))
    return sent(request, renderings_of(request).once(key, make))


@router.get("/reviews/{case_id}/{review_id}")
def show_review(request: Request, case_id: UUID, review_id: UUID, _: Viewer) -> HTMLResponse:
    """One question, with room to answer it."""
    return _review_page(request, case_id, review_id, "review.html")


@router.get("/reviews/{case_id}/{review_id}/live")
def show_review_now(request: Request, case_id: UUID, review_id: UUID, _: Viewer) -> HTMLResponse:
    """What was said so far, as a fragment: nothing that anybody types into."""
    return _review_page(request, case_id, review_id, "_review.html")


@router.get("/reviews/{case_id}/{review_id}/{_command}")
def come_back(case_id: UUID, review_id: UUID, _command: str, _: Viewer) -> RedirectResponse:
    """Whoever opens the address of a form, as after signing in anew, is shown the question."""
    return RedirectResponse(f"/reviews/{case_id}/{review_id}", 303)


@router.post("/reviews/{case_id}/{review_id}/answer")
async def answer(request: Request, case_id: UUID, review_id: UUID, command: Answer) -> Response:
    """Answer the specialist."""

    async def work(form: Form) -> None:
        await answer_review(case_id, review_id, AnswerIn(text=form.get("text", "")), command)

    return await _carried_out(request, case_id, review_id, "answer", work)


@router.post("/reviews/{case_id}/{review_id}/question")
async def ask_back(request: Request, case_id: UUID, review_id: UUID, command: Answer) -> Response:
    """Ask the specialist for what is missing."""

    async def work(form: Form) -> None:
        await ask_owner_back(case_id, review_id, QuestionIn(text=form.get("text", "")), command)

    return await _carried_out(request, case_id, review_id, "answer", work)


@router.post("/reviews/{case_id}/{review_id}/forward")
async def hand_on(request: Request, case_id: UUID, review_id: UUID, command: Answer) -> Response:
    """Hand the question on to a third party, under its reference."""

    async def work(form: Form) -> None:
        await forward_review(case_id, review_id, ForwardIn(reference=form.get("reference", "")), command)

    return await _carried_out(request, case_id, review_id, "forward", work)


async def _carried_out(request: Request, case_id: UUID, review_id: UUID, form: str, work: Work) -> Response:
    """Do it, and go on with the list; when it is refused, show why on the question's page, with what was typed."""
    refused = await tried(request, case_id, form, work)
    if refused is None:
        return RedirectResponse("/reviews", 303)
    return await run_in_threadpool(_review_page, request, case_id, review_id, "review.html", refused)


def _review_page(
    request: Request, case_id: UUID, review_id: UUID, template: str, refused: Sent | None = None
) -> HTMLResponse:
    person: Person = request.state.person
    with Session(parts_of(request).engine) as session:
        question = reviews.read(session, case_id, review_id)
    if question is None:
        raise Problem(404, "no_such_question", "This case has no such question.")
    form = refused or Sent()
    told = {**about_questions(person), "question": question, "sent": form}
    return page(request, template, person, told, status=form.status)
