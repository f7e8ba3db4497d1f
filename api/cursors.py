"""Places in the queue as opaque text for clients."""

import base64
import json
from datetime import datetime
from uuid import UUID

from api.problems import Problem
from db.queue import Place


def written(place: Place) -> str:
    """The cursor of a place."""
    instant = place.urgent_at.isoformat() if place.urgent_at else None
    return base64.urlsafe_b64encode(json.dumps([instant, str(place.id)]).encode()).decode().rstrip("=")


def read(cursor: str) -> Place:
    """The place of a cursor. 422 when it is none of ours."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        instant, case_id = json.loads(base64.urlsafe_b64decode(padded.encode()))
        return Place(datetime.fromisoformat(instant) if instant else None, UUID(case_id))
    except (ValueError, TypeError, AttributeError):
        raise Problem(422, "unknown_cursor", "Use `next_cursor` of the page before, unchanged, or none.") from None
