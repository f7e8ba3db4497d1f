"""Typeform: `form_response`, and `form_response_partial` for a response that goes on."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from surveys import signatures
from surveys.errors import MissingField, WrongShape
from surveys.mapping import Form, Forms, SourceName
from surveys.questionnaire import Answered, Questionnaire, understand
from surveys.reading import Json, Object, id_at, instant_at, maybe_object, object_at, objects_of, read_object, text_at
from surveys.response import MAX_ID, Meaning, ResponseIn, Value

_FINISHED = {"form_response": True, "form_response_partial": False}


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """Raises BadSignature unless Typeform signed these very bytes with one of the secrets."""
    signatures.typeform(headers, body, secrets, now)


def parse(_headers: Mapping[str, str], body: bytes, forms: Forms, received_at: datetime) -> ResponseIn:
    """The response in this delivery. Raises NotJson, WrongShape, UnknownForm or MissingField, nothing else."""
    delivery = read_object(body)
    finished = _FINISHED.get(text_at(delivery, "event_type") or "")
    if finished is None:
        raise WrongShape("event_type", "is neither form_response nor form_response_partial")
    response = object_at(delivery, "form_response")
    form_id = id_at(response, "form_id")
    form = forms.find(SourceName.TYPEFORM, form_id)
    defined = _defined(response)
    _check_questions(form_id, form, defined)
    # A partial delivery without a time of its own must not pass for newer than the finished one.
    at = instant_at(response, "submitted_at") or instant_at(response, "landed_at") or received_at
    read = Questionnaire(
        source=SourceName.TYPEFORM,
        form=form_id,
        external_id=id_at(response, "token"),
        event_id=(text_at(delivery, "event_id") or "")[:MAX_ID] or None,
        finished=finished,
        submitted_at=at,
        version=at,
        answered=_answered(response, defined),
        beside=_beside(response),
    )
    return understand(read, form, received_at)


def _defined(response: Object) -> list[Object]:
    """The form's questions as delivered, those of groups included."""
    waiting = objects_of(maybe_object(response.get("definition")).get("fields"))
    found: list[Object] = []
    while waiting:
        field = waiting.pop(0)
        found.append(field)
        waiting += objects_of(maybe_object(field.get("properties")).get("fields"))
    return found


def _check_questions(form_id: str, form: Form, defined: Sequence[Object]) -> None:
    """A question removed at the platform would silence every contact request; so it is said aloud."""
    if not defined:
        return
    by_address = {name: field for field in defined for name in (text_at(field, "id"), text_at(field, "ref")) if name}
    for meaning, address in form.must_exist.items():
        if address not in by_address:
            raise MissingField(meaning, address, form_id)
        if meaning is Meaning.CONTACT and not _can_mean_yes(by_address[address], form):
            raise MissingField(meaning, address, form_id, "none of its choices is among contact_values")


def _can_mean_yes(field: Object, form: Form) -> bool:
    labels = tuple(label for choice in objects_of(field.get("choices")) if (label := text_at(choice, "label")))
    return not labels or form.asks_for_contact(labels)


def _answered(response: Object, defined: Sequence[Object]) -> tuple[Answered, ...]:
    by_id = {text_at(field, "id"): field for field in defined}
    found = (_one(answer, by_id) for answer in objects_of(response.get("answers")))
    return tuple(one for one in found if one)


def _one(answer: Object, by_id: Mapping[str | None, Object]) -> Answered | None:
    asked = maybe_object(answer.get("field"))
    question_id = text_at(asked, "id")
    if question_id is None or len(question_id) > MAX_ID:
        return None
    field = by_id.get(question_id, {})
    ref = text_at(asked, "ref") or text_at(field, "ref")
    return Answered(question_id, text_at(field, "title") or ref or question_id, _value(answer), ref)


def _value(answer: Object) -> Value:
    """The answer's type names the key its value lies under; a type we do not know is no reason to refuse the rest."""
    value = answer.get(text_at(answer, "type") or "")
    if not isinstance(value, dict):
        return _plain(value)
    labels = value.get("labels")
    if isinstance(labels, list):
        return tuple(label for label in [*labels, value.get("other")] if isinstance(label, str))
    return text_at(value, "label") or text_at(value, "other") or text_at(value, "amount")


def _beside(response: Object) -> dict[str, Value]:
    hidden = {f"hidden:{key}": _plain(value) for key, value in maybe_object(response.get("hidden")).items()}
    variables = {
        f"variable:{text_at(one, 'key')}": _plain(one.get(text_at(one, "type") or ""))
        for one in objects_of(response.get("variables"))
    }
    return hidden | variables


def _plain(value: Json) -> Value:
    return value if isinstance(value, str | int | float) else None
