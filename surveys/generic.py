"""Our own documented delivery, for any platform or script that can send JSON signed as Standard Webhooks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter
from pydantic.config import JsonDict

from domain.policy import Frozen
from surveys import signatures
from surveys.errors import WrongShape
from surveys.mapping import Forms, SourceName
from surveys.questionnaire import Answered, Questionnaire, language_of, understand, zone_of
from surveys.reading import read_model
from surveys.response import MAX_ANSWERS, Id, Meaning, Personal, ResponseIn, Text, Utc, Value


def _stripped(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text.strip()


Name = Annotated[Id, AfterValidator(_stripped)]
Choices = Annotated[tuple[Text, ...], Field(max_length=MAX_ANSWERS)]


class Customer(Frozen):
    """Whom you invited. `id` is your own id of the customer; `invited_email` the address the invitation went to."""

    id: Name | None = Field(default=None, repr=False)
    email: Personal = None
    invited_email: Personal = None
    name: Personal = None
    address_form: Personal = None
    phone: Personal = None
    language: str | None = Field(default=None, max_length=35)
    zone: str | None = Field(default=None, max_length=100)


class Contact(Frozen):
    """The contact request: the tick, and the number as typed."""

    requested: bool
    phone: Personal = None


class Scores(Frozen):
    """Scores given in this questionnaire; leave out what was not asked or answered: 0 is a score."""

    nps: int | None = Field(default=None, ge=0, le=10)
    ces: int | None = Field(default=None, ge=1, le=7)


class AnswerGiven(Frozen):
    """One question with its answer; several ticked choices are a list."""

    id: Name
    question: Text = Field(default="", repr=False)
    value: Text | int | float | bool | Choices | None = Field(default=None, repr=False)


EXAMPLE: JsonDict = {
    "response_id": "r-10042",
    "form": "after-purchase",
    "submitted_at": "2026-11-02T12:03:11Z",
    "updated_at": "2026-11-02T12:03:11Z",
    "finished": True,
    "customer": {
        "id": "c-7781",
        "invited_email": "anna@example.com",
        "name": "Анна",
        "address_form": "Анна Сергеевна",
        "language": "ru",
        "zone": "Asia/Yekaterinburg",
    },
    "contact": {"requested": True, "phone": "8 (916) 123-45-67"},
    "scores": {"nps": 3, "ces": 2},
    "comment": "После обновления не запускается.",
    "product": "home",
    "answers": [{"id": "q1", "question": "Что произошло?", "value": "После обновления не запускается."}],
}


class GenericResponse(Frozen):
    """One delivery of one response: send it again, with a later `updated_at`, when the customer changes something."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    response_id: Name
    form: Name
    submitted_at: Utc
    updated_at: Utc | None = None
    finished: bool = True
    customer: Customer = Customer()
    contact: Contact | None = None
    """May be left out only when the forms file maps the contact request to one of the answers."""
    scores: Scores = Scores()
    comment: Text | None = Field(default=None, repr=False)
    product: Name | None = None
    answers: tuple[AnswerGiven, ...] = Field(default=(), max_length=MAX_ANSWERS)


_ADAPTER = TypeAdapter(GenericResponse)


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """Raises BadSignature or Stale unless these very bytes were signed, just now, with one of the secrets."""
    signatures.standard_webhooks(headers, body, secrets, now)


def parse(_headers: Mapping[str, str], body: bytes, forms: Forms, received_at: datetime) -> ResponseIn:
    """The response in this delivery. Raises NotJson, WrongShape or UnknownForm, nothing else."""
    sent = read_model(body, _ADAPTER)
    form = forms.find(SourceName.GENERIC, sent.form)
    if sent.contact is None and Meaning.CONTACT not in form.fields:
        raise WrongShape("contact", "is missing: say whether contact was requested, or map an answer to it")
    changed_at = sent.updated_at or sent.submitted_at
    read = Questionnaire(
        source=SourceName.GENERIC,
        form=sent.form,
        external_id=sent.response_id,
        finished=sent.finished,
        submitted_at=changed_at,
        version=changed_at,
        answered=tuple(Answered(one.id, one.question or one.id, one.value) for one in sent.answers),
    )
    return _stated(sent, understand(read, form, received_at))


def _stated(sent: GenericResponse, mapped: ResponseIn) -> ResponseIn:
    """What is said outright goes before what the forms file reads out of the answers."""
    contact, customer = sent.contact or Contact(requested=False), sent.customer
    invited = _text(customer.invited_email)
    stated: dict[str, Value] = {
        "phone": _text(contact.phone) or mapped.phone or _text(customer.phone),
        "email": _text(customer.email),
        "invited_email": invited.lower() if invited else None,
        "name": _text(customer.name),
        "address_form": _text(customer.address_form),
        "customer_ref": customer.id,
        "language": language_of(customer.language, mapped.language),
        "zone": zone_of(customer.zone),
        "product": sent.product,
        "nps": sent.scores.nps,
        "ces": sent.scores.ces,
        "comment": _text(sent.comment),
        "contact_requested": contact.requested or mapped.contact_requested,
    }
    return mapped.model_copy(update={name: value for name, value in stated.items() if value is not None})


def _text(typed: str | None) -> str | None:
    return (typed or "").strip() or None
