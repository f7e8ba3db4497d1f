"""The case's rows, and the calendar it works by."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine
from temporalio import activity

from activities.announcements import Announce
from db.engine import at_once
from db.openings import windows
from db.projection import project
from db.recipients import Recipient, recipient
from db.short import step_by_step
from domain.announcements import worth_telling
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

    def __init__(self, engine: Engine, secret: bytes, tell: Callable[[Announce, Recipient | None], bool]) -> None:
        """`tell` announces at once what it can, and says whether that was everything; the customer, if just read."""
        self.engine, self.secret, self.tell = engine, secret, tell

    @activity.defn
    def record(self, record: Record) -> Recorded:
        """Append the events to the timeline, bring the rows up to the snapshot, and tell whom it concerns.

        Twice is harmless: events are known by id, rows only move to a higher sequence number, and each message is
        known by its event.
        """
        with at_once(self.engine) as connection:
            project(connection, record)
        customer = self._customer_to_ask(record)
        can_be_asked = customer is None or bool(customer.mail or customer.sms)
        return Recorded(can_be_asked=can_be_asked, told=self._tell(record, customer))

    def _customer_to_ask(self, record: Record) -> Recipient | None:
        """None while nothing is resolved."""
        if all(event.kind is not EventKind.RESOLVED for event in record.events):
            return None
        with step_by_step(self.engine) as session:
            return recipient(session, record.snapshot.case, self.secret)

    def _tell(self, record: Record, customer: Recipient | None) -> bool:
        telling = record.telling
        if telling is None:
            return True
        events = tuple(worth_telling(record.events))
        moment = Announce(case=record.snapshot.case, policy=telling.policy, at=telling.at, events=events)
        return self.tell(moment, customer)

    @activity.defn
    def extend_calendar(self, ask: Extend) -> Calendar:
        """Compute the coming days anew; nothing is changed."""
        with step_by_step(self.engine) as session:
            calling, company = windows(session, ask.case, ask.policy, ask.since)
        return Calendar(calling=calling, company=company)
