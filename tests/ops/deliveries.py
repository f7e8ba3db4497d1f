"""A survey platform that delivers one response."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import httpx2

from ops.demo.wire import signed_headers


def ask_for_contact(client: httpx2.Client, *, secret: str, phone: str = "+79161234567") -> str:
    """A response of the generic source that asks for contact, taken in; the id of its case."""
    response = {
        "response_id": f"delivered-{uuid4()}",
        "form": "after-renewal",
        "submitted_at": datetime.now(UTC).isoformat(),
        "customer": {"name": "Ivan", "email": "customer@example.com"},
        "contact": {"requested": True, "phone": phone},
    }
    body = json.dumps(response)
    answer = client.post("/webhooks/surveys/generic", content=body, headers=signed_headers(body, secret))
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])
