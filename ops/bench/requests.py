"""Contact requests for the bench: responses stored as intake stores them, with what their cases need to begin."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import insert
from sqlmodel import Session

from db.columns import new_id, now
from db.openings import opening
from db.tables import Customer, Response
from domain.messages import Opening
from domain.policies import STANDARD
from domain.promise import Promise, promise_from
from ops.bench.scene import NAME, Scene

ZONE = "Europe/Moscow"
_numbers = count(1)


def stored(scene: Scene, number: int) -> list[Opening]:
    """So many new customers, each with a response that asks for contact now; the promise is an hour away."""
    at = now()
    people = [_customer(next(_numbers)) for _ in range(number)]
    promise = promise_from(scene.policy, requested_at=at, zone=ZONE)
    responses = [_response(person, at, promise) for person in people]
    with Session(scene.engine, expire_on_commit=False) as session, session.begin():
        session.execute(insert(Customer), [person.model_dump() for person in people])
        session.execute(insert(Response), [response.model_dump() for response in responses])
    return _openings(scene, responses, at)


def due(begin: Opening, at: datetime) -> Opening:
    """The same case, its promise due at this instant, without warnings before."""
    promise = Promise(requested_at=begin.requested_at, due=at, warnings=())
    return begin.model_copy(update={"promise": promise})


def _openings(scene: Scene, responses: Sequence[Response], at: datetime) -> list[Opening]:
    """Their calendars are the same, so it is computed once."""
    with Session(scene.engine) as session:
        first = opening(session, responses[0], {STANDARD: scene.policy, NAME: scene.policy}, at)
    return [first.model_copy(update={"case": one.id, "customer": one.customer_id}) for one in responses]


def _customer(number: int) -> Customer:
    return Customer(
        external_id=f"bench-{number}",
        name="Anna Sommer",
        email=f"anna.{number}@example.com",
        phone=_phone(number),
        language="en",
        zone=ZONE,
        created_at=now(),
    )


def _response(person: Customer, at: datetime, promise: Promise | None) -> Response:
    return Response(
        source="generic",
        form=NAME,
        external_id=str(new_id()),
        version=at,
        finished=True,
        submitted_at=at - timedelta(seconds=1),
        customer_id=person.id,
        language="en",
        zone=ZONE,
        product="home",
        policy=NAME,
        answers=[{"question_id": "q1", "question_text": "What happened?", "value": "It does not start any more."}],
        nps=3,
        comment="After the update it does not start any more.",
        name=person.name,
        email=person.email,
        phone=person.phone,
        contact_requested_at=at,
        promise=promise.model_dump(mode="json") if promise else None,
    )


def _phone(number: int) -> str:
    return f"+7916{number:07d}"
