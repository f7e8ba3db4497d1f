"""A customer of the stressed system: asks for contact, fills in our pages, and has a case."""

from datetime import datetime
from itertools import count

from db.links import LinkKind
from domain.state import Snapshot
from ops.demo.browser import Browser
from tests.stress.sender import Json, phone_of, response
from tests.stress.stressed import Stressed, ids_of
from tests.waiting import until

_numbers = count(1_000_000)


class Customer:
    """Has just asked for contact; `case` is on its way."""

    def __init__(self, stressed: Stressed, *, form: str = "minutes_60", typed: str | None = None) -> None:
        """`typed`: what was typed as the number, when it is none."""
        number = next(_numbers)
        self._stressed, self.phone = stressed, phone_of(number)
        self.response: Json = response(number, form=form)
        self.response["customer"] = {"id": f"customer-{number}", "email": f"customer-{number}@example.com"}
        self.response["contact"] = {"requested": True, "phone": typed or self.phone}
        self.chosen: datetime | None = None
        (self.case,) = ids_of([stressed.deliver(self.response)])

    def has_case(self) -> bool:
        """It has opened."""
        return bool(self._stressed.rows("select id from cases where id = :case", case=self.case))

    def awaits(self, kind: str) -> bool:
        """Such a fact is stored, and the case could not be told yet."""
        stored = "select id from inbox where case_id = :case and kind = :kind and done_at is null"
        return bool(self._stressed.rows(stored, case=self.case, kind=kind))

    def fill_in(self, kind: LinkKind, page: str, values: dict[str, str]) -> None:
        """Send the page behind the link."""
        with Browser() as browser:
            address, form = browser.open(self._stressed.link(self.case, kind) + page)
            browser.send(address, form, values)

    def choose_time(self) -> None:
        """Agree by the link on the last time that is offered."""
        with Browser() as browser:
            address, form = browser.open(self._stressed.link(self.case, LinkKind.CALLBACK))
            latest = form.choices["time"][-1]
            browser.send(address, form, {"time": latest})
        self.chosen = datetime.fromisoformat(latest)

    def snapshot(self) -> Snapshot:
        """The workflow's state, as soon as its rows and its timeline agree with it."""
        agreed: list[Snapshot] = []
        until(lambda: self._agree(agreed))
        return agreed[-1]

    def steps(self) -> list[str]:
        """The kinds of the timeline."""
        return self._stressed.steps(self.case)

    def _agree(self, agreed: list[Snapshot]) -> bool:
        live = self._stressed.snapshot(self.case)
        (row,) = self._stressed.rows("select snapshot from cases where id = :case", case=self.case)
        agreed.append(live)
        return live == Snapshot.model_validate(row.snapshot) and live.seq == len(self.steps())
