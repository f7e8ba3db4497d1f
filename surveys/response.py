"""One filled-in questionnaire as every adapter hands it over, whatever platform it came from."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from domain.policy import Frozen
from domain.words import Language
from surveys.lines import line

Value = str | int | float | bool | tuple[str, ...] | None
"""What a question can be answered with; several ticked choices are a tuple."""

MAX_ANSWERS = 200
MAX_TEXT = 10_000
MAX_ID = 200


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be a time between the years 1 and 9999") from None


def iso_8601(at: object) -> datetime:
    """The instant in such a text. ValueError for anything else.

    Read here, since pydantic takes numbers and texts of digits, such as a phone number, for seconds since 1970.
    """
    if isinstance(at, datetime):
        return at
    try:
        return datetime.fromisoformat(at if isinstance(at, str) else "")
    except ValueError:
        raise ValueError("must be an ISO 8601 time with its offset, such as 2026-11-02T12:03:11Z") from None


def _line(text: str | None) -> str | None:
    return (line(text) or None) if text else None


Utc = Annotated[AwareDatetime, BeforeValidator(iso_8601), AfterValidator(_utc)]
Id = Annotated[str, Field(min_length=1, max_length=MAX_ID)]
Personal = Annotated[str | None, Field(max_length=MAX_ID, repr=False), AfterValidator(_line)]
"""Personal data of one line, or None: never in a repr, so never in a log."""
Text = Annotated[str, Field(max_length=MAX_TEXT)]


class Meaning(StrEnum):
    """What a question, or a value the inviter put into the link, tells us."""

    CONTACT = "contact"
    """The tick: I want a specialist to contact me."""
    PHONE = "phone"
    EMAIL = "email"
    """As typed by whoever filled it in: an address to write to, no proof of who they are."""
    INVITED_EMAIL = "invited_email"
    """The address our invitation went to."""
    NAME = "name"
    ADDRESS_FORM = "address_form"
    CUSTOMER_REF = "customer_ref"
    LANGUAGE = "language"
    ZONE = "zone"
    PRODUCT = "product"
    NPS = "nps"
    CES = "ces"
    COMMENT = "comment"
    CONSENT = "consent"


class Answer(Frozen):
    """One question with its answer, as the specialist reads it before calling."""

    question_id: Id
    question_text: Text = Field(repr=False)
    value: Value = Field(repr=False)
    meaning: Meaning | None = None


class ResponseIn(Frozen):
    """One delivery of one response. The same (source, form, external_id) comes again as the customer goes on."""

    source: Id
    form: Id
    external_id: Id
    """The response's id at the platform: the same in all its deliveries."""
    event_id: str | None = Field(default=None, max_length=MAX_ID)
    """The delivery's id at the platform, for tracing only; deliveries of one response have different ones."""
    finished: bool
    submitted_at: Utc
    """When the customer gave these answers, by the platform's clock, but never after we received them."""
    version: Utc
    """Orders the deliveries of one response: the platform's time of the change, else the receipt."""
    answers: tuple[Answer, ...] = Field(default=(), max_length=MAX_ANSWERS)
    contact_requested: bool = False
    phone: Personal = None
    """As typed; `domain.phone.normalize` says whether it can be rung."""
    email: Personal = None
    invited_email: Personal = None
    """The address our invitation went to: unlike `email` it may identify the customer. Lower case."""
    name: Personal = None
    address_form: Personal = None
    """How they like to be addressed."""
    customer_ref: Personal = None
    """The customer's id at the company that invited them."""
    language: Language = Language.RU
    zone: str | None = None
    """The customer's IANA zone, if the survey told it."""
    default_zone: str | None = None
    """The form's zone, for a customer of whom neither profile nor survey nor phone prefix tells one."""
    product: str | None = Field(default=None, max_length=MAX_ID)
    policy: str = "standard"
    nps: int | None = Field(default=None, ge=0, le=10, strict=True)
    """How likely to recommend us, 0–10: 0 is a score, None is no answer."""
    ces: int | None = Field(default=None, ge=1, le=7, strict=True)
    """How easily it was solved, 1–7, 7 best; None is no answer."""
    comment: Text | None = Field(default=None, repr=False)
    consent: str | None = Field(default=None, max_length=MAX_ID)
    """The version of the text they agreed to, where the questionnaire tells it."""
