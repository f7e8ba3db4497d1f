"""From the timeline into each endpoint's own queue: what it wants to be told."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from db.casework import Case, Timeline
from db.columns import new_id
from db.outgoing import KEPT_TRYING, DeliveryState, WebhookDelivery, WebhookEndpoint
from domain.events import Event, EventKind
from domain.outgoing import is_wanted, names_of

PAGE = 500
_KNOWN = frozenset(EventKind)


def feed(session: Session) -> int:
    """Write what is new in the timeline into the queues: how many tellings. An endpoint is fed by one at a time."""
    newest = select(func.max(Timeline.id)).scalar_subquery()
    behind = select(WebhookEndpoint).where(col(WebhookEndpoint.active), col(WebhookEndpoint.cursor) < newest)
    locked = behind.order_by(col(WebhookEndpoint.id)).with_for_update(skip_locked=True, key_share=True)
    return sum(_feed(session, endpoint) for endpoint in session.scalars(locked).all())


def _feed(session: Session, endpoint: WebhookEndpoint) -> int:
    steps = select(Timeline, col(Case.stage)).outerjoin(Case, col(Case.id) == col(Timeline.case_id))
    after = steps.where(col(Timeline.id) > endpoint.cursor).order_by(col(Timeline.id)).limit(PAGE)
    found = session.execute(after).all()
    rows = [row for step, stage in found for row in _tellings(endpoint, step, stage)]
    if rows:
        session.execute(insert(WebhookDelivery).values(rows).on_conflict_do_nothing())
    if found:
        endpoint.cursor = found[-1][0].id
    return len(rows)


def _tellings(endpoint: WebhookEndpoint, step: Timeline, stage: str | None) -> Iterator[dict[str, object]]:
    for name in _names(step):
        if is_wanted(name, endpoint.events):
            yield {
                "id": new_id(),
                "endpoint_id": endpoint.id,
                "event": name,
                "timeline_id": step.id,
                "body": body_of(name, step.at, _told(step, stage)),
                "state": DeliveryState.WAITING.value,
                "attempts": 0,
                "next_try_at": func.now(),
                "created_at": func.now(),
                "give_up_at": func.now() + KEPT_TRYING,
            }


def _names(step: Timeline) -> list[str]:
    if step.kind not in _KNOWN:  # a newer version has written it
        return [f"case.{step.kind}"]
    kept = step.model_dump(include=set(Event.model_fields)) | {"id": step.event_id}
    return list(names_of(Event.model_validate(kept)))


def _told(step: Timeline, stage: str | None) -> dict[str, object]:
    return {
        "case_id": str(step.case_id),
        "seq": step.seq,
        "kind": step.kind,
        "detail": step.detail,
        "ref": str(step.ref) if step.ref else None,
        "due": step.due.isoformat() if step.due else None,
        "stage": stage,
    }


def body_of(name: str, at: datetime, told: dict[str, object]) -> dict[str, object]:
    """What is sent, in the order that Standard Webhooks proposes."""
    return {"type": name, "timestamp": at.isoformat(), "data": told}
