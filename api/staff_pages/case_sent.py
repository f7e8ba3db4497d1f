"""A form of a case that was sent: carried out, or shown again with what was typed and why it was refused."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from sqlmodel import Session, col, select

from api.auth import Person
from api.deps import parts_of
from api.problems import Problem
from api.staff_pages import refusals
from api.staff_pages.case_times import BadField
from api.staff_pages.frame import new_key
from api.staff_pages.translations import N_, said
from db.casework import Case
from db.staff import Staff

Form = Mapping[str, str]
Work = Callable[[Form], Awaitable[object]]
INCOMPLETE = N_("Something is missing, or too long. Look at what you filled in, and send it again.")
UNAVAILABLE = 503


@dataclass(frozen=True)
class Sent:
    """A form that was refused; by default no form was sent."""

    form: str = ""
    typed: Form = field(default_factory=dict)
    complaint: str = ""
    status: int = 200

    def is_(self, form: str) -> bool:
        """Whether it was this one."""
        return self.form == form

    def value(self, form: str, name: str, default: str | None = None) -> str:
        """What stands in a field."""
        return self.typed.get(name, "") if self.form == form else default or ""

    def key(self, form: str) -> str:
        """The hidden field `key`: sent once more as it is, under the same key it is the same command."""
        again = self.form == form and self.status == UNAVAILABLE
        return self.typed.get("key", "") if again else new_key()


async def tried(request: Request, case_id: UUID, form: str, work: Work) -> Sent | None:
    """Do what the form asks of this case. None when that is done, else the form to show again."""
    typed = {name: str(value) for name, value in (await request.form()).items()}
    try:
        await work(typed)
    except (Problem, ValidationError, BadField) as refused:
        status = refused.status if isinstance(refused, Problem) else 422
        return Sent(form, typed, await run_in_threadpool(_why, request, case_id, refused), status)
    return None


def _why(request: Request, case_id: UUID, refused: Exception) -> str:
    person: Person = request.state.person
    if isinstance(refused, Problem):
        return refusals.text(refused, person.language, owner=_owner(request, case_id, besides=person.id))
    return said(person.language, refused.text if isinstance(refused, BadField) else INCOMPLETE)


def _owner(request: Request, case_id: UUID, *, besides: UUID) -> str | None:
    theirs = select(Staff.name).join(Case, col(Case.owner_id) == col(Staff.id))
    with Session(parts_of(request).engine) as session:
        return session.exec(theirs.where(Case.id == case_id, Staff.id != besides)).first()
