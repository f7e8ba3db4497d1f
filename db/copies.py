"""Providers' copies of an erasure's calls and messages: each is forgotten once, and counted."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from db.casework import Attempt
from db.erasure import whom_of
from db.outreach import Message
from db.proof import Erasure
from db.whom import responses_of

CALL = "call"
PERSON = "person"
"""Stands in place of a channel for what was looked for by number or address."""
FORGOTTEN, KEPT, UNREACHED = "forgotten", "kept", "unreached"


@dataclass(frozen=True)
class Copy:
    """A call or message as its provider knows it; `row` is the attempt's or message's id."""

    row: UUID
    channel: str
    provider_id: str


def addresses_of(session: Session, erasure_id: UUID) -> list[str]:
    """What the providers are to look for, unless they were asked already."""
    erasure = session.get_one(Erasure, erasure_id)
    return [] if PERSON in erasure.providers else list(erasure.addresses)


def left(session: Session, erasure_id: UUID) -> list[Copy]:
    """Copies that no provider was asked about yet."""
    scope = responses_of(session, whom_of(session.get_one(Erasure, erasure_id)))
    rung = select(col(Attempt.id), col(Attempt.provider_id)).where(col(Attempt.case_id).in_(scope))
    sent = select(col(Message.id), col(Message.channel), col(Message.provider_id)).where(
        col(Message.case_id).in_(scope), col(Message.staff_id).is_(None)
    )
    calls = [Copy(row, CALL, known) for row, known in session.execute(rung) if known]
    return calls + [Copy(row, channel, known) for row, channel, known in session.execute(sent) if known]


def settle(session: Session, erasure_id: UUID, copy: Copy, result: str) -> None:
    """This copy has been asked about: it is counted, and its provider's id is of no more use."""
    row: Attempt | Message
    if copy.channel == CALL:
        row = session.get_one(Attempt, copy.row, with_for_update=True)
    else:
        row = session.get_one(Message, copy.row, with_for_update=True)
    if row.provider_id:
        row.provider_id = None
        count(session, erasure_id, copy.channel, result)


def give_up(session: Session, erasure_id: UUID) -> None:
    """Whatever no provider has been asked about by now is on record as that."""
    if addresses_of(session, erasure_id):
        count(session, erasure_id, PERSON, UNREACHED)
    for copy in left(session, erasure_id):
        settle(session, erasure_id, copy, UNREACHED)


def count(session: Session, erasure_id: UUID, channel: str, result: str) -> None:
    """Add to the proof."""
    erasure = session.get_one(Erasure, erasure_id, with_for_update=True)
    counted = erasure.providers.get(channel, {})
    erasure.providers = {**erasure.providers, channel: {**counted, result: counted.get(result, 0) + 1}}
