"""Signed deliveries of distinct responses that ask for contact, as a survey platform sends them."""

import json
from datetime import UTC, datetime
from itertools import count
from uuid import uuid4

from standardwebhooks import Webhook

from ops.bench.scene import NAME, Scene
from ops.bench.wire import Json, written

PATH = "/webhooks/surveys/generic"
_numbers = count(5_000_000)


def body() -> Json:
    """A response of a customer nobody has heard of."""
    number, at = next(_numbers), datetime.now(UTC).isoformat()
    what = "After the update it does not start any more, and the licence is said to be unknown."
    return {
        "response_id": f"bench-{number}",
        "form": NAME,
        "submitted_at": at,
        "updated_at": at,
        "finished": True,
        "customer": {
            "id": f"c-{number}",
            "invited_email": f"anna.{number}@example.com",
            "name": "Anna Sommer",
            "address_form": "Ms Sommer",
            "language": "en",
            "zone": "Asia/Yekaterinburg",
        },
        "contact": {"requested": True, "phone": f"+7916{number:07d}"},
        "scores": {"nps": 3, "ces": 2},
        "comment": what,
        "product": "home",
        "answers": [
            {"id": "q1", "question": "What happened?", "value": what},
            {"id": "q2", "question": "Where did you buy it?", "value": "In a shop"},
        ],
    }


def signed(scene: Scene, number: int) -> list[bytes]:
    """So many requests; their signatures hold for five minutes."""
    webhook = Webhook(scene.settings.secrets_of("generic")[0].get_secret_value())
    return [_signed(webhook) for _ in range(number)]


def _signed(webhook: Webhook) -> bytes:
    content, message, at = json.dumps(body()), f"msg_{uuid4().hex}", datetime.now(UTC)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": webhook.sign(message, at, content),
    }
    return written("POST", PATH, headers, content.encode())
