"""A command of a member of staff: once per Idempotency-Key, texts into rows, the ask to the case, refusals to 409."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID, uuid4, uuid5

from fastapi import Depends, Header, Request, Security
from fastapi.concurrency import run_in_threadpool
from sqlmodel import Session

from api.auth import Person, person_by_token
from api.deps import Parts, PartsDep
from api.idempotency import Shape, Work, once
from api.problems import Problem
from api.updates import Refusal, execute
from db import notes, queue
from db.casework import Note
from db.keys import KeyUse
from db.staff import Staff
from domain import messages
from domain.messages import Ask
from domain.state import Snapshot
from domain.words import Role

NAMESPACE = UUID("6d1a9f52-6f0e-5d35-9f5b-0f3c8f3a7c11")
OWNED = {
    "owned_by_another": "{owner} already has this case. Refresh, and take another one.",
    "not_the_owner": "{owner} has this case. Ask them for it, or a lead to give it to you.",
}
KEY_HELP = "Any text of your choice, new for each command. A repeat under the same key is the same command."
Check = Callable[[Session], object]


@dataclass(frozen=True)
class Command:
    """Who commands, and under which id: the same for every repeat under one key."""

    parts: Parts
    by: messages.Staff
    id: UUID
    use: KeyUse | None

    def derived(self, what: str) -> UUID:
        """An id for something this command makes; a repeat makes the same one."""
        return uuid5(self.id, what)

    def note(self, case_id: UUID, kind: str, text: str, *, review: UUID | None = None) -> Note:
        """What was written with the command; the case is told its id only."""
        return Note(id=self.derived(kind), case_id=case_id, review_id=review, kind=kind, by=self.by.id, text=text)

    async def once(self, shape: type[Shape], work: Work[Shape]) -> Shape:
        """Carry it out once."""
        return await once(self.parts.engine, self.use, shape, work)

    async def give(self, case_id: UUID, ask: Ask, *, note: Note | None = None, check: Check | None = None) -> Snapshot:
        """Tell the case, after `check` passed and `note` was stored; the rows are true when it returns."""

        async def work() -> Snapshot:
            await run_in_threadpool(self._prepare, case_id, note, check)
            return await self.tell(case_id, ask, note=note)

        return await self.once(Snapshot, work)

    async def tell(self, case_id: UUID, ask: Ask, *, note: Note | None = None) -> Snapshot:
        """Tell the case. A refusal takes the note back and becomes a 409 with its reason."""
        try:
            return await execute(self.parts.temporal, case_id, ask, update_id=uuid5(self.id, str(case_id)))
        except Refusal as refusal:
            raise await run_in_threadpool(self._refused, refusal, note) from refusal

    def _prepare(self, case_id: UUID, note: Note | None, check: Check | None) -> None:
        with Session(self.parts.engine) as session, session.begin():
            must_exist(session, case_id)
            if check:
                check(session)
            if note:
                notes.write(session, note)

    def _refused(self, refusal: Refusal, note: Note | None) -> Problem:
        with Session(self.parts.engine) as session, session.begin():
            if note:
                notes.take_back(session, note)
            owner = session.get(Staff, refusal.owner) if refusal.owner else None
            name = owner.name if owner else ""
        detail = OWNED.get(refusal.code, refusal.message) if name else refusal.message
        return Problem(409, refusal.code, detail.replace("{owner}", name))


def must_exist(session: Session, case_id: UUID) -> None:
    """404 when there is no such case, 409 while its contact request is still on its way to its workflow."""
    if queue.has_case(session, case_id):
        return
    if queue.was_requested(session, case_id):
        detail = "The contact request has arrived, and its case is about to open. Try again in a moment."
        raise Problem(409, "not_open_yet", detail)
    raise Problem(404, "no_such_case", "There is no case with this id.")


async def _command(
    request: Request,
    parts: PartsDep,
    person: Annotated[Person, Depends(person_by_token)],
    key: Annotated[
        str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200, description=KEY_HELP)
    ] = None,
) -> Command:
    if key is None:
        return Command(parts, person.staff, uuid4(), None)
    route = f"{request.method} {request.url.path}"
    body_hash = hashlib.sha256(await request.body()).hexdigest()
    command_id = uuid5(NAMESPACE, f"{person.id} {route} {key}")
    return Command(parts, person.staff, command_id, KeyUse(person.id, route, key, body_hash))


def commanded_by(*roles: Role) -> object:
    """For `Annotated[Command, commanded_by(…)]`: the route takes commands of these roles."""
    return Security(_command, scopes=[str(role) for role in roles])
