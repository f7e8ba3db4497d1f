"""Inbox rows as intake leaves them, a Temporal that can be cut off, and a wait for what others do."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, select, update
from sqlmodel import Session, col

from db import inbox
from db.columns import new_id
from db.tables import Alert, Case, Customer, Inbox, Response
from domain.messages import CustomerWithdrew

REQUESTED = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
DUE = REQUESTED + timedelta(hours=1)
SECRETS = ("Marker-Name", "+79161234567", "marker@example.com", "marker-comment")
"""What must be found in no history."""
PATIENCE = 20.0


def request_contact(engine: Engine, *, urgent_at: datetime = DUE) -> UUID:
    """A response that asked for contact, and its row in the inbox."""
    name, phone, email, comment = SECRETS
    customer = Customer(name=name, phone=phone, email=email)
    response = Response(
        source="generic",
        form="purchase",
        external_id=str(new_id()),
        version=REQUESTED,
        submitted_at=REQUESTED,
        customer_id=customer.id,
        language="ru",
        name=name,
        phone=phone,
        email=email,
        comment=comment,
        contact_requested_at=REQUESTED,
        promise={"requested_at": REQUESTED.isoformat(), "due": DUE.isoformat(), "warnings": []},
    )
    with Session(engine, expire_on_commit=False) as session, session.begin():
        session.add(customer)
        session.flush()
        session.add(response)
        session.flush()
        inbox.put(
            session,
            kind=inbox.CONTACT_REQUEST,
            key=str(response.id),
            case_id=response.id,
            body=None,
            urgent_at=urgent_at,
        )
    return response.id


def withdraw(engine: Engine, case_id: UUID) -> str:
    """A fact for the case; returns its key."""
    fact = CustomerWithdrew(id=str(new_id()), at=REQUESTED)
    with Session(engine) as session, session.begin():
        inbox.tell(session, case_id, fact)
    return fact.id


def rows(engine: Engine) -> list[Inbox]:
    """All of the inbox, oldest first."""
    with Session(engine) as session:
        return list(session.scalars(select(Inbox).order_by(col(Inbox.id))))


def row(engine: Engine, case_id: UUID, kind: str = inbox.CONTACT_REQUEST) -> Inbox:
    """The case's one row of this kind."""
    (found,) = [one for one in rows(engine) if (one.case_id, one.kind) == (case_id, kind)]
    return found


def change(engine: Engine, row_id: UUID, **values: object) -> None:
    """Make a row what it has to be for a test."""
    with Session(engine) as session, session.begin():
        session.execute(update(Inbox).where(col(Inbox.id) == row_id).values(**values))


async def until(happened: Callable[[], bool]) -> None:
    """Wait for something that nobody tells us; fails when it does not come."""
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(happened):
            await asyncio.sleep(0.02)


class Gate:
    """A way to a server that can be shut: who is inside is thrown out, who comes is refused."""

    def __init__(self, target: str, port: int) -> None:
        self._target, self._port = target, port
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self._port)

    async def shut(self) -> None:
        if self._server:
            self._server.close()
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._passing.add(task)
        host, _, port = self._target.partition(":")
        there_reader, there_writer = await asyncio.open_connection(host, int(port))
        try:
            with suppress(asyncio.CancelledError, ConnectionError):
                await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer))
        finally:
            self._passing.discard(task)
            writer.transport.abort()
            there_writer.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


def close(engine: Engine, case_id: UUID) -> None:
    """The case is on record as closed."""
    with Session(engine) as session, session.begin():
        response = session.get_one(Response, case_id)
        session.add(
            Case(
                id=case_id,
                seq=1,
                customer_id=response.customer_id,
                source=response.source,
                policy="standard",
                stage="closed",
                requested_at=REQUESTED,
                closed_at=REQUESTED,
                snapshot={},
            )
        )


def alerts(engine: Engine) -> list[Alert]:
    """Everything people were told of."""
    with Session(engine) as session:
        return list(session.scalars(select(Alert)))
