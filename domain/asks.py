"""How an ask meets a case: refused with a reason, or obeyed; see desk, telephone and second_line for the asks."""

from datetime import datetime
from functools import singledispatch

from domain.case import Case
from domain.messages import Ask
from domain.refusals import Refused
from domain.words import Role

LEADS = frozenset({Role.LEAD, Role.MANAGER})


@singledispatch
def check(ask: Ask, case: Case, at: datetime) -> None:
    """Raise `Refused` when the case does not allow this now; changes nothing."""
    raise NotImplementedError(type(ask).__name__)


@singledispatch
def apply(ask: Ask, case: Case, at: datetime) -> None:
    """Do what was asked and checked."""
    raise NotImplementedError(type(ask).__name__)


def must_be_open(case: Case) -> None:
    if not case.open:
        raise Refused("closed", "This case is no longer open. Refresh to see how it ended.")


def must_own(case: Case, ask: Ask) -> None:
    must_be_open(case)
    if case.owner != ask.by.id:
        raise Refused("not_the_owner", "This case is not yours. Claim it first, or ask its owner.", owner=case.owner)


def must_not_ring(case: Case) -> None:
    if case.ringing:
        raise Refused("call_under_way", "A call to this customer is under way. Wait until it ends.")


def must_be(ask: Ask, roles: frozenset[Role], message: str) -> None:
    if ask.by.role not in roles:
        raise Refused("not_your_role", message)


def must_be_future(time: datetime, at: datetime) -> None:
    if time <= at:
        raise Refused("in_the_past", "Choose a time that is still to come.")
