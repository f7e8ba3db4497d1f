"""What a case begins with, read from its response's row; and when it may act in the days ahead."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from db.casework import Case
from db.intake import Response, ResponseRow
from db.people import Customer
from domain.calendar import calling_windows, civil_windows, company_windows, first_call_windows
from domain.messages import NumberGiven, Opening
from domain.policies import STANDARD
from domain.policy import Policy
from domain.promise import Promise, promise_from
from domain.windows import Windows

HORIZON = timedelta(days=14)
"""How far ahead windows are given to a case; an activity extends them later."""


def policy_of(response: ResponseRow, policies: Mapping[str, Policy]) -> Policy:
    """The policy of the response's form; the standard one when that has left the policy file."""
    return policies.get(response.policy, policies[STANDARD])


def promise_of(response: Response) -> Promise | None:
    """The promise computed at intake; None when none could be given."""
    return Promise.model_validate(response.promise) if response.promise else None


def keep_promise(response: ResponseRow, promise: Promise | None) -> None:
    """What `promise_of` reads."""
    response.promise = promise.model_dump(mode="json") if promise else None


def opening(session: Session, response: Response, policies: Mapping[str, Policy], now: datetime) -> Opening:
    """Everything the case of this response needs to begin; its windows run from `now`.

    ValueError on a response that never asked for contact.
    """
    if response.contact_requested_at is None:
        raise ValueError("no contact was requested")
    policy, promise = policy_of(response, policies), promise_of(response)
    since_request = promise.requested_at if promise else response.contact_requested_at
    calling, company = windows(session, response.id, policy, now)
    sibling = _sibling(session, response)
    return Opening(
        case=response.id,
        customer=response.customer_id,
        policy=policy,
        requested_at=response.contact_requested_at,
        promise=promise,
        number_usable=response.phone is not None,
        calling=calling,
        first_call=first_call_windows(policy, _zone(session, response.id), since_request, now),
        company=company,
        loop=_loop(session, response.previous_case),
        previous=response.previous_case,
        sibling=sibling.id if sibling else None,
        offered_to=sibling.owner_id if sibling else None,
    )


def windows(session: Session, case_id: UUID, policy: Policy, since: datetime) -> tuple[Windows, Windows]:
    """When the customer may be rung again, and when the company is open, for two weeks from `since`.

    LookupError on an unknown case.
    """
    until = since + HORIZON
    company = company_windows(policy.company, since, until)
    return company & civil_windows(policy.civil, _zone(session, case_id), None, since, until), company


def number_given(policy: Policy, zone: str | None, at: datetime, *, key: str) -> NumberGiven:
    """A number that can be rung came to a case that had none: the promise counts from `at`, its arrival."""
    return NumberGiven(
        id=key,
        at=at,
        promise=promise_from(policy, requested_at=at, zone=zone),
        calling=calling_windows(policy, zone, None, at, at + HORIZON),
        first_call=first_call_windows(policy, zone, at, at),
    )


def wants_number(session: Session, case_id: UUID) -> bool:
    """Whether the case waits for a number that can be rung: the one it had proved to be none."""
    usable = session.scalar(select(col(Case.snapshot)["number_usable"].as_boolean()).where(col(Case.id) == case_id))
    return usable is False


def zone_of(profile: str | None, survey: str | None) -> str | None:
    """The customer's zone: what specialists or shop know goes before what came with the response."""
    return profile or survey


def _zone(session: Session, case_id: UUID) -> str | None:
    zones = select(col(Customer.zone), col(Response.zone)).join(Response, col(Response.customer_id) == col(Customer.id))
    found = session.execute(zones.where(col(Response.id) == case_id)).one_or_none()
    if found is None:
        raise LookupError("no such response")
    return zone_of(*found)


def _loop(session: Session, previous: UUID | None) -> int:
    if previous is None:
        return 1
    return 1 + (session.scalar(select(col(Case.loop)).where(col(Case.id) == previous)) or 1)


def _sibling(session: Session, response: Response) -> Case | None:
    """The customer's newest other open case."""
    others = (col(Case.customer_id) == response.customer_id, col(Case.closed_at).is_(None), col(Case.id) != response.id)
    return session.scalars(select(Case).where(*others).order_by(col(Case.requested_at).desc()).limit(1)).first()
