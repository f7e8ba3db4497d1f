"""What a workflow hands over to be remembered: events, and the state they lead to."""

from datetime import datetime
from uuid import UUID

from domain.events import Event
from domain.messages import Opening
from domain.policy import Frozen, Policy
from domain.state import Snapshot


class Ticket(Frozen):
    """What never changes about a case."""

    customer: UUID
    policy: str
    requested_at: datetime
    loop: int
    previous: UUID | None
    sibling: UUID | None
    offered_to: UUID | None


class Telling(Frozen):
    """By what people are told: whom, how and at which hour."""

    policy: Policy
    at: datetime
    """The workflow's present: quiet hours are judged by it."""


class Record(Frozen):
    """One projection: the timeline rows to append and the case row they lead to."""

    events: tuple[Event, ...]
    snapshot: Snapshot
    ticket: Ticket | None = None
    """Only with the first record of a case."""
    telling: Telling | None = None
    """Only when somebody is to hear of these events."""


class Recorded(Frozen):
    """What the database knows and the workflow has to."""

    can_be_asked: bool = True
    """There is a channel by which the final survey can be sent."""
    told: bool = True
    """Everybody concerned has been told; otherwise it takes longer than a record may."""


def ticket_of(opening: Opening) -> Ticket:
    """The unchanging part of a case."""
    return Ticket(
        customer=opening.customer,
        policy=opening.policy.name,
        requested_at=opening.requested_at,
        loop=opening.loop,
        previous=opening.previous,
        sibling=opening.sibling,
        offered_to=opening.offered_to,
    )
