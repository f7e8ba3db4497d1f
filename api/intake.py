"""One delivery of one response: its row, its customer, and what its case must be told."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection
from sqlmodel import Session

from api.deps import Parts
from db import inbox, openings, profiles, responses, strangers
from db.columns import new_id
from db.engine import at_once
from db.intake import Inbox, InboxRow, Response, ResponseRow
from db.people import Customer, CustomerRow
from domain.messages import ResponseAmended
from domain.phone import Phone, PhoneRefused
from domain.policy import Policy
from domain.promise import promise_from
from surveys.response import ResponseIn
from typed_numbers import phone_of


@dataclass(frozen=True)
class Received:
    """What a delivery did."""

    id: UUID
    """The response's id, the same for all its deliveries; also the id of its case."""
    created: bool
    """It was the response's first delivery."""
    changed: bool
    """It told something new; a repeat does not."""
    opened: bool
    """The contact request first became true: a case is on its way."""


@dataclass(frozen=True)
class _Delivery:
    """A delivery with everything that is needed to take it."""

    response: ResponseIn
    number: Phone | PhoneRefused
    parts: Parts
    now: datetime

    @property
    def identity(self) -> profiles.Identity:
        return profiles.Identity(self.response.customer_ref, self.response.invited_email)

    @property
    def secret(self) -> bytes:
        return self.parts.settings.token_secret.get_secret_value().encode()

    def known(self, session: Session) -> Response | None:
        """The row of an earlier delivery, held; None when there is none."""
        names = (self.response.source, self.response.form, self.response.external_id)
        return responses.locked(session, *names, secret=self.secret)


def deliver(response: ResponseIn, *, parts: Parts, now: datetime) -> Received:
    """As `receive`, durable on return. Nearly every delivery is one statement, which commits itself.

    When `opened`, the caller wakes the relay: a notification in each such statement would let only one commit at a
    time.
    """
    delivery = _delivery(response, parts, now)
    with at_once(parts.engine) as connection:
        received = _strange(connection, delivery, strangers.Relay.WOKEN_BY_CALLER)
    if received:
        return received
    with Session(parts.engine, expire_on_commit=False) as session, session.begin():
        return _upsert(session, delivery, None)


def receive(
    session: Session, response: ResponseIn, *, parts: Parts, now: datetime, previous_case: UUID | None = None
) -> Received:
    """Upsert a response; its case opens when the contact request first becomes true, and that never moves.

    Deliveries may come repeated, reordered and at once. `now` is the time of receipt, from which the promise counts.
    `previous_case` is the loop before this one: the new case is of the same customer. Of a response that was erased
    nothing is stored: the delivery counts as a repeat.
    """
    delivery = _delivery(response, parts, now)
    at_commit = strangers.Relay.WOKEN_AT_COMMIT
    if previous_case is None and (received := _strange(session.connection(), delivery, at_commit)):
        return received
    return _upsert(session, delivery, previous_case)


def _delivery(response: ResponseIn, parts: Parts, now: datetime) -> _Delivery:
    return _Delivery(response, phone_of(response.phone, parts.settings), parts, now)


def _strange(connection: Connection, delivery: _Delivery, relay: strangers.Relay) -> Received | None:
    """Not delivered before, and of nobody we know: nearly all are. None for the others; one statement tells."""
    customer = profiles.blank(delivery.identity, delivery.now)
    row, request = _prepared(delivery, customer, None)
    stranger = strangers.Stranger(row, customer, request, delivery.identity)
    if not strangers.add(connection, stranger, secret=delivery.secret, relay=relay):
        return None
    return Received(row.id, created=True, changed=True, opened=request is not None)


def _upsert(session: Session, delivery: _Delivery, previous_case: UUID | None) -> Received:
    row = delivery.known(session)
    if row is None:
        if received := _first(session, delivery, previous_case):
            return received
        row = delivery.known(session)
    if row is None:
        raise LookupError("a response vanished while it was being received")
    return _next(session, row, delivery)


def _first(session: Session, delivery: _Delivery, previous_case: UUID | None) -> Received | None:
    """None when another delivery of the same response was stored meanwhile."""
    row, request = _prepared(delivery, _customer(session, delivery, previous_case), previous_case)
    if not responses.add(session, row, request):
        return None
    return Received(row.id, created=True, changed=True, opened=request is not None)


def _next(session: Session, row: Response, delivery: _Delivery) -> Received:
    if row.erased_at:
        return Received(row.id, created=False, changed=False, opened=False)
    before, had_case, old_phone = _content(row), row.contact_requested_at is not None, row.phone
    response = delivery.response
    is_newer = (response.version, response.finished) > (row.version, row.finished)
    if is_newer:
        _take(row, delivery)
        _identify(session, row, delivery)
    elif response.contact_requested and old_phone is None and isinstance(delivery.number, Phone):
        _take_number(row, delivery)
    opened, amended = response.contact_requested and not had_case, _content(row) != before
    if opened:
        _put_request(session, row, delivery)
    if had_case and amended:
        _amend(session, row, delivery)
    if had_case and row.phone != old_phone:
        _keep_number(session, row, delivery, old=old_phone)
    return Received(row.id, created=False, changed=is_newer or opened or amended, opened=opened)


def _customer(session: Session, delivery: _Delivery, previous_case: UUID | None) -> Customer:
    """Whose response it is. Somebody without an identity is a stranger, unless they have a loop already."""
    known = responses.customer_of(session, previous_case) if previous_case else None
    return known or profiles.identified(session, delivery.identity)


def _identify(session: Session, row: Response, delivery: _Delivery) -> None:
    """A later delivery may be the first that says who it is; once a case is on its way it keeps its customer."""
    if row.contact_requested_at is not None or not delivery.identity.is_known:
        return
    known, before = profiles.identified(session, delivery.identity), row.customer_id
    if known.id != before:
        row.customer_id = known.id
        session.flush()
        profiles.forget_if_anonymous(session, before)


def _prepared(
    delivery: _Delivery, customer: CustomerRow, previous_case: UUID | None
) -> tuple[ResponseRow, InboxRow | None]:
    """A first delivery's row, and its contact request, if any; what the customer's profile lacks is filled in."""
    row = _blank(delivery, customer, previous_case)
    _take(row, delivery)
    _complete(customer, row, delivery.response)
    return row, _request(row, customer, delivery) if delivery.response.contact_requested else None


def _blank(delivery: _Delivery, customer: CustomerRow, previous_case: UUID | None) -> ResponseRow:
    response = delivery.response
    return ResponseRow(
        id=new_id(),
        source=response.source,
        form=response.form,
        external_id=response.external_id,
        version=response.version,
        submitted_at=response.submitted_at,
        received_at=delivery.now,
        customer_id=customer.id,
        language=response.language.value,
        policy=response.policy,
        previous_case=previous_case,
    )


def _take(row: ResponseRow, delivery: _Delivery) -> None:
    """Everything the platform delivered: always all that the customer has told so far."""
    response = delivery.response
    row.version, row.finished = response.version, response.finished
    row.submitted_at = response.submitted_at
    row.language, row.product = response.language.value, response.product
    row.answers = [answer.model_dump(mode="json") for answer in response.answers]
    row.nps, row.ces, row.comment = response.nps, response.ces, response.comment
    row.name, row.email = response.name, response.email
    if response.consent and response.consent != row.consent_version:
        row.consent_version, row.consent_at = response.consent, response.submitted_at
    _take_number(row, delivery)
    landline = delivery.number.zone if isinstance(delivery.number, Phone) else None
    row.zone = response.zone or landline or row.zone or response.default_zone


def _take_number(row: ResponseRow, delivery: _Delivery) -> None:
    """A number that cannot be rung never replaces one that can."""
    match delivery.number:
        case Phone(e164=e164):
            row.phone_typed, row.phone, row.phone_problem = delivery.response.phone, e164, None
        case PhoneRefused(reason=reason) if row.phone is None:
            row.phone_typed, row.phone_problem = delivery.response.phone, reason.value


def _complete(customer: CustomerRow, row: ResponseRow, response: ResponseIn) -> None:
    """Fill in what the profile does not know; what it knows stays."""
    customer.name = customer.name or row.name
    customer.email = customer.email or row.email or response.invited_email
    customer.address_form = customer.address_form or response.address_form
    customer.language = customer.language or row.language
    customer.phone = row.phone if row.phone and response.contact_requested else customer.phone


def _put_request(session: Session, row: Response, delivery: _Delivery) -> None:
    customer = session.get_one(Customer, row.customer_id)
    _complete(customer, row, delivery.response)
    session.add(Inbox(**_request(row, customer, delivery).model_dump()))


def _request(row: ResponseRow, customer: CustomerRow, delivery: _Delivery) -> InboxRow:
    """The contact request has become true: the promise is made now, and kept as it is from here on."""
    row.contact_requested_at = delivery.now
    policy, zone = _hours(row, customer, delivery)
    promise = promise_from(policy, requested_at=delivery.now, zone=zone) if row.phone else None
    openings.keep_promise(row, promise)
    due = promise.due if promise else delivery.now
    return inbox.row(kind=inbox.CONTACT_REQUEST, key=str(row.id), case_id=row.id, body=None, urgent_at=due)


def _hours(row: ResponseRow, customer: CustomerRow, delivery: _Delivery) -> tuple[Policy, str | None]:
    """What the promise counts by: the policy and the customer's zone."""
    return openings.policy_of(row, delivery.parts.policies), openings.zone_of(customer.zone, row.zone)


def _keep_number(session: Session, row: Response, delivery: _Delivery, *, old: str | None) -> None:
    customer = session.get_one(Customer, row.customer_id)
    customer.phone = row.phone
    if old is None or openings.wants_number(session, row.id):
        _give_number(session, row, customer, delivery)


def _give_number(session: Session, row: Response, customer: Customer, delivery: _Delivery) -> None:
    """The case had no number that could be rung: the promise counts from this one's arrival."""
    policy, zone = _hours(row, customer, delivery)
    given = openings.number_given(policy, zone, delivery.now, key=_key(row, delivery))
    openings.keep_promise(row, given.promise)
    inbox.tell(session, row.id, given, urgent_at=given.promise.due if given.promise else delivery.now)


def _amend(session: Session, row: Response, delivery: _Delivery) -> None:
    amended = ResponseAmended(id=_key(row, delivery), at=delivery.response.submitted_at)
    inbox.tell(session, row.id, amended, urgent_at=delivery.now)


def _key(row: Response, delivery: _Delivery) -> str:
    return f"{row.id}:{delivery.response.version.isoformat()}"


def _content(row: Response) -> tuple[object, ...]:
    """What the owner of a case wants to hear about when it changes."""
    return row.answers, row.nps, row.ces, row.comment, row.name, row.email, row.phone_typed, row.phone
