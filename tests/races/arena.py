"""Requests that are sent at the same moment, round after round, each round to a case of its own."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random
from uuid import uuid5

import httpx2

from channels.simulator.people import Script
from ops.demo.browser import FROM_OUR_PAGE, own_address
from ops.seed import NAMESPACE, PEOPLE
from tests.stress.customer import Customer
from tests.stress.stressed import Stressed
from tests.waiting import until

JITTER_SECONDS = 0.02
"""Requests of one round leave within this time, in any order."""
BOUTS = 4
"""Rounds under way at once."""
PATIENCE = 60


@dataclass(frozen=True)
class Move:
    """One request, of a member of staff or of a customer."""

    path: str
    who: str | None = None
    body: object = None
    form: dict[str, str] | None = None
    key: str | None = None
    after: float = 0.0
    """Seconds after the round has begun."""


def claim(customer: Customer, who: str) -> Move:
    """This person takes the case."""
    return Move(f"/cases/{customer.case}/claim", who)


def call(customer: Customer, who: str) -> Move:
    """This person rings the customer."""
    return Move(f"/cases/{customer.case}/calls", who)


def codes(answers: Iterable[httpx2.Response]) -> list[str]:
    """Why each was refused; empty for those that were obeyed. There is no third way."""
    found = list(answers)
    assert {answer.status_code for answer in found} <= {200, 409}, [answer.text for answer in found]
    return ["" if answer.status_code == 200 else str(answer.json()["code"]) for answer in found]


@dataclass
class Arena:
    """A started system, and chance with a seed."""

    stressed: Stressed
    rounds: int
    chance: Random

    def customers(self, *, script: Script | None = None, form: str = "minutes_60") -> list[Customer]:
        """One for each round, with an open case."""
        found = [Customer(self.stressed, form=form) for _ in range(self.rounds)]
        for customer in found:
            if script:
                self.stressed.script(customer.phone, script)
            until(customer.has_case)
        return found

    def play(self, rounds: Iterable[Sequence[Move]], *, bouts: int = BOUTS) -> list[list[httpx2.Response]]:
        """The answers of each round, in the order of its moves."""
        return asyncio.run(self._play([[self._timed(move) for move in moves] for moves in rounds], bouts))

    def obeyed(self, moves: Iterable[Move]) -> None:
        """Moves that must succeed, each for itself."""
        for (answer,) in self.play([[move] for move in moves]):
            assert answer.status_code == 200, answer.text

    def reach(self, customers: Sequence[Customer], who: str) -> None:
        """This person claims their cases, and speaks with each."""
        self.obeyed(claim(customer, who) for customer in customers)
        self.obeyed(Move(f"/cases/{customer.case}/attempts", who, {"outcome": "reached"}) for customer in customers)

    def await_steps(self, customer: Customer, *kinds: str) -> None:
        """Until each has happened in this case."""
        until(lambda: {*kinds} <= {*customer.steps()})

    def await_end_of_calls(self, customer: Customer) -> None:
        """Until no call to this customer is on record as under way."""
        under_way = "select count(*) from attempt where case_id = :case and ended_at is null"
        until(lambda: self.stressed.count(under_way, case=customer.case) == 0)

    def await_silence(self, customer: Customer) -> None:
        """Until no telephone of theirs rings at the provider any more."""
        until(lambda: self.ended(customer) == self.rung(customer))

    def name(self, who: str) -> str:
        """As staff read it."""
        return PEOPLE[who][0]

    def id(self, who: str) -> str:
        """As requests and answers carry it."""
        return str(uuid5(NAMESPACE, who))

    def rung(self, customer: Customer) -> int:
        """How often the provider rang this customer."""
        return len(self._calls(customer))

    def ended(self, customer: Customer) -> int:
        """How many of those calls have ended."""
        ended = {line["call_id"] for line in self._provider_log("event") if line.get("event") == "ended"}
        return len(self._calls(customer) & ended)

    def _calls(self, customer: Customer) -> set[object]:
        calls = self._provider_log("call")
        return {call["provider_id"] for call in calls if call.get("customer_phone") == customer.phone}

    def _provider_log(self, kind: str) -> list[dict[str, object]]:
        log = (self.stressed.installed.settings.data_dir / "outbox.jsonl").read_text()
        lines = [json.loads(line) for line in log.splitlines()]
        return [line["body"] for line in lines if line["kind"] == kind and line["accepted"]]

    def _timed(self, move: Move) -> Move:
        return replace(move, after=move.after + self.chance.uniform(0, JITTER_SECONDS))

    async def _play(self, rounds: list[list[Move]], bouts: int) -> list[list[httpx2.Response]]:
        turn = asyncio.Semaphore(bouts)

        async def bout(moves: list[Move]) -> list[httpx2.Response]:
            async with turn:
                return await asyncio.gather(*(self._send(move) for move in moves))

        return await asyncio.gather(*(bout(moves) for moves in rounds))

    async def _send(self, move: Move) -> httpx2.Response:
        """By a connection of its own, from an address of its own: customers are counted by theirs."""
        transport = httpx2.AsyncHTTPTransport(verify=False, local_address=own_address())
        api = self.stressed.installed.api
        async with httpx2.AsyncClient(transport=transport, base_url=api, timeout=PATIENCE) as client:
            await asyncio.sleep(move.after)
            return await self._until_known(client, move)

    async def _until_known(self, client: httpx2.AsyncClient, move: Move) -> httpx2.Response:
        """Under load it may not be known in time whether the case obeyed; then one asks again with the same key."""
        while True:
            answer = await client.post(move.path, json=move.body, data=move.form, headers=self._headers(move))
            if answer.status_code != 503 or not move.key:
                return answer
            await asyncio.sleep(float(answer.headers["Retry-After"]))

    def _headers(self, move: Move) -> dict[str, str]:
        if move.who is None:
            return FROM_OUR_PAGE
        headers = {"Authorization": f"Bearer {self.stressed.installed.tokens[move.who]}"}
        return headers | ({"Idempotency-Key": move.key} if move.key else {})
