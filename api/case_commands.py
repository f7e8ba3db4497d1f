"""What staff do with a case: each route asks its workflow, and answers when the rows are true."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from sqlmodel import Session

from api.auth import CASEWORK, DESK, LEADS
from api.commands import Command, commanded_by
from api.examples import snapshot_example
from api.problems import Problem, responses
from api.shapes import (
    AssignmentIn,
    AttemptIn,
    CallbackIn,
    DeadlineIn,
    ResolutionIn,
    WithdrawalIn,
)
from api.staff import at_desk
from db import causes, telephone
from domain.messages import (
    Acknowledge,
    Assign,
    Call,
    Claim,
    LogAttempt,
    MoveDeadline,
    Release,
    Resolve,
    ScheduleCallback,
    Withdraw,
)
from domain.state import Snapshot

ANSWERS = snapshot_example() | responses(401, 403, 404, 409, 422, 503)
router = APIRouter(tags=["commands"], responses=ANSWERS)
DeskCommand = Annotated[Command, commanded_by(*DESK)]
CaseworkCommand = Annotated[Command, commanded_by(*CASEWORK)]
LeadCommand = Annotated[Command, commanded_by(*LEADS)]


@router.post("/cases/{case_id}/claim")
async def claim_case(case_id: UUID, command: DeskCommand) -> Snapshot:
    """Take the case. Second line and leads may once its promise is broken; 409 names the owner when somebody has it."""
    return await command.give(case_id, Claim(by=command.by))


@router.post("/cases/{case_id}/release")
async def release_case(case_id: UUID, command: CaseworkCommand) -> Snapshot:
    """Put your case back on the desk; a lead or manager, anybody's."""
    return await command.give(case_id, Release(by=command.by))


@router.post("/cases/{case_id}/assignment")
async def assign_case(case_id: UUID, body: AssignmentIn, command: LeadCommand) -> Snapshot:
    """Give the case to somebody who works with customers, with a comment."""
    comment = command.note(case_id, "comment", body.comment)
    ask = Assign(by=command.by, owner=body.owner, comment=comment.id)
    return await command.give(case_id, ask, note=comment, check=lambda session: at_desk(session, body.owner, "owner"))


@router.post("/cases/{case_id}/calls")
async def call_customer(case_id: UUID, command: DeskCommand) -> Snapshot:
    """Ring your telephone, then the customer's. The attempt in the answer ends when the provider says so."""
    ask = Call(by=command.by, attempt=command.derived("attempt"))
    return await command.give(case_id, ask, check=lambda session: _must_be_free(session, command, case_id))


@router.post("/cases/{case_id}/attempts")
async def log_attempt(case_id: UUID, body: AttemptIn, command: DeskCommand) -> Snapshot:
    """Write down a call made by other means; shown apart from those a provider confirms."""
    ask = LogAttempt(by=command.by, attempt=command.derived("attempt"), outcome=body.outcome)
    return await command.give(case_id, ask)


@router.post("/cases/{case_id}/callbacks")
async def schedule_callback(case_id: UUID, body: CallbackIn, command: DeskCommand) -> Snapshot:
    """Agree on a time to call."""
    return await command.give(case_id, ScheduleCallback(by=command.by, time=body.time))


@router.post("/cases/{case_id}/deadline")
async def move_deadline(case_id: UUID, body: DeadlineIn, command: LeadCommand) -> Snapshot:
    """Give the callback another deadline, with a reason; the original promise stays on record."""
    reason = command.note(case_id, "reason", body.reason)
    return await command.give(case_id, MoveDeadline(by=command.by, due=body.due, reason=reason.id), note=reason)


@router.post("/cases/{case_id}/resolution")
async def resolve_case(case_id: UUID, body: ResolutionIn, command: CaseworkCommand) -> Snapshot:
    """End the work: the final survey goes out. Ending it unsolved needs a lead or manager."""
    resolution = command.note(case_id, "resolution", body.text)
    ask = Resolve(
        by=command.by,
        cause=body.cause,
        text=resolution.id,
        solved=body.solved,
        one_conversation=body.one_conversation,
    )
    return await command.give(
        case_id, ask, note=resolution, check=lambda session: _must_be_on_the_list(session, body.cause)
    )


@router.post("/cases/{case_id}/withdrawal")
async def withdraw_case(case_id: UUID, body: WithdrawalIn, command: CaseworkCommand) -> Snapshot:
    """End the case at the customer's wish: no more calls and messages."""
    reason = command.note(case_id, "reason", body.reason)
    return await command.give(case_id, Withdraw(by=command.by, reason=reason.id), note=reason)


@router.post("/cases/{case_id}/acknowledgement")
async def acknowledge_alerts(case_id: UUID, command: LeadCommand) -> Snapshot:
    """The alerts of this case were seen: they stop repeating."""
    return await command.give(case_id, Acknowledge(by=command.by))


def _must_be_on_the_list(session: Session, cause: str) -> None:
    if not causes.is_active(session, cause):
        raise Problem(422, "no_such_cause", "`cause` must be an active one of GET /causes; a manager keeps that list.")


def _must_be_free(session: Session, command: Command, case_id: UUID) -> None:
    """Neither end of the call may be in another one. A simulated telephone is never engaged."""
    if command.parts.settings.uses_twilio and telephone.is_on_the_phone(session, command.by.id, case_id):
        raise Problem(409, "on_the_phone", "You are on the telephone for another case. End that call first.")
    if telephone.rings_elsewhere(session, case_id):
        detail = "This number is being rung in another case. Wait until that call ends: one call may serve both."
        raise Problem(409, "already_ringing", detail)
