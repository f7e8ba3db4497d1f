"""Formbricks: one response as created, updated and finished; answers by question id, without the questions' texts."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from surveys import signatures
from surveys.errors import NotAResponse, WrongShape
from surveys.mapping import CONTACT_PARTS, Form, Forms, SourceName
from surveys.questionnaire import Answered, Questionnaire, understand
from surveys.reading import Json, Object, clean_text, id_at, instant_at, maybe_object, object_at, read_object, text_at
from surveys.response import MAX_ID, ResponseIn, Value

_EVENTS = ("responseCreated", "responseUpdated", "responseFinished")
_TRIAL = "testEndpoint"


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """Raises BadSignature or Stale unless Formbricks signed these very bytes, just now, with one of the secrets."""
    signatures.standard_webhooks(headers, body, secrets, now)


def parse(headers: Mapping[str, str], body: bytes, forms: Forms, received_at: datetime) -> ResponseIn:
    """The response in this delivery. Raises NotJson, WrongShape, NotAResponse or UnknownForm, nothing else.

    A question not answered yet is simply absent; what is delivered is always all the answers given so far.
    """
    event, response = _event(read_object(body))
    form_id = id_at(response, "surveyId")
    form = forms.find(SourceName.FORMBRICKS, form_id)
    at = instant_at(response, "updatedAt") or instant_at(response, "createdAt") or received_at
    read = Questionnaire(
        source=SourceName.FORMBRICKS,
        form=form_id,
        external_id=id_at(response, "id"),
        event_id=_delivery_id(headers),
        finished=event == "responseFinished" or response.get("finished") is True,
        submitted_at=at,
        version=at,
        answered=_answered(response, form),
        language=text_at(response, "language"),
        beside=_beside(response, form),
    )
    return understand(read, form, received_at)


def _event(delivery: Object) -> tuple[str, Object]:
    event = text_at(delivery, "event")
    if event == _TRIAL:
        raise NotAResponse
    if event not in _EVENTS:
        raise WrongShape("event", "is none of responseCreated, responseUpdated, responseFinished")
    return event, object_at(delivery, "data")


def _delivery_id(headers: Mapping[str, str]) -> str | None:
    found = next((value for key, value in headers.items() if key.lower() == "webhook-id"), "")
    return clean_text(found)[:MAX_ID] or None


def _answered(response: Object, form: Form) -> tuple[Answered, ...]:
    """Hidden fields lie among the answers; those we know to be hidden are no questions."""
    return tuple(
        Answered(key, key, _value(value))
        for key, value in maybe_object(response.get("data")).items()
        if key.strip() and len(key) <= MAX_ID and f"hidden:{key}" not in form.fields.values()
    )


def _beside(response: Object, form: Form) -> dict[str, Value]:
    data = maybe_object(response.get("data"))
    profile = {**maybe_object(response.get("contact")), **maybe_object(response.get("contactAttributes"))}
    return {
        **_addressed("hidden", data),
        **_addressed("variable", maybe_object(response.get("variables"))),
        **_addressed("attribute", profile),
        **{address: _part(data, address) for address in form.fields.values() if "#" in address},
    }


def _addressed(kind: str, values: Object) -> dict[str, Value]:
    return {f"{kind}:{key}": _value(value) for key, value in values.items()}


def _part(data: Object, address: str) -> Value:
    question_id, _, part = address.partition("#")
    parts = data.get(question_id)
    if part not in CONTACT_PARTS or not isinstance(parts, list):
        return None
    named = dict(zip(CONTACT_PARTS, parts, strict=False))
    return _value(named.get(part))


def _value(value: Json) -> Value:
    if isinstance(value, list):
        return tuple(str(one) for one in value if isinstance(one, str | int | float) and one != "")
    if isinstance(value, dict):
        return tuple(f"{row}: {cell}" for row, cell in value.items() if isinstance(cell, str | int | float))
    return value
