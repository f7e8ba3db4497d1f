"""A survey platform that delivers one response, and a wait for what the system does of itself."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2
from standardwebhooks import Webhook

PATIENCE = timedelta(seconds=60)


def ask_for_contact(client: httpx2.Client, *, secret: str, phone: str = "+79161234567") -> str:
    """A response of the generic source that asks for contact, taken in; the id of its case."""
    now = datetime.now(UTC)
    response = {
        "response_id": f"delivered-{uuid4()}",
        "form": "after-renewal",
        "submitted_at": now.isoformat(),
        "customer": {"name": "Ivan", "email": "customer@example.com"},
        "contact": {"requested": True, "phone": phone},
    }
    body = json.dumps(response)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": "msg-1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg-1", now, body),
    }
    answer = client.post("/webhooks/surveys/generic", content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def await_that(happened: Callable[[], bool], complaint: str) -> None:
    """Wait for it; fails with the complaint when it does not come."""
    deadline = time.monotonic() + PATIENCE.total_seconds()
    while not happened():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.1)
