"""Customers: matched by the inviter's customer id or the invited e-mail only; fed by the shop's versions."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, false, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from db import tombstones
from db.columns import new_id
from db.people import Customer, CustomerRow, Licence, Organisation, Purchase

UNTOLD = -1
"""The version of a profile of which the shop has told nothing yet."""


@dataclass(frozen=True)
class Identity:
    """What identifies a customer: what only the inviter knows, never what anybody may type."""

    customer_ref: str | None
    invited_email: str | None

    @property
    def is_known(self) -> bool:
        """Whether there is anything to match by."""
        return bool(self.customer_ref or self.invited_email)


def blank(identity: Identity, at: datetime) -> CustomerRow:
    """A profile that is not stored, of which nothing is known but the identity."""
    ref, email = identity.customer_ref, identity.invited_email
    return CustomerRow(id=new_id(), external_id=ref, invited_email=email, version=UNTOLD, created_at=at)


def identified(session: Session, identity: Identity) -> Customer:
    """The profile of a known identity; a new one is stored when nobody has it. The customer id goes before the e-mail.

    LookupError on an identity that holds nothing to match by.
    """
    return _match(session, identity) or _stored(session, identity)


def forget_if_anonymous(session: Session, customer_id: UUID) -> None:
    """Drop the stand-in profile of a response whose customer has become known."""
    anonymous = (col(Customer.external_id).is_(None), col(Customer.invited_email).is_(None))
    session.execute(delete(Customer).where(col(Customer.id) == customer_id, *anonymous))


def of_shop(session: Session, customer_ref: str, *, secret: bytes) -> Customer | None:
    """The shop's customer, held until the transaction ends; one we have never heard of is stored, empty.

    None for one who was erased and has not come back since: nothing of theirs may be stored.
    """
    known = select(Customer).where(col(Customer.external_id) == customer_ref).with_for_update()
    if found := session.scalars(known).one_or_none():
        return found
    stone = tombstones.of_customer(secret, customer_ref)
    if session.scalar(select(exists().where(col(Customer.external_id) == stone))):
        return None
    new = insert(Customer).values(id=new_id(), external_id=customer_ref, version=UNTOLD, created_at=func.now())
    same = new.on_conflict_do_update(index_elements=["external_id"], set_={"external_id": new.excluded.external_id})
    return session.scalars(same.returning(Customer)).one()


def organisation_of_shop(session: Session, external_id: str, name: str) -> UUID:
    """The id of a business customer's company, under the name heard last."""
    new = insert(Organisation).values(id=new_id(), external_id=external_id, name=name, version=0)
    renamed = new.on_conflict_do_update(index_elements=["external_id"], set_={"name": new.excluded.name})
    return session.scalars(renamed.returning(col(Organisation.id))).one()


def tell(
    session: Session, table: type[Licence | Purchase], external_id: str, *, version: int, told: dict[str, object]
) -> bool:
    """Store the shop's news of one licence or purchase. False when we know the same version or a newer one."""
    new = insert(table).values(id=new_id(), external_id=external_id, version=version, **told)
    changes: dict[str, object] = {name: new.excluded[name] for name in (*told, "version")}
    newer = col(table.version) < new.excluded.version
    upsert = new.on_conflict_do_update(index_elements=["external_id"], set_=changes, where=newer)
    return session.execute(upsert.returning(col(table.id))).first() is not None


def _match(session: Session, identity: Identity) -> Customer | None:
    ref, email = identity.customer_ref, identity.invited_email
    told = ((col(Customer.external_id), ref), (col(Customer.invited_email), email))
    # What was not told matches nobody: compared with null, it would match, and hold, everybody of whom it is not known.
    either = or_(false(), *(column == value for column, value in told if value))
    # Held against an erasure, which must not come between this and the response that is stored next.
    held = select(Customer).where(either).order_by(col(Customer.id)).with_for_update(key_share=True)
    found = session.scalars(held).all()
    by_ref = next((one for one in found if ref and one.external_id == ref), None)
    by_email = next((one for one in found if email and one.invited_email == email), None)
    if by_ref or by_email is None:
        return by_ref
    if ref and by_email.external_id:
        return None  # the address was passed on: it belongs to another of the inviter's customers
    by_email.external_id = ref or by_email.external_id
    return by_email


def _stored(session: Session, identity: Identity) -> Customer:
    """Insert without ever waiting for a second try by the caller; whoever was quicker is found instead."""
    for taken in (identity, Identity(identity.customer_ref, None)):
        values = {"external_id": taken.customer_ref, "invited_email": taken.invited_email}
        new = insert(Customer).values(id=new_id(), version=UNTOLD, created_at=func.now(), **values)
        session.execute(new.on_conflict_do_nothing())
        if found := _match(session, identity):
            return found
    raise LookupError("nothing to match a profile by")
