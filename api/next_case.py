"""The most urgent case for whoever asks: twenty people at once get twenty different ones."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from sqlmodel import Session

from api.auth import DESK
from api.commands import Command, commanded_by
from api.examples import snapshot_example
from api.problems import Problem, responses
from db import keys, queue
from db.columns import now
from db.staff import IdempotencyKey, Reservation
from domain.messages import Claim
from domain.state import Snapshot

router = APIRouter(tags=["commands"])
HELD = timedelta(seconds=20)
"""How long a case is held for one person while it is claimed for them: longer than a claim may take."""
TRIES = 3
EMPTY = "No case is waiting for you now. The live events tell when one arrives."


@router.post("/cases/next", responses=snapshot_example() | responses(401, 403, 404, 409, 422, 503))
async def take_next_case(command: Annotated[Command, commanded_by(*DESK)]) -> Snapshot:
    """Claim the most urgent case that nobody has; one offered to you comes first.

    Second line and leads are given cases whose promise is broken. A repeat with the same key returns the same case.
    """
    return await command.once(Snapshot, lambda: claim_next(command))


async def claim_next(command: Command) -> Snapshot:
    """Claim the most urgent case this person may take. Problem 404 `queue_empty` when there is none."""
    refused: list[UUID] = []
    while True:
        case_id = await run_in_threadpool(_pick, command, refused)
        if case_id is None:
            raise Problem(404, "queue_empty", EMPTY)
        try:
            snapshot = await command.tell(case_id, Claim(by=command.by))
        except Problem as problem:
            refused.append(case_id)
            if problem.status != 409 or len(refused) == TRIES:
                raise
        else:
            await run_in_threadpool(_let_go, command, case_id)
            return snapshot


def _pick(command: Command, refused: list[UUID]) -> UUID | None:
    """The case picked under this key before, if it was not refused since; else a new one, held and remembered."""
    with Session(command.parts.engine) as session, session.begin():
        picked = _picked_before(session, command)
        if picked and picked not in refused:
            return picked
        return _reserve(session, command, refused, now())


def _picked_before(session: Session, command: Command) -> UUID | None:
    use = command.use
    row = session.get(IdempotencyKey, (use.staff, use.route, use.key)) if use else None
    return row.case_id if row else None


def _reserve(session: Session, command: Command, refused: list[UUID], at: datetime) -> UUID | None:
    by = command.by
    case_id = queue.reserve(session, by.id, by.role, at=at, until=at + HELD, passed_over=refused)
    if case_id and command.use:
        keys.remember_case(session, command.use, case_id)
    return case_id


def _let_go(command: Command, case_id: UUID) -> None:
    with Session(command.parts.engine) as session, session.begin():
        reservation = session.get(Reservation, case_id)
        if reservation and reservation.staff_id == command.by.id:
            session.delete(reservation)
