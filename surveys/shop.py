"""What the shop or CRM tells: customers, licences, purchases, renewals; documented JSON in Standard Webhooks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from domain.policy import Frozen
from surveys import signatures
from surveys.reading import read_model
from surveys.response import Id, Personal, Text, Utc

Version = Annotated[int, Field(ge=0, lt=2**63)]
"""Rises with every change of one record (a counter, or a time in milliseconds): older news is passed over."""


class Segment(StrEnum):
    """What the customer has bought."""

    TRIAL = "trial"
    BASIC = "basic"
    FULL = "full"
    BUSINESS = "business"


class PurchaseState(StrEnum):
    """How a purchase ended."""

    COMPLETED = "completed"
    ABANDONED = "abandoned"


class Organisation(Frozen):
    """A business customer's company."""

    id: Id
    name: Text = Field(repr=False)


class Customer(Frozen):
    """A customer as the shop knows them; what is left out stays as it was."""

    id: Id = Field(repr=False)
    email: Personal = None
    name: Personal = None
    address_form: Personal = None
    phone: Personal = None
    language: str | None = Field(default=None, max_length=35)
    zone: str | None = Field(default=None, max_length=100)
    city: Personal = None
    channel: str | None = Field(default=None, max_length=100)
    """The channel they came by."""
    organisation: Organisation | None = None


class Licence(Frozen):
    """A licence; `key_id` names it and is not the key itself."""

    key_id: Id
    product: Id
    segment: Segment
    seats: int = Field(default=1, ge=1, le=1_000_000)
    valid_until: Utc | None = None
    """None: without end."""


class Purchase(Frozen):
    """A purchase; `amount` is in minor units (kopecks, cents) of `currency` (ISO 4217)."""

    id: Id
    product: Id
    amount: int = Field(ge=0, lt=2**63)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    at: Utc
    state: PurchaseState = PurchaseState.COMPLETED


class CustomerUpdated(Frozen):
    """A customer was created or changed; `version` is the customer's."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event": "customer.updated",
                    "version": 7,
                    "customer": {"id": "c-7781", "email": "anna@example.com", "name": "Анна", "zone": "Europe/Moscow"},
                }
            ]
        }
    )

    event: Literal["customer.updated"]
    version: Version
    customer: Customer


class LicenceUpdated(Frozen):
    """A licence was issued or changed; `version` is the licence's."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event": "licence.updated",
                    "version": 2,
                    "customer_id": "c-7781",
                    "licence": {
                        "key_id": "K-1",
                        "product": "home",
                        "segment": "full",
                        "seats": 3,
                        "valid_until": "2027-01-31T21:00:00Z",
                    },
                }
            ]
        }
    )

    event: Literal["licence.updated"]
    version: Version
    customer_id: Id = Field(repr=False)
    licence: Licence


class PurchaseCompleted(Frozen):
    """A purchase ended, paid for or left behind (see its `state`); `version` is the purchase's."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event": "purchase.completed",
                    "version": 1,
                    "customer_id": "c-7781",
                    "purchase": {
                        "id": "p-1",
                        "product": "home",
                        "amount": 199000,
                        "currency": "RUB",
                        "at": "2026-11-02T12:00:00Z",
                        "state": "completed",
                    },
                }
            ]
        }
    )

    event: Literal["purchase.completed"]
    version: Version
    customer_id: Id = Field(repr=False)
    purchase: Purchase


class Renewed(Frozen):
    """A licence was renewed: its new state, and the purchase that paid for it, if any; `version` is of both."""

    event: Literal["renewal"]
    version: Version
    customer_id: Id = Field(repr=False)
    licence: Licence
    purchase: Purchase | None = None


ShopEvent = Annotated[
    CustomerUpdated | LicenceUpdated | PurchaseCompleted | Renewed,
    Field(discriminator="event"),
]
_ADAPTER: TypeAdapter[ShopEvent] = TypeAdapter(ShopEvent)


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """Raises BadSignature or Stale unless these very bytes were signed, just now, with one of the secrets."""
    signatures.standard_webhooks(headers, body, secrets, now)


def parse(body: bytes) -> ShopEvent:
    """The event in this delivery. Raises NotJson or WrongShape, nothing else."""
    return read_model(body, _ADAPTER)
