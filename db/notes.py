"""Texts that people write about a case."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, exists, select

from db.casework import Note, Timeline
from db.intake import Response


def write(session: Session, note: Note) -> None:
    """Store it; the same note again changes nothing."""
    session.execute(insert(Note).values(**note.model_dump()).on_conflict_do_nothing())


def take_back(session: Session, note: Note) -> None:
    """Remove the text of a command that was refused; one the timeline refers to stays."""
    used = exists().where(col(Timeline.case_id) == note.case_id, col(Timeline.ref) == note.id)
    session.execute(delete(Note).where(col(Note.id) == note.id, ~used))


def may_be_added(session: Session, case_id: UUID) -> bool:
    """Whether texts about this case may be stored: not once it was erased, which waits for this transaction's end."""
    held = select(Response.erased_at).where(Response.id == case_id).with_for_update(read=True)
    return session.exec(held).one() is None


def texts(session: Session, case_id: UUID) -> dict[UUID, Note]:
    """Every text of a case, by id."""
    notes: Sequence[Note] = session.exec(select(Note).where(Note.case_id == case_id)).all()
    return {note.id: note for note in notes}
