"""Notes for colleagues: plain rows, the case itself does not change."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from sqlmodel import Session

from api.auth import CASEWORK
from api.commands import Command, commanded_by, must_exist
from api.problems import Problem, responses
from api.shapes import NoteIn
from api.shown import NoteOut
from db import notes
from db.casework import Note

router = APIRouter(tags=["commands"], responses=responses(401, 403, 404, 409, 422, 503))


@router.post("/cases/{case_id}/notes", status_code=201)
async def write_note(case_id: UUID, body: NoteIn, command: Annotated[Command, commanded_by(*CASEWORK)]) -> NoteOut:
    """Leave a note for colleagues."""
    note = command.note(case_id, "note", body.text)

    async def work() -> NoteOut:
        await run_in_threadpool(_write, command, note)
        return NoteOut(id=note.id)

    return await command.once(NoteOut, work)


def _write(command: Command, note: Note) -> None:
    with Session(command.parts.engine) as session, session.begin():
        must_exist(session, note.case_id)
        if not notes.may_be_added(session, note.case_id):
            raise Problem(409, "erased", "This customer was erased; nothing may be added.")
        notes.write(session, note)
