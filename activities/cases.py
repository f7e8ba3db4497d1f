"""The case's rows, and the calendar it works by."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session
from temporalio import activity

from db.openings import windows
from db.projection import project
from db.recipients import recipient
from domain.events import EventKind
from domain.policy import Frozen, Policy
from domain.projection import Record, Recorded
from domain.windows import Windows


class Extend(Frozen):
    """A case that outlives its known calendar."""

    case: UUID
    policy: Policy
    since: datetime


class Calendar(Frozen):
    """The coming days: when the customer may be rung, and when second line is at work."""

    calling: Windows
    company: Windows


class CaseActivities:
    """Writes and reads PostgreSQL."""

    def __init__(self, engine: Engine, secret: bytes) -> None:
        self.engine, self.secret = engine, secret

    @activity.defn
    def record(self, record: Record) -> Recorded:
        """Append the events to the timeline and bring the rows up to the snapshot.

        Twice is harmless: events are known by id, and rows only move to a higher sequence number.
        """
        with Session(self.engine) as session, session.begin():
            project(session.connection(), record)
            if all(event.kind is not EventKind.RESOLVED for event in record.events):
                return Recorded()
            customer = recipient(session, record.snapshot.case, self.secret)
            return Recorded(can_be_asked=bool(customer.mail or customer.sms))

    @activity.defn
    def extend_calendar(self, ask: Extend) -> Calendar:
        """Compute the coming days anew; nothing is changed."""
        with Session(self.engine) as session:
            calling, company = windows(session, ask.case, ask.policy, ask.since)
        return Calendar(calling=calling, company=company)
