"""Who is to be told: a case's customer with the ways to reach them, and the staff on duty."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain
from uuid import UUID

import sqlalchemy
from sqlmodel import Session, col, func, or_, select

from db.casework import Attempt, Case
from db.intake import Response
from db.people import Customer
from db.staff import Duty, Staff
from db.suppressions import suppressed
from domain.announcements import Audience
from domain.phone import takes_sms
from domain.promise import Promise
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
    picture: str | None
    """Where the owner's picture is."""
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


def _first(*columns: str | None) -> sqlalchemy.ColumnElement[str]:
    """The first of these columns that says anything."""
    return func.coalesce(*(func.nullif(column, "") for column in columns))


ADDRESS_FORM = _first(Customer.address_form, Response.name, Customer.name)
"""How to address the customer of a joined profile and response."""
ZONE = _first(Customer.zone, Response.zone)
"""The customer's zone: what specialists or shop know goes before what came with the response."""
_SPOKE = or_(col(Attempt.answered_at).is_not(None), col(Attempt.outcome) == AttemptOutcome.REACHED.value)
_LAST_SPOKEN = (
    select(func.max(func.coalesce(Attempt.answered_at, Attempt.ended_at)))
    .where(col(Attempt.case_id) == col(Case.id), _SPOKE)
    .scalar_subquery()
)
# Columns, not rows: they are read with every message, and a response brings all its answers.
_CUSTOMER = (
    sqlalchemy.select(
        col(Case.requested_at),
        col(Case.promise_due),
        col(Case.outcome),
        col(Case.reached_at),
        col(Case.snapshot)["number_usable"].as_boolean().label("number_usable"),
        _LAST_SPOKEN.label("last_spoken"),
        col(Response.promise),
        col(Response.phone),
        _first(Response.email, Customer.email, Customer.invited_email).label("mail"),
        _first(Customer.language, Response.language).label("language"),
        ADDRESS_FORM.label("address_form"),
        ZONE.label("zone"),
        col(Customer.erased_at),
        col(Staff.name).label("specialist"),
        col(Staff.picture),
    )
    .join(Response, col(Response.id) == col(Case.id))
    .join(Customer, col(Customer.id) == col(Case.customer_id))
    .outerjoin(Staff, col(Staff.id) == col(Case.owner_id))
    .where(col(Case.id) == sqlalchemy.bindparam("case"))
)


def recipient(session: Session, case_id: UUID, secret: bytes) -> Recipient:
    """The customer of a case, as known now. LookupError when the case has no row."""
    found = session.execute(_CUSTOMER, {"case": case_id}).one_or_none()
    if found is None:
        raise LookupError("no such case")
    ways = {} if found.erased_at else _ways(found.mail, found.phone)
    refused = suppressed(session, ways, secret)
    # The case's row knows the first conversation, also one in another case; the attempts know the later ones.
    spoken_at = max((at for at in (found.reached_at, found.last_spoken) if at), default=None)
    asked_at = Promise.model_validate(found.promise).requested_at if found.promise else found.requested_at
    return Recipient(
        case=case_id,
        language=Language(found.language),
        address_form=found.address_form,
        zone=found.zone,
        mail=None if "mail" in refused else ways.get("mail"),
        sms=None if "sms" in refused else ways.get("sms"),
        specialist=found.specialist,
        picture=found.picture,
        promise_due=found.promise_due,
        number_usable=bool(found.number_usable),
        phone=found.phone,
        outcome=Outcome(found.outcome) if found.outcome else None,
        spoken_at=spoken_at,
        awake_at=max(asked_at, spoken_at or asked_at),
    )


def _ways(mail: str | None, phone: str | None) -> dict[str, str]:
    """Where a customer can be written to, by channel."""
    ways = {"mail": mail, "sms": phone if phone and takes_sms(phone) else None}
    return {channel: address for channel, address in ways.items() if address}


def staff_for(session: Session, audience: Sequence[Audience], case_id: UUID) -> list[Staff]:
    """Whom an alert goes to, each once. Nobody of them on duty → the leads, as `Audience.LEADS` finds them."""
    desk = _Desk(session, case_id)
    found = [member for one in audience for member in desk.members(one)] or desk.leads
    return list({member.id: member for member in found}.values())


class _Desk:
    """Who works here, as seen from a case; those on duty are read once."""

    def __init__(self, session: Session, case_id: UUID) -> None:
        self._session, self._case = session, case_id

    def members(self, audience: Audience) -> Sequence[Staff]:
        match audience:
            case Audience.OWNER:
                return self._owner() or self._on_duty(Role.SPECIALIST)
            case Audience.EVERYBODY:
                others = (self._on_duty(role) for role in (Role.SECOND_LINE, Role.LEAD, Role.MANAGER))
                return [*(self._on_duty(Role.SPECIALIST) or self.leads), *chain.from_iterable(others)]
            case Audience.ON_DUTY:
                return self._on_duty(Role.SPECIALIST)
            case Audience.SECOND_LINE:
                return self._on_duty(Role.SECOND_LINE)
            case Audience.LEADS:
                return self.leads
            case Audience.MANAGERS:
                return self._all(Role.MANAGER)

    @property
    def leads(self) -> Sequence[Staff]:
        """The leads on duty; none of them there → every lead, then every manager."""
        return self._on_duty(Role.LEAD) or self._all(Role.LEAD) or self._all(Role.MANAGER)

    def _owner(self) -> Sequence[Staff]:
        owned = (col(Case.id) == self._case, col(Staff.active))
        return self._session.exec(select(Staff).join(Case, col(Case.owner_id) == col(Staff.id)).where(*owned)).all()

    def _on_duty(self, role: Role) -> Sequence[Staff]:
        return [member for member in self._there if member.role == role.value]

    @cached_property
    def _there(self) -> Sequence[Staff]:
        return self._session.exec(_ON_DUTY).all()

    def _all(self, role: Role) -> Sequence[Staff]:
        return self._session.exec(_ACTIVE.where(col(Staff.role) == role.value)).all()


_ACTIVE = select(Staff).where(col(Staff.active)).order_by(col(Staff.id))
_ON_DUTY = _ACTIVE.where(col(Staff.id).in_(select(Duty.staff_id).where(col(Duty.ended_at).is_(None))))
