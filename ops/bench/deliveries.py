"""Signed deliveries of distinct responses that ask for contact, as a survey platform sends them."""

import json
from datetime import UTC, datetime
from itertools import count

from ops.bench.scene import NAME, Scene
from ops.bench.wire import Json, written
from ops.demo.wire import signed_headers

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
    secret = scene.settings.secrets_of("generic")[0].get_secret_value()
    return [_signed(json.dumps(body()), secret) for _ in range(number)]


def _signed(content: str, secret: str) -> bytes:
    return written("POST", PATH, signed_headers(content, secret), content.encode())
