"""Finds cases by what customers say of themselves; each way in has an index of its own, but for names."""

from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, union
from sqlmodel import col

from db.casework import Case
from db.intake import Response
from db.people import Customer


def by_phone(number: str, typed: str) -> ColumnElement[bool]:
    """The profile or the response has this number, or the response has it as it was typed."""
    return _either(
        col(Customer.phone) == number, or_(col(Response.phone) == number, col(Response.phone_typed) == typed)
    )


def by_email(address: str) -> ColumnElement[bool]:
    """The profile or the response has this address, whatever its case."""
    address = address.lower()
    profile = or_(col(Customer.email) == address, col(Customer.invited_email) == address)
    return _either(profile, func.lower(col(Response.email)) == address)


def by_name(part: str) -> ColumnElement[bool]:
    """Part of the name in the profile or the response, whatever its case. Reads every name there is."""
    return _either(
        col(Customer.name).icontains(part, autoescape=True), col(Response.name).icontains(part, autoescape=True)
    )


def by_customer(term: str) -> ColumnElement[bool]:
    """The inviter's id of the customer, or ours."""
    theirs = col(Customer.external_id) == term
    try:
        return or_(theirs, col(Customer.id) == UUID(term))
    except ValueError:
        return theirs


def _either(profile: ColumnElement[bool], response: ColumnElement[bool]) -> ColumnElement[bool]:
    # A union of two: "or" across tables would have to read one of them whole.
    of_profile = select(col(Case.id)).join(Customer, col(Customer.id) == col(Case.customer_id)).where(profile)
    return col(Case.id).in_(union(of_profile, select(col(Response.id)).where(response)))
