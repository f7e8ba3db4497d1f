"""Who is to be told: a case's customer with the ways to reach them, and the staff on duty."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from db.casework import Case
from db.intake import Response
from db.people import Customer
from db.staff import Duty, Staff
from db.suppressions import is_suppressed
from domain.announcements import Audience
from domain.phone import takes_sms
from domain.words import Language, Role


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
    mail = response.email or customer.email or customer.invited_email
    sms = response.phone if response.phone and takes_sms(response.phone) else None
    return Recipient(
        case=case.id,
        language=Language(customer.language or response.language),
        address_form=customer.address_form or response.name or customer.name,
        zone=customer.zone or response.zone,
        mail=_allowed(session, "mail", mail, secret),
        sms=_allowed(session, "sms", sms, secret),
        specialist=specialist,
        promise_due=case.promise_due,
        number_usable=response.phone is not None,
    )


def _allowed(session: Session, channel: str, address: str | None, secret: bytes) -> str | None:
    return address if address and not is_suppressed(session, channel, address, secret) else None


def staff_for(session: Session, audience: Sequence[Audience], case_id: UUID) -> list[Staff]:
    """Whom an alert goes to. Nobody there → the leads; nobody of them on duty → every lead, then every manager."""
    found = {member.id: member for one in audience for member in _members(session, one, case_id)}
    if not found:
        found = {member.id: member for member in _of(session, Role.LEAD) or _of(session, Role.MANAGER)}
    return list(found.values())


def _members(session: Session, audience: Audience, case_id: UUID) -> Sequence[Staff]:
    if audience is Audience.OWNER:
        owner = session.get(Staff, session.exec(select(Case.owner_id).where(col(Case.id) == case_id)).one())
        return [owner] if owner else _of(session, Role.SPECIALIST, on_duty_only=True)
    if audience is Audience.MANAGERS:
        return _of(session, Role.MANAGER)
    role = {
        Audience.ON_DUTY: Role.SPECIALIST,
        Audience.SECOND_LINE: Role.SECOND_LINE,
        Audience.LEADS: Role.LEAD,
    }[audience]
    return _of(session, role, on_duty_only=True)


def _of(session: Session, role: Role, *, on_duty_only: bool = False) -> Sequence[Staff]:
    members = select(Staff).where(col(Staff.role) == role.value, col(Staff.active))
    if on_duty_only:
        members = members.where(col(Staff.id).in_(select(Duty.staff_id).where(col(Duty.ended_at).is_(None))))
    return session.exec(members.order_by(col(Staff.id))).all()
