"""What may be done with a case now, as its own rules say; and in one line, why something may not."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from api.auth import CASEWORK, DESK, Person
from api.staff_pages import refusals
from api.staff_pages.translations import N_, said
from domain.messages import Escalate
from domain.offers import NEW, offers, refusal
from domain.rules import Case

TITLES: Mapping[str, str] = {
    "claim": N_("Take the case"),
    "call": N_("Call"),
    "attempt": N_("Log a call"),
    "callback": N_("Agree a callback"),
    "escalate": N_("Ask second line"),
    "resolve": N_("Resolve"),
    "release": N_("Put back on the desk"),
    "withdraw": N_("No more contact"),
    "assign": N_("Give to somebody"),
    "deadline": N_("Move the deadline"),
    "acknowledge": N_("Acknowledge alerts"),
}
WORTH_TELLING = frozenset(
    {
        "call_under_way",
        "company_closed",
        "no_number",
        "not_a_civil_hour",
        "not_reached",
        "promise_not_broken",
        "review_open",
    }
)
"""Of anything else the page says enough: whose the case is, that it is over, who somebody is."""


class Offers:
    """What this person may do with this case."""

    def __init__(self, case: Case, person: Person, at: datetime, *, owner: str | None, erased: bool) -> None:
        self._case, self._person, self._at, self._erased = case, person, at, erased
        self.owner = owner
        self._refusals = offers(case, person.staff, at)

    @property
    def mine(self) -> bool:
        """The case is this person's."""
        return self._case.owner == self._person.id

    @property
    def open(self) -> bool:
        """There is still work to do."""
        return self._case.open

    def may(self, what: str) -> bool:
        """Whether the page offers it: an ask by its name, `note`, or `customer`."""
        if what == "note":
            return not self._erased and self._person.role in CASEWORK
        if what == "customer":
            return not self._erased and self._person.role in DESK
        if what == "claim" and self.mine:
            return False
        return self._refusals[what] is None

    def may_reply(self, review: UUID) -> bool:
        """Whether they may answer what second line asked back."""
        ask = Escalate(by=self._person.staff, review=review, question=NEW, again=True)
        return refusal(self._case, ask, self._at) is None

    @property
    def reasons(self) -> list[tuple[str, list[str]]]:
        """Each reason in words, with what it keeps from being done."""
        kept: dict[str, list[str]] = {}
        for what, title in TITLES.items():
            code = self._refusals[what]
            if code in WORTH_TELLING:
                kept.setdefault(code, []).append(said(self._person.language, title))
        return [(refusals.reason(code, self._person.language), whats) for code, whats in kept.items()]
