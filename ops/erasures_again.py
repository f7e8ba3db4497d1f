"""Erasures that a restored database has forgotten: found in Temporal or in a list kept elsewhere, and done again."""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col
from temporalio.client import Client

from activities.erasure import Erase
from db.columns import now
from db.erasure import Asking, ask, unfinished
from db.intake import Response
from db.people import Customer
from db.proof import Erasure, Origin
from db.whom import Whom
from ops.erasing import asked

_EVERY = "WorkflowType = 'ErasePeople'"


def listed(session: Session) -> list[Erase]:
    """All that this database knows of, by ids only: a list to keep beside the back-ups."""
    return [
        asked(session, erasure) for erasure in session.scalars(select(col(Erasure.id)).order_by(col(Erasure.asked_at)))
    ]


def read(file: Path) -> list[Erase]:
    """Such a list, one JSON object a line."""
    return [Erase.model_validate_json(line) for line in file.read_text().splitlines() if line.strip()]


async def remembered(client: Client) -> list[Erase]:
    """Those Temporal still has a history of: a month's, by the usual retention."""
    known = []
    async for execution in client.list_workflows(_EVERY):
        history = await client.get_workflow_handle(execution.id, run_id=execution.run_id).fetch_history()
        given = history.events[0].workflow_execution_started_event_attributes.input.payloads
        known += await client.data_converter.decode(given, [Erase])
    return known


def forgotten(session: Session, known: Iterable[Erase]) -> Whom:
    """Whoever was erased, and stands in the database as if they had not been."""
    erases = list(known)
    customers = {one for erase in erases for one in erase.customers}
    responses = {one for erase in erases for one in erase.responses}
    people = select(col(Customer.id)).where(col(Customer.id).in_(customers), col(Customer.erased_at).is_(None))
    single = select(col(Response.id)).where(col(Response.id).in_(responses), col(Response.erased_at).is_(None))
    return Whom(list(session.scalars(people)), list(session.scalars(single)))


def erase_again(session: Session, whom: Whom, secret: bytes) -> None:
    """Ask for it once more; the relay does the rest. The caller commits."""
    ask(session, whom, Asking(Origin.RESTORED, now(), secret))


def left_unfinished(session: Session) -> list[Erase]:
    """Erasures that were asked for and have not finished."""
    return [asked(session, erasure) for erasure in unfinished(session)]
