"""An invented company for the README's pictures: half a year of closed cases, and people who wait right now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from pydantic import JsonValue
from sqlalchemy import select, text
from sqlmodel import Session, col

from db import duty
from db.casework import Case
from db.columns import now
from db.intake import Response
from db.people import Customer, Licence, Purchase
from db.staff import Staff
from domain import messages
from domain.promise import promise_from
from domain.words import Language, Role
from ops import tokens
from ops.bench.many_cases import Crowd, fill
from ops.bench.scene import NAME, Person, Scene
from ops.demo.wire import Desk, Platform
from ops.programs import api_address
from tests.browser.installation import NEWS
from tests.waiting import until

HALF_A_YEAR = timedelta(days=190)
CLOSED = 9_000
STAFF = (
    *("Anna Orlova", "Boris Vetrov", "Clara Meadow", "Dario Fonte", "Elin Strand", "Felix Marsh", "Greta Holm"),
    *("Hugo Lindt", "Ines Duarte", "Jonas Field", "Karin Vale", "Luca Ferri", "Mira Novak", "Nils Berg", "Olga Frost"),
    *("Paul Rivers", "Quinn Hale", "Rosa Prado", "Sven Torp", "Tilda Moor"),
)
"""As many as the history has."""
AT_WORK = dict(
    zip(STAFF, (Role.SPECIALIST, Role.SPECIALIST, Role.SPECIALIST, Role.SECOND_LINE, Role.MANAGER), strict=False)
)
"""The others have left."""
CAUSES = {
    "update": "update_failed",
    "removal": "setup",
    "false_alarm": "settings",
    "parental_control": "settings",
    "renewal": "licence_renewal",
}
"""The history's own words, and what the managed list calls them."""


@dataclass(frozen=True)
class Caller:
    """Somebody who asked for contact so many minutes ago."""

    name: str
    minutes: int
    product: str
    nps: int
    comment: str
    zone: str = "Europe/Moscow"


FORM = "after-purchase"
"""Of the history as well."""
FORMS = f'[generic.{FORM}]\nname = "After the purchase"\nlanguage = "en"\npolicy = "{NAME}"\n'
REGULAR, THEIRS = "Tomas Rehak", "C-7"
"""Somebody whom the history knows, and as whom."""
ASKED = (
    Caller("Victor Hale", 66, "Business", 3, "Our server has not got any update for nine days."),
    Caller("Marta Lindqvist", 53, "Business", 2, "The licence server refuses half of our machines since Friday."),
    Caller("Tomas Rehak", 44, "Antivirus", 4, "After the update my computer takes ten minutes to start."),
    Caller("Yuki Tanabe", 38, "Mobile", 5, "I paid twice and nobody answers my letters.", "Asia/Yekaterinburg"),
    Caller("Ada Okafor", 31, "Internet Security", 3, "It blocks the page of my own bank."),
    Caller("Pavel Sorokin", 27, "Antivirus", 1, "It says that my licence has expired. I renewed it in May."),
    Caller("Lena Fischer", 22, "Antivirus", 6, "Cannot remove the old version, so the new one does not install."),
    Caller("Rui Cardoso", 17, "Internet Security", 0, "Support closed my question without an answer."),
    Caller("Nora Byrne", 12, "Mobile", 5, "It drains the battery within half a day.", "Asia/Yekaterinburg"),
    Caller("Emil Kask", 9, "Business", 4, "We need the report for our auditors, and the page stays empty."),
    Caller("Sofia Marin", 5, "Antivirus", 2, "False alarms on our accounting program, every single morning."),
    Caller("Ivan Petrosyan", 3, "Antivirus", 6, "The key from the box is said to be in use."),
    Caller("Zoe Papadaki", 1, "Internet Security", 3, "The parental control lets everything through."),
)


@dataclass
class Company:
    """Who works there, and the cases by the name of who waits."""

    people: dict[str, Person]
    cases: dict[str, UUID]


def founded(scene: Scene) -> Company:
    """All of it, in a scene where nothing runs yet."""
    _history(scene)
    scene.settings.forms_file.write_text(FORMS)
    scene.simulator()
    scene.worker()
    scene.api()
    people = {name: _hired(scene, name, role) for name, role in AT_WORK.items()}
    company = Company(people, _asked(scene, ASKED))
    scene.relay()
    for case in company.cases.values():
        until(partial(_is_open, scene, case), "the case opens")
    _work(scene, company)
    return company


def _history(scene: Scene) -> None:
    """Half a year, with people and causes called as a company would."""
    fill(scene.engine, Crowd(now=now(), closed=CLOSED, span=HALF_A_YEAR))
    with scene.engine.begin() as connection:
        for number, name in enumerate(STAFF, 1):
            told = {"name": name, "was": f"Specialist {number}"}
            connection.execute(text("update staff set name = :name, language = 'en' where name = :was"), told)
        connection.execute(text("update cases set product = initcap(replace(product, '_', ' '))"))
        for was, cause in CAUSES.items():
            connection.execute(text("update cases set cause = :cause where cause = :was"), {"cause": cause, "was": was})
        connection.execute(text("update staff set active = false where not name = any(:them)"), {"them": [*AT_WORK]})
        connection.execute(text("select tally_all()"))
    with Session(scene.engine) as session, session.begin():
        _owns(session)


def _owns(session: Session) -> None:
    """What the regular is called, and has bought."""
    customer = session.scalars(select(Customer).where(col(Customer.external_id) == THEIRS)).one()
    customer.name, customer.address_form, customer.city = REGULAR, "Mr Rehak", "Moscow"
    customer.invited_email = customer.email = "tomas@example.com"
    customer.literacy, customer.language, owner = "knows their way around", "en", customer.id
    soon, ago = now() + timedelta(days=19), now() - timedelta(days=346)
    session.add(
        Licence(external_id="L-1", customer_id=owner, product="Antivirus", segment="full", seats=3, valid_until=soon)
    )
    session.add(
        Purchase(
            external_id="P-1",
            customer_id=owner,
            product="Antivirus",
            amount_minor=3990,
            currency="EUR",
            state="completed",
            at=ago,
        )
    )


def _hired(scene: Scene, name: str, role: Role) -> Person:
    """One of those in the history, at work now."""
    with Session(scene.engine, expire_on_commit=False) as session, session.begin():
        found = session.execute(text("select id from staff where name = :name"), {"name": name}).scalar_one()
        member = session.get_one(Staff, found)
        member.role, member.language, member.phone = role, Language.EN, f"+74950000{STAFF.index(name):03d}"
        duty.start(session, member.id, now())
        token = tokens.issue(session, member.id, name=NAME)
    return Person(messages.Staff(id=member.id, role=role), token)


def _asked(scene: Scene, callers: Sequence[Caller]) -> dict[str, UUID]:
    """Delivered now; that some have waited for long is written before anything begins."""
    [secret] = scene.settings.secrets_of("generic")
    platform = Platform(api_address(scene.settings), secret.get_secret_value())
    cases = {one.name: platform.deliver(_response(one), expected=NEWS) for one in callers}
    with Session(scene.engine) as session, session.begin():
        for one in callers:
            response, at = session.get_one(Response, cases[one.name]), now() - timedelta(minutes=one.minutes)
            promise = promise_from(scene.policy, requested_at=at, zone=one.zone)
            assert promise, "it is promised at any hour"
            response.contact_requested_at, response.promise = at, promise.model_dump(mode="json")
    return cases


def _is_open(scene: Scene, case: UUID) -> bool:
    with Session(scene.engine) as session:
        return session.get(Case, case) is not None


def _response(caller: Caller) -> dict[str, JsonValue]:
    ref, at = f"C-{uuid4().int % 90_000 + 10_000}", datetime.now(UTC) - timedelta(minutes=caller.minutes + 1)
    first = caller.name.split()[0].lower()
    return {
        "response_id": ref,
        "form": FORM,
        "submitted_at": at.isoformat(),
        "updated_at": at.isoformat(),
        "finished": True,
        "customer": {
            "id": THEIRS if caller.name == REGULAR else ref,
            "name": caller.name,
            "invited_email": f"{first}@example.com",
            "zone": caller.zone,
            "language": "en",
        },
        "contact": {"requested": True, "phone": f"+7916{uuid4().int % 10**7:07d}"},
        "scores": {"nps": caller.nps},
        "comment": caller.comment,
        "product": caller.product,
        "answers": [{"id": "q1", "question": "Where did you buy it?", "value": "In your web shop"}],
    }


def _work(scene: Scene, company: Company) -> None:
    """Some have been called, one waits for second line, one has a time agreed."""
    anna, boris = (
        Desk(api_address(scene.settings), company.people[name].token) for name in ("Anna Orlova", "Boris Vetrov")
    )
    _reach(anna, company.cases["Tomas Rehak"])
    _reach(boris, company.cases["Ada Okafor"])
    question = {
        "question": "Is the bank's certificate on our block list? The customer has sent a picture of the warning."
    }
    boris.command(company.cases["Ada Okafor"], "reviews", dict[str, JsonValue](question))
    boris.command(company.cases["Pavel Sorokin"], "claim")
    _reach(anna, company.cases["Lena Fischer"])
    agreed = (datetime.now(UTC) + timedelta(hours=3)).replace(minute=30, second=0, microsecond=0)
    anna.command(company.cases["Lena Fischer"], "callbacks", {"time": agreed.isoformat()})


def _reach(desk: Desk, case: UUID) -> None:
    """Take the case, call, and talk."""
    desk.command(case, "claim")
    desk.command(case, "calls")
    until(lambda: any(step.kind == "attempt_ended" for step in desk.timeline(case).steps), "the call ends")
