"""One case with its rows, moved by the real rules and written by the real projection, without a workflow."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from activities.announcements import Announce
from activities.phone import Ring, Rung
from db import callbacks, duty
from db.columns import new_id, now
from db.openings import opening
from db.projection import project
from db.tables import Attempt, Customer, Message, Response, Staff
from domain import calls
from domain.announcements import worth_telling
from domain.events import Event, EventKind
from domain.messages import CallEnded, CustomerAnswered, CustomerWithdrew, Opening
from domain.policy import CivilHours, CompanyHours, Policy
from domain.projection import Record, ticket_of
from domain.promise import promise_from
from domain.rules import Case, begin, hear
from domain.words import AttemptOutcome, Role

ROUND_THE_CLOCK = Policy(company=CompanyHours(always_open=True), civil=CivilHours(always_civil=True))


def new_phone() -> str:
    """A mobile number that no other test uses."""
    return f"+7916{uuid4().int % 10**7:07d}"


def add_staff(engine: Engine, role: Role, *, on_duty: bool = True, **columns: object) -> UUID:
    """A member of staff, with a telephone."""
    member = Staff(name="Irina", role=role, phone="+74950000001", language="en").sqlmodel_update(columns)
    with Session(engine, expire_on_commit=False) as session, session.begin():
        session.add(member)
        session.flush()
        if on_duty:
            duty.start(session, member.id, now())
    return member.id


class Scene:
    """A case that has just been opened; `told` is what was noted and not yet announced."""

    def __init__(
        self,
        engine: Engine,
        *,
        policy: Policy = ROUND_THE_CLOCK,
        customer: Mapping[str, object] | None = None,
        response: Mapping[str, object] | None = None,
        **columns: object,
    ) -> None:
        self.engine, self.policy = engine, policy
        self.phone, self.email = new_phone(), f"{uuid4().hex}@example.org"
        told: dict[str, object] = {"phone": self.phone, "email": self.email, **(response or {}), **columns}
        self.case = Case(self._store({**(customer or {})}, told))
        self.told: list[Event] = []
        self._unnoted = itertools.count(100)
        begin(self.case, at=self.case.opening.requested_at)
        self.project()

    @property
    def id(self) -> UUID:
        return self.case.opening.case

    # What happens

    def project(self) -> None:
        events = tuple(self.case.take_events())
        if not events:
            return
        ticket = ticket_of(self.case.opening) if events and events[0].seq == 1 else None
        record = Record(events=events, snapshot=self.case.snapshot(None, None), ticket=ticket)
        with Session(self.engine) as session, session.begin():
            project(session.connection(), record)
        self.told += worth_telling(list(events))

    def own(self, staff: UUID) -> None:
        self.case.own(staff, now())
        self.case.note(EventKind.CLAIMED, now(), by=staff)
        self.project()

    def call(self, by: UUID) -> UUID:
        """The row of a new attempt; nobody is rung yet."""
        attempt = calls.start(self.case, new_id(), by=by, at=now())
        self.case.note(EventKind.CALL_STARTED, now(), by=by, ref=attempt.id)
        self.project()
        return attempt.id

    def answer(self, attempt: UUID) -> None:
        with Session(self.engine) as session, session.begin():
            callbacks.note_answer(session, attempt, now())
        self._hear(CustomerAnswered(id=str(uuid4()), at=now(), attempt=attempt))

    def end(self, attempt: UUID, outcome: AttemptOutcome) -> None:
        self._hear(CallEnded(id=str(uuid4()), at=now(), attempt=attempt, outcome=outcome))

    def withdraw(self) -> None:
        self._hear(CustomerWithdrew(id=str(uuid4()), at=now()))

    def _hear(self, fact: CallEnded | CustomerAnswered | CustomerWithdrew) -> None:
        hear(self.case, fact, now=now())
        self.project()

    # What activities are given

    def moment(self, *events: Event, at: datetime | None = None) -> Announce:
        return Announce(case=self.id, policy=self.policy, at=at or now(), events=events)

    def event(self, kind: EventKind, *, detail: str = "", due: datetime | None = None, quiet: bool = False) -> Event:
        """Something that happened, noted nowhere."""
        at, seq = now(), next(self._unnoted)
        return Event(
            seq=seq,
            id=f"{seq}:{kind}",
            kind=kind,
            at=at,
            due=due or at + timedelta(hours=1),
            detail=detail,
            quiet=quiet,
        )

    def ring(self, attempt: UUID, *, at: datetime | None = None, agreed: bool = False, first: bool = True) -> Ring:
        return Ring(case=self.id, attempt=attempt, policy=self.policy, at=at or now(), agreed=agreed, first=first)

    # Rows

    def messages(self) -> Sequence[Message]:
        with Session(self.engine) as session:
            return session.exec(select(Message).where(Message.case_id == self.id).order_by(col(Message.key))).all()

    def message(self, channel: str = "sms") -> Message:
        (found,) = (message for message in self.messages() if message.channel == channel)
        return found

    def to_customer(self) -> list[tuple[str, str, str | None]]:
        """Channel, state and error of each message to the customer."""
        return [(row.channel, row.state, row.error) for row in self.messages() if row.staff_id is None]

    def later(self, by: timedelta) -> None:
        """As if so much time had passed since anything was posted."""
        with Session(self.engine) as session, session.begin():
            for row in (*session.exec(select(Message)), *session.exec(select(Attempt))):
                row.posted_at = row.posted_at and row.posted_at - by

    def attempt(self, attempt: UUID) -> Attempt:
        with Session(self.engine) as session:
            return session.get_one(Attempt, attempt)

    def _store(self, customer: dict[str, object], response: dict[str, object]) -> Opening:
        at = now()
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            person = Customer(name="Anna Ivanova").sqlmodel_update(customer)
            session.add(person)
            session.flush()
            zone = person.zone or response.get("zone")
            promise = promise_from(self.policy, requested_at=at, zone=str(zone) if zone else None)
            row = Response(
                source="generic",
                form="demo",
                external_id=str(new_id()),
                version=at,
                submitted_at=at,
                customer_id=person.id,
                language="en",
                contact_requested_at=at,
                promise=promise.model_dump(mode="json") if promise else None,
            ).sqlmodel_update(response)
            session.add(row)
            session.flush()
            return opening(session, row, {"standard": self.policy}, at)


RINGS_ON = Rung()
TECHNICAL = Rung(outcome=AttemptOutcome.TECHNICAL)
