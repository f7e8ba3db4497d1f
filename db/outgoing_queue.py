"""The queue of each endpoint of our outgoing webhooks; any number of deliverers may share the work."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from db.columns import new_id
from db.outgoing import KEPT_TRYING, Deactivation, DeliveryState, WebhookDelivery, WebhookEndpoint
from db.outgoing_feed import body_of
from db.outreach import Alert
from domain.outgoing import PING

ALERT = "webhook_failing"

_LEASE = text("""
with due as (
  select waiting.id from webhookendpoint as endpoint cross join lateral (
    select id from webhookdelivery
    where endpoint_id = endpoint.id and state = 'waiting' and next_try_at <= now()
    order by next_try_at, timeline_id limit case when endpoint.failing_since is null then :most else 1 end
    for update skip locked) as waiting
  where endpoint.active and endpoint.id <> all(:busy))
update webhookdelivery as delivery set attempts = delivery.attempts + 1, next_try_at = now() + :lease
from due, webhookendpoint as endpoint
where delivery.id = due.id and endpoint.id = delivery.endpoint_id
returning delivery.id, delivery.endpoint_id, delivery.attempts, delivery.give_up_at, delivery.timeline_id,
  delivery.body, endpoint.url, endpoint.secret
""")


@dataclass(frozen=True)
class Leased:
    """A telling that is ours for a while, with whom to tell."""

    id: UUID
    endpoint_id: UUID
    attempts: int
    """This one counted."""
    give_up_at: datetime
    timeline_id: int | None
    body: dict[str, object]
    url: str
    secret: str


def lease(session: Session, *, most: int, until_after: timedelta, busy: Collection[UUID] = ()) -> Sequence[Leased]:
    """Take what is due, `most` for each endpoint and one where nothing arrives; none for those that are `busy`.

    Commit before sending: nobody else gets these before the lease is over.
    """
    rows = session.execute(_LEASE, {"most": most, "lease": until_after, "busy": list(busy)})
    return sorted((Leased(*row) for row in rows), key=lambda leased: leased.timeline_id or 0)


def delivered(session: Session, leased: Leased, status: int) -> None:
    """It has arrived: so does everything else again, as far as we know."""
    _settle(session, leased.id, DeliveryState.DELIVERED, last_status=status, error=None)
    mended = update(WebhookEndpoint).where(
        col(WebhookEndpoint.id) == leased.endpoint_id, col(WebhookEndpoint.failing_since).is_not(None)
    )
    if session.connection().execute(mended.values(failing_since=None)).rowcount:
        end_alert(session, leased.endpoint_id)


def failed(session: Session, leased: Leased, *, wait: timedelta, status: int | None, error: str | None) -> None:
    """To be tried again after `wait`, at the latest when its time is up; after that people are told."""
    this = (col(WebhookDelivery.id) == leased.id, col(WebhookDelivery.state) == DeliveryState.WAITING.value)
    mine = (*this, col(WebhookDelivery.attempts) == leased.attempts)  # a lease that ran out may be somebody else's now
    over = col(WebhookDelivery.give_up_at) <= func.clock_timestamp()
    heard = {"last_status": status, "error": error}
    given_up = update(WebhookDelivery).where(*mine, over)
    final = {"state": DeliveryState.FAILED.value, "settled_at": func.clock_timestamp()}
    if session.connection().execute(given_up.values(**heard, **final)).rowcount:
        raise_alert(session, leased.endpoint_id)
    again = func.least(func.clock_timestamp() + wait, WebhookDelivery.give_up_at)
    session.execute(update(WebhookDelivery).where(*mine, ~over).values(**heard, next_try_at=again))
    _note_failing(session, leased.endpoint_id)


def gone(session: Session, leased: Leased, status: int) -> None:
    """The endpoint wants no more: it is told nothing until an admin says otherwise."""
    _settle(session, leased.id, DeliveryState.FAILED, last_status=status, error=None)
    this = update(WebhookEndpoint).where(col(WebhookEndpoint.id) == leased.endpoint_id)
    session.execute(this.values(active=False, deactivated_because=Deactivation.GONE.value))
    raise_alert(session, leased.endpoint_id)


def ping(session: Session, endpoint_id: UUID, at: datetime) -> WebhookDelivery:
    """Put a telling of nothing into the queue."""
    delivery = WebhookDelivery(
        endpoint_id=endpoint_id, event=PING, body=body_of(PING, at, {}), give_up_at=at + KEPT_TRYING, next_try_at=at
    )
    session.add(delivery)
    session.flush()
    return delivery


def again(session: Session, delivery: WebhookDelivery) -> None:
    """Send it once more, under the same id, for another 24 hours."""
    at = func.now()
    values = {"state": DeliveryState.WAITING.value, "settled_at": None, "attempts": 0, "next_try_at": at}
    this = update(WebhookDelivery).where(col(WebhookDelivery.id) == delivery.id)
    session.execute(this.values(**values, give_up_at=at + KEPT_TRYING))
    session.refresh(delivery)


def raise_alert(session: Session, endpoint_id: UUID) -> None:
    """People are told that an endpoint hears nothing; once, until it is mended."""
    at = func.clock_timestamp()
    anew = {"raised_at": at, "due": at, "ended_at": None}
    alert = insert(Alert).values(id=new_id(), key=_alert_key(endpoint_id), kind=ALERT, due=at, raised_at=at, repeats=0)
    session.execute(
        alert.on_conflict_do_update(index_elements=["key"], set_=anew, where=col(Alert.ended_at).is_not(None))
    )


def end_alert(session: Session, endpoint_id: UUID) -> None:
    """Mended, deactivated by an admin, or not there any more."""
    open_one = update(Alert).where(col(Alert.key) == _alert_key(endpoint_id), col(Alert.ended_at).is_(None))
    session.execute(open_one.values(ended_at=func.clock_timestamp()))


def _settle(session: Session, delivery_id: UUID, state: DeliveryState, **values: object) -> None:
    waiting = (col(WebhookDelivery.id) == delivery_id, col(WebhookDelivery.state) == DeliveryState.WAITING.value)
    settled = update(WebhookDelivery).where(*waiting)
    session.execute(settled.values(**values, state=state.value, settled_at=func.clock_timestamp()))


def _note_failing(session: Session, endpoint_id: UUID) -> None:
    well = (col(WebhookEndpoint.id) == endpoint_id, col(WebhookEndpoint.failing_since).is_(None))
    session.execute(update(WebhookEndpoint).where(*well).values(failing_since=func.clock_timestamp()))


def _alert_key(endpoint_id: UUID) -> str:
    return f"webhook:{endpoint_id}"
