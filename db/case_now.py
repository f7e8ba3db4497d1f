"""A case as the rules see it, put together from its rows: to ask them what is possible, not to change it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from db.intake import Response
from db.openings import opening
from db.reconcile import resumption
from domain.policy import Policy
from domain.rules import Case, resume


def case_now(session: Session, case_id: UUID, policies: Mapping[str, Policy], at: datetime) -> Case:
    """A copy that belongs to nobody; its workflow decides. NoResultFound when there is no such case."""
    case = Case(opening(session, session.get_one(Response, case_id), policies, at))
    resume(case, resumption(session, case_id), at=at)
    return case
