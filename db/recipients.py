"""Who is to be told: a case's customer with the ways to reach them, and the staff on duty."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from uuid import UUID

from sqlmodel import Session, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from db.casework import Attempt, Case
from db.intake import Response
from db.openings import promise_of, zone_of
from db.people import Customer
from db.staff import Duty, Staff
from db.suppressions import is_suppressed
from domain.announcements import Audience
from domain.phone import takes_sms
from domain.words import AttemptOutcome, Language, Outcome, Role


@dataclass(frozen=True)
class Recipient:
    """A case's customer. `mail` and `sms` are None when that way is unknown, unusable or suppressed."""

    case: UUID
    language: Language
    address_form: str | None
    zone: str | None
    mail: str | None
    sms: str | None
    specialist: str | None
    """The owner's name, which the customer may know."""
    promise_due: datetime | None
    number_usable: bool
    """The provider has not found the number invalid."""
    phone: str | None
    """The number, also when no SMS may go there any more."""
    outcome: Outcome | None
    spoken_at: datetime | None
    """When they last spoke with us."""
    awake_at: datetime
    """The last sign that they were awake: their request, a number they gave, a conversation."""


def recipient(session: Session, case_id: UUID, secret: bytes) -> Recipient:
    """The customer of a case, as known now. LookupError when the case has no row."""
    parts = (
        select(Case, Response, Customer, col(Staff.name))
        .join(Response, col(Response.id) == col(Case.id))
        .join(Customer, col(Customer.id) == col(Case.customer_id))
        .outerjoin(Staff, col(Staff.id) == col(Case.owner_id))
        .where(col(Case.id) == case_id)
    )
    found = session.exec(parts).one_or_none()
    if found is None:
        raise LookupError("no such case")
    case, response, customer, specialist = found
    mail, sms = (None, None) if customer.erased_at else _ways(response, customer)
    promise, spoken_at = promise_of(response), _spoken_at(session, case)
    asked_at = promise.requested_at if promise else case.requested_at
    return Recipient(
        case=case.id,
        language=Language(customer.language or response.language),
        address_form=customer.address_form or response.name or customer.name,
        zone=zone_of(customer.zone, response.zone),
        mail=_allowed(session, "mail", mail, secret),
        sms=_allowed(session, "sms", sms, secret),
        specialist=specialist,
        promise_due=case.promise_due,
        number_usable=bool(case.snapshot.get("number_usable")),
        phone=response.phone,
        outcome=Outcome(case.outcome) if case.outcome else None,
        spoken_at=spoken_at,
        awake_at=max(asked_at, spoken_at or asked_at),
    )


def _ways(response: Response, customer: Customer) -> tuple[str | None, str | None]:
    mail = response.email or customer.email or customer.invited_email
    return mail, response.phone if response.phone and takes_sms(response.phone) else None


def _spoken_at(session: Session, case: Case) -> datetime | None:
    """The case's row knows the first conversation, also one in another case; the attempts know the later ones."""
    spoke = or_(col(Attempt.answered_at).is_not(None), col(Attempt.outcome) == AttemptOutcome.REACHED.value)
    conversations = select(func.max(func.coalesce(Attempt.answered_at, Attempt.ended_at)))
    last = session.scalar(conversations.where(Attempt.case_id == case.id, spoke))
    return max((at for at in (case.reached_at, last) if at), default=None)


def _allowed(session: Session, channel: str, address: str | None, secret: bytes) -> str | None:
    return address if address and not is_suppressed(session, channel, address, secret) else None


def staff_for(session: Session, audience: Sequence[Audience], case_id: UUID) -> list[Staff]:
    """Whom an alert goes to, each once. Nobody of them on duty → the leads, as `Audience.LEADS` finds them."""
    found = [member for one in audience for member in _members(session, one, case_id)] or _leads(session)
    return list({member.id: member for member in found}.values())


def _members(session: Session, audience: Audience, case_id: UUID) -> Sequence[Staff]:
    match audience:
        case Audience.OWNER:
            return _owner(session, case_id) or _on_duty(session, Role.SPECIALIST)
        case Audience.EVERYBODY:
            others = (_on_duty(session, role) for role in (Role.SECOND_LINE, Role.LEAD, Role.MANAGER))
            return [*(_on_duty(session, Role.SPECIALIST) or _leads(session)), *chain.from_iterable(others)]
        case Audience.ON_DUTY:
            return _on_duty(session, Role.SPECIALIST)
        case Audience.SECOND_LINE:
            return _on_duty(session, Role.SECOND_LINE)
        case Audience.LEADS:
            return _leads(session)
        case Audience.MANAGERS:
            return _all(session, Role.MANAGER)


def _leads(session: Session) -> Sequence[Staff]:
    """The leads on duty; none of them there → every lead, then every manager."""
    return _on_duty(session, Role.LEAD) or _all(session, Role.LEAD) or _all(session, Role.MANAGER)


def _owner(session: Session, case_id: UUID) -> Sequence[Staff]:
    owner = select(Staff).join(Case, col(Case.owner_id) == col(Staff.id)).where(Case.id == case_id, col(Staff.active))
    return session.exec(owner).all()


def _on_duty(session: Session, role: Role) -> Sequence[Staff]:
    spells = select(Duty.staff_id).where(col(Duty.ended_at).is_(None))
    return session.exec(_active(role).where(col(Staff.id).in_(spells))).all()


def _all(session: Session, role: Role) -> Sequence[Staff]:
    return session.exec(_active(role)).all()


def _active(role: Role) -> SelectOfScalar[Staff]:
    return select(Staff).where(col(Staff.role) == role.value, col(Staff.active)).order_by(col(Staff.id))
