"""Questions to second line, and its answers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from api.auth import DESK
from api.case_commands import ANSWERS
from api.commands import Command, commanded_by
from api.shapes import AnswerIn, ForwardIn, QuestionIn, ReviewIn
from domain.messages import AnswerReview, AskBack, Escalate, ForwardReview
from domain.state import Snapshot
from domain.words import Role

router = APIRouter(tags=["reviews"], responses=ANSWERS)
DeskCommand = Annotated[Command, commanded_by(*DESK)]
SecondLineCommand = Annotated[Command, commanded_by(Role.SECOND_LINE, Role.LEAD)]


@router.post("/cases/{case_id}/reviews")
async def ask_second_line(case_id: UUID, body: ReviewIn, command: DeskCommand) -> Snapshot:
    """Put a question to second line: the case is under review until it answers."""
    review = body.review or command.derived("review")
    question = command.note(case_id, "question", body.question, review=review)
    ask = Escalate(by=command.by, review=review, question=question.id, again=body.review is not None)
    return await command.give(case_id, ask, note=question)


@router.post("/cases/{case_id}/reviews/{review_id}/answer")
async def answer_review(case_id: UUID, review_id: UUID, body: AnswerIn, command: SecondLineCommand) -> Snapshot:
    """Answer the owner."""
    answer = command.note(case_id, "answer", body.text, review=review_id)
    return await command.give(case_id, AnswerReview(by=command.by, review=review_id, answer=answer.id), note=answer)


@router.post("/cases/{case_id}/reviews/{review_id}/question")
async def ask_owner_back(case_id: UUID, review_id: UUID, body: QuestionIn, command: SecondLineCommand) -> Snapshot:
    """Ask the owner for what is missing; the question is theirs again until they answer."""
    question = command.note(case_id, "question_back", body.text, review=review_id)
    return await command.give(case_id, AskBack(by=command.by, review=review_id, question=question.id), note=question)


@router.post("/cases/{case_id}/reviews/{review_id}/forward")
async def forward_review(case_id: UUID, review_id: UUID, body: ForwardIn, command: SecondLineCommand) -> Snapshot:
    """Hand the question on to a third party, under its reference; the deadline starts anew."""
    reference = command.note(case_id, "reference", body.reference, review=review_id)
    ask = ForwardReview(by=command.by, review=review_id, reference=reference.id)
    return await command.give(case_id, ask, note=reference)
