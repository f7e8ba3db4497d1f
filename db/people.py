"""Customers and what they own; matched by the inviter's customer id or the invited e-mail, and nothing else."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from db.columns import Instant, new_id, now


class Organisation(SQLModel, table=True):
    """A business customer's company."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    external_id: str = Field(unique=True)
    name: str
    version: int = Field(default=0, sa_type=BigInteger)


class CustomerRow(SQLModel):
    """What a customer's row holds; by itself it belongs to no session."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    external_id: str | None = Field(default=None, unique=True)
    invited_email: str | None = Field(default=None, unique=True)
    """The address our invitation went to: the only e-mail that identifies."""
    email: str | None = Field(default=None, index=True)
    name: str | None = None
    address_form: str | None = None
    """How they like to be addressed."""
    phone: str | None = Field(default=None, index=True)
    """E.164; the number of the newest contact request."""
    language: str | None = None
    zone: str | None = None
    city: str | None = None
    channel: str | None = None
    """The channel they came by."""
    literacy: str | None = None
    """Technical literacy, as specialists met it."""
    organisation_id: UUID | None = Field(default=None, foreign_key="organisation.id")
    version: int = Field(default=0, sa_type=BigInteger)
    """The shop's version of this profile: older news is passed over."""
    created_at: datetime = Field(default_factory=now, sa_type=Instant)
    erased_at: datetime | None = Field(default=None, sa_type=Instant)


class Customer(CustomerRow, table=True):
    """One profile, fed by shop, surveys and specialists; e-mail is kept in lower case."""


class Licence(SQLModel, table=True):
    """A licence of a customer, as the shop tells it."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    external_id: str = Field(unique=True)
    customer_id: UUID = Field(foreign_key="customer.id", index=True)
    product: str
    segment: str
    """trial, basic, full or business."""
    seats: int = 1
    valid_until: datetime | None = Field(default=None, sa_type=Instant)
    version: int = Field(default=0, sa_type=BigInteger)


class Purchase(SQLModel, table=True):
    """A purchase, completed or abandoned."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    external_id: str = Field(unique=True)
    customer_id: UUID = Field(foreign_key="customer.id", index=True)
    product: str
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    state: str
    at: datetime = Field(sa_type=Instant)
    version: int = Field(default=0, sa_type=BigInteger)
