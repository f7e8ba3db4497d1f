"""A person marked in every field that can hold something of theirs, so that a dump tells what is left of them."""

import subprocess
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Engine, select
from sqlmodel import Session, SQLModel

from db.columns import new_id, now
from db.erasure import Asked, Asking, ask_for, finish
from db.proof import Origin
from db.tables import (
    Attempt,
    Customer,
    FinalSurvey,
    IdempotencyKey,
    Licence,
    Link,
    Message,
    Note,
    Organisation,
    Purchase,
)
from domain import rules
from domain.messages import Call, CallEnded, Claim, Fact, Resolve, ResponseAmended, SurveyAnswered
from domain.words import AttemptOutcome
from ops.postgres_files import installed
from tests.api.staff_desk import Desk

MARKER = "Zanzibar"
PHONE, TYPED = "+79166660042", "8 (916) 666-00-42"
EMAIL, INVITED = "zanzibar@example.com", "invited-zanzibar@example.com"
TRACES = (MARKER, MARKER.lower(), "9166660042", "666-00-42")
"""What a dump must not hold, in any encoding of ours."""
SECRET = b"dev-only-token-secret"
Row = TypeVar("Row", bound=SQLModel)


def asking(origin: Origin = Origin.API, *, at: datetime | None = None) -> Asking:
    return Asking(origin, at or now(), SECRET)


def erase(engine: Engine, person: UUID | str) -> UUID:
    """Ask, and finish at once, as when no case is open."""
    erasure_id = ask(engine, person)
    with Session(engine) as session, session.begin():
        finish(session, erasure_id, at=now())
    return erasure_id


def ask(engine: Engine, person: UUID | str) -> UUID:
    with Session(engine) as session, session.begin():
        asked: Asked | None = ask_for(session, person, asking())
        assert asked is not None
        return asked.erasure.id


def dump(url: str) -> str:
    """Everything the database holds, as its own tool writes it."""
    tool = installed() / "pginstall18" / "bin" / "pg_dump"
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    done = subprocess.run([tool, "--inserts", "--dbname", plain], capture_output=True, timeout=60, check=True)
    return done.stdout.decode()


def traces_in(text: str) -> list[str]:
    return [trace for trace in TRACES if trace in text]


def closed_case(desk: Desk, customer: UUID, *, ago: timedelta = timedelta(0)) -> UUID:
    """A loop that went all its way: called, reached, resolved, the final survey answered."""
    specialist, attempt = desk.staff["specialist"].by, uuid4()
    case = desk.open(
        Claim(by=specialist),
        Call(by=specialist, attempt=attempt),
        customer=customer,
        requested=now() - ago,
        **answers(),
    )
    desk.hear(case, CallEnded(id=str(uuid4()), at=now(), attempt=attempt, outcome=AttemptOutcome.REACHED))
    desk.obey(case, Resolve(by=specialist, cause="network_setup", text=uuid4(), solved=True, one_conversation=True))
    _leave_texts(desk, case, attempt)
    end(desk, case, SurveyAnswered(id=str(uuid4()), at=now(), solved=True))
    return case


def end(desk: Desk, case: UUID, fact: Fact) -> None:
    """What the workflow makes of a last fact: the case is on record as closed."""
    desk.hear(case, fact)
    rules.close_if_over(desk.cases[case], now())
    desk.hear(case, ResponseAmended(id=str(uuid4()), at=now()))


def open_case(desk: Desk, customer: UUID) -> UUID:
    return desk.open(customer=customer, requested=None, **answers())


def responded(desk: Desk, customer: UUID, **changes: object) -> UUID:
    """A contact request on its way to its case."""
    return desk.respond(requested=None, customer=customer, **(answers() | changes)).case


def answers() -> dict[str, object]:
    """A response with the marker wherever somebody may have written."""
    answer = {"question_id": "q1", "question_text": MARKER, "value": MARKER, "meaning": None}
    texts = dict.fromkeys(("external_id", "comment", "name", "consent_version"), f"{MARKER}-{uuid4()}")
    told = {"email": EMAIL, "phone": PHONE, "phone_typed": TYPED, "zone": "Asia/Zanzibar", "consent_at": now()}
    return {"answers": [answer], "product": "home", "source": "generic", **texts, **told}


def marked_customer(desk: Desk) -> UUID:
    """A profile with all that shop and specialists told of it."""
    company, mine = new_id(), new_id()
    desk.store(Organisation(id=company, external_id=f"{MARKER}-org", name=f"{MARKER} Ltd"))
    texts = dict.fromkeys(("name", "address_form", "city", "channel", "literacy", "zone"), MARKER)
    ids = {"external_id": f"{MARKER}-ref", "invited_email": INVITED, "email": EMAIL, "phone": PHONE}
    desk.store(Customer.model_validate({"id": mine, "language": "en", "organisation_id": company, **ids, **texts}))
    desk.store(Licence(external_id=f"{MARKER}-key", customer_id=mine, product=MARKER, segment="full"))
    desk.store(purchase(mine, MARKER, at=datetime(2026, 1, 1, tzinfo=UTC)))
    return mine


def purchase(customer: UUID, product: str, *, at: datetime) -> Purchase:
    paid = {"amount_minor": 1, "currency": "RUB", "state": "completed", "at": at}
    return Purchase.model_validate({"external_id": f"{product}-1", "customer_id": customer, "product": product, **paid})


def _leave_texts(desk: Desk, case: UUID, attempt: UUID) -> None:
    kinds = ("note", "comment", "question", "answer", "question_back", "reference", "reason", "resolution")
    desk.store(*(Note(case_id=case, kind=kind, text=f"{MARKER} {kind}") for kind in kinds))
    desk.store(FinalSurvey(case_id=case, tnps=9, solved=True, comment=MARKER, contact_requested=False))
    desk.store(Link(key=f"{case}:final_survey", token_hash=uuid4().hex, case_id=case, kind="final_survey"))
    desk.store(Message(key=str(uuid4()), case_id=case, template="final_survey", channel="mail", state="delivered"))
    route = f"POST /cases/{case}/notes"
    said: dict[str, object] = {"detail": MARKER}
    staff = desk.staff["specialist"].id
    desk.store(IdempotencyKey(staff_id=staff, route=route, key=MARKER, body_hash="", status=409, answer=said))
    with Session(desk.engine) as session, session.begin():
        session.get_one(Attempt, attempt).sqlmodel_update({"phone": PHONE, "provider_id": f"call-{MARKER}"})


def rows(engine: Engine, table: type[Row], *conditions: ColumnElement[bool]) -> list[Row]:
    with Session(engine, expire_on_commit=False) as session:
        return list(session.scalars(select(table).where(*conditions)))


def row(engine: Engine, table: type[Row], *conditions: ColumnElement[bool]) -> Row:
    """The only one."""
    (found,) = rows(engine, table, *conditions)
    return found
