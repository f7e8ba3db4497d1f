"""Deliveries in the platforms' documented shapes, and the forms they belong to."""

import json
from datetime import UTC, datetime

from hypothesis import HealthCheck, settings

from surveys.mapping import Forms
from surveys.reading import Json

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is slow, which says nothing about the parsers."""
RECEIVED = datetime(2026, 11, 2, 12, 5, tzinfo=UTC)

FORMS = Forms.read(
    """
    [typeform.F1]
    name = "After the purchase"
    product = "home"
    policy = "fast"
    language = "en"
    zone = "Europe/Moscow"
    contact_values = ["Yes, call me", "Да"]
    [typeform.F1.fields]
    contact = "contact_request"
    phone = "qPhone"
    email = "email"
    nps = "recommend"
    ces = "easy"
    comment = "why"
    customer_ref = "hidden:customer_id"
    invited_email = "hidden:email"
    zone = "hidden:tz"
    product = "variable:product"

    [formbricks.S1]
    name = "Before the licence expires"
    [formbricks.S1.fields]
    contact = "call_me"
    phone = "details#phone"
    name = "details#firstName"
    nps = "recommend"
    customer_ref = "attribute:userId"
    zone = "hidden:tz"
    [formbricks.S1.questions]
    recommend = "Порекомендуете нас?"

    [generic.plain]
    name = "Plain"
    [generic.mapped]
    name = "Mapped"
    contact_values = ["Да, позвоните"]
    fields = { contact = "q1", phone = "q2", nps = "q3", comment = "q4" }
    """
)


def body(document: Json) -> bytes:
    return json.dumps(document).encode()


def typeform_field(field_id: str, ref: str, kind: str, title: str, labels: tuple[str, ...] = ()) -> dict[str, Json]:
    choices: list[Json] = [{"id": f"c{n}", "label": label} for n, label in enumerate(labels)]
    return {"id": field_id, "ref": ref, "type": kind, "title": title, "choices": choices}


def typeform_answer(field_id: str, kind: str, value: Json, key: str | None = None) -> dict[str, Json]:
    return {"type": kind, key or kind: value, "field": {"id": field_id, "type": "any"}}


TYPEFORM_FIELDS: list[Json] = [
    typeform_field("qContact", "contact_request", "multiple_choice", "May we call?", ("Yes, call me", "No")),
    {
        "id": "qGroup",
        "ref": "group",
        "type": "group",
        "title": "You",
        "properties": {"fields": [typeform_field("qPhone", "phone", "phone_number", "Your number")]},
    },
    typeform_field("qNps", "recommend", "nps", "Would you recommend us?"),
    typeform_field("qWhy", "why", "long_text", "Why?"),
]


def typeform(answers: list[Json], **changes: Json) -> dict[str, Json]:
    response: dict[str, Json] = {
        "form_id": "F1",
        "token": "tok-1",
        "landed_at": "2026-11-02T12:00:00Z",
        "submitted_at": "2026-11-02T12:03:11Z",
        "hidden": {"customer_id": "c-7781", "email": "Anna@Example.com", "tz": "Asia/Yekaterinburg"},
        "variables": [{"key": "product", "type": "text", "text": "office"}],
        "definition": {"id": "F1", "fields": TYPEFORM_FIELDS},
        "answers": answers,
    }
    return {"event_id": "ev-1", "event_type": "form_response", "form_response": response | changes}


def formbricks(event: str, answers: dict[str, Json], updated_at: str, **changes: Json) -> dict[str, Json]:
    response: dict[str, Json] = {
        "id": "r-1",
        "surveyId": "S1",
        "createdAt": "2026-11-02T12:00:00.000Z",
        "updatedAt": updated_at,
        "finished": event == "responseFinished",
        "language": "en",
        "contact": {"id": "k1", "userId": "c-7781"},
        "contactAttributes": {"email": "anna@example.com"},
        "variables": {},
        "data": {**answers},
    }
    return {"event": event, "webhookId": "w1", "data": response | changes}


def generic(**changes: Json) -> dict[str, Json]:
    delivery: dict[str, Json] = {
        "response_id": "r-10042",
        "form": "plain",
        "submitted_at": "2026-11-02T15:03:11+03:00",
        "finished": True,
        "contact": {"requested": True, "phone": "8 (916) 123-45-67"},
    }
    return delivery | changes
