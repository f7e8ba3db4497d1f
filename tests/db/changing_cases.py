"""Cases that change at random, in every way that the report can see, whether or not a workflow would do so."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from db.columns import new_id
from db.tables import Case, Customer, FinalSurvey, Link, Response, Timeline
from domain.report import By, Question
from domain.words import Outcome, Stage

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 60
GOALS = {"standard": timedelta(hours=24), "demo": timedelta(minutes=24)}


@dataclass
class Changing:
    """The cases so far, and the chance that moves them."""

    session: Session
    chance: Random
    customer: Customer = field(default_factory=Customer)
    cases: list[UUID] = field(default_factory=list)

    def step(self) -> None:
        """Something happens; the caller commits."""
        deed = self.chance.choices(
            [self.open, self.change, self.ask, self.answer, self.withdraw, self.amend], [3, 6, 2, 2, 1, 2]
        )[0]
        if self.cases or deed == self.open:
            deed()

    def open(self) -> None:
        """A new case. Sometimes its first news stood on the timeline before it."""
        case, asked = new_id(), START + self._span(timedelta(days=DAYS))
        if not self.cases:
            self.session.add(self.customer)
            self.session.flush()
        product, source = self._one_of("a", "b", "b ", None), self.chance.choice(["typeform", "generic"])
        self.session.add(
            Response(
                id=case,
                source=source,
                form="f",
                external_id=str(case),
                version=asked,
                submitted_at=asked,
                customer_id=self.customer.id,
                language="ru",
                contact_requested_at=asked,
                nps=self._score(),
            )
        )
        self.session.flush()
        self.cases.append(case)
        if self.chance.random() < 0.1:
            self.withdraw()
        row = {"seq": 1, "customer_id": self.customer.id, "source": source, "product": product, "snapshot": {}}
        policy = self._one_of("standard", "demo", "forgotten")
        self.session.execute(insert(Case).values(id=case, policy=policy, requested_at=asked, **row, **self._changed()))

    def change(self) -> None:
        """A case changes, often in no way that the report counts."""
        table = Case.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
        everything = self._changed()
        one = self.chance.choice(list(everything))
        values = self.chance.choice([everything, {one: everything[one]}, {"seq": 2, "urgent_at": START}])
        self.session.execute(table.update().where(table.c.id == self._case()).values(values))
        if self.chance.random() < 0.5:  # as of its own request, so that durations are of every size
            self.session.execute(_LATER, {"case": self._case(), "after": self._span(timedelta(days=3))})

    def ask(self) -> None:
        """A customer is sent a link, perhaps once more."""
        case, kind = self._case(), self._one_of("final_survey", "final_survey", "callback")
        row = {"id": new_id(), "key": f"{case}:{kind}", "token_hash": str(new_id()), "case_id": case, "kind": kind}
        self.session.execute(insert(Link).values(**row, created_at=START).on_conflict_do_nothing())

    def answer(self) -> None:
        """A customer answers the final survey, or answers it anew; 0 is a score."""
        said = {"tnps": self._score(), "solved": self._one_of(None, True, False)}
        row = insert(FinalSurvey).values(case_id=self._case(), contact_requested=False, answered_at=START, **said)
        self.session.execute(row.on_conflict_do_update(index_elements=[col(FinalSurvey.case_id)], set_=said))

    def amend(self) -> None:
        """A customer goes on filling in the first questionnaire, perhaps without another score."""
        table = Response.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
        amended = self.chance.choice([{"nps": self._score()}, {"ces": 3}])
        self.session.execute(table.update().where(table.c.id == self._case()).values(amended))

    def withdraw(self) -> None:
        """By staff or by the customer."""
        by, kind = self._one_of(None, new_id()), self._one_of("withdrawn", "closed")
        event = {"case_id": self._case(), "event_id": str(new_id()), "at": START, "detail": ""}
        self.session.execute(insert(Timeline).values(seq=self.chance.randrange(10**9), kind=kind, by=by, **event))

    def question(self, by: By) -> Question:
        """Any period, asked at any time."""
        since = START + self._span(timedelta(days=DAYS))
        return Question(
            since=since - timedelta(days=30),
            until=since + self._span(timedelta(days=DAYS)),
            by=by,
            zone=self.chance.choice(["Europe/Moscow", "UTC", "America/New_York"]),
            goals=GOALS,
            now=START + self._span(timedelta(days=DAYS + 10)),
            products=self.chance.choice([(), (), ("b",), ("b ", "a"), ("unheard of",)]),
            sources=self.chance.choice([(), (), ("typeform",), ("generic", "typeform", "generic")]),
        )

    def _changed(self) -> dict[str, object]:
        at = {name: self._instant() for name in _INSTANTS}
        flags = {name: self.chance.random() < 0.3 for name in ("promise_kept_by_log", "promise_void", "goal_missed")}
        maybe = {name: self._one_of(None, True, False) for name in ("solved", "one_conversation")}
        return {
            **at,
            **flags,
            **maybe,
            "stage": self._one_of(*Stage),
            "outcome": self._one_of(None, None, *Outcome),
            "cause": self._one_of(None, "licence", "activation", f"new {self.chance.randrange(5)}"),
        }

    def _instant(self) -> datetime | None:
        return None if self.chance.random() < 0.4 else START + self._span(timedelta(days=DAYS + 7))

    def _span(self, longest: timedelta) -> timedelta:
        return self.chance.random() * longest

    def _score(self) -> int | None:
        return self.chance.choice([None, 0, 6, 7, 8, 9, 10])

    def _case(self) -> UUID:
        return self.chance.choice(self.cases)

    def _one_of(self, *values: object) -> object:
        return self.chance.choice(values)


_INSTANTS = (
    "promise_due",
    "promise_kept_at",
    "promise_broken_at",
    "promise_moved_at",
    "first_attempt_at",
    "reached_at",
    "resolved_at",
    "closed_at",
)
_LATER = text("""
update cases set first_attempt_at = requested_at + :after, resolved_at = requested_at + 2 * :after where id = :case
""")
