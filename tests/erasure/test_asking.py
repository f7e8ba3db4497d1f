"""How an erasure is asked for: by the API and by the command, personal terms in a body or on standard input only."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session

from db.columns import now
from db.erasure import finish
from db.tables import Customer, Erasure, Note
from settings import variable
from surveys.reading import Json
from tests.api.staff_desk import Desk
from tests.erasure.marked import EMAIL, PHONE, TYPED, closed_case, erase, open_case, row, rows, traces_in

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("body", [{"email": EMAIL}, {"phone": TYPED}, {"phone": PHONE}], ids=str)
async def test_a_manager_erases_whoever_bears_an_address(desk: Desk, person: UUID, body: Json) -> None:
    asked = await desk.post("manager", "/erasures", body)
    assert (asked.status_code, asked.json()["people"]) == (202, 1)
    assert [one.id for one in rows(desk.engine, Customer) if one.erased_at] == [person]


@pytest.mark.parametrize("body", [{"email": EMAIL}, {"phone": TYPED}, "id"], ids=str)
async def test_asked_for_again_it_is_the_same_erasure(desk: Desk, person: UUID, body: Json) -> None:
    body = {"customer_id": str(person)} if body == "id" else body
    first, again = [await desk.post("manager", "/erasures", body) for _ in range(2)]
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json()["id"] == first.json()["id"]


async def test_by_an_id_it_stays_known_when_it_has_finished_and_by_an_address_not(desk: Desk, person: UUID) -> None:
    erasure_id = erase(desk.engine, person)
    by_id = await desk.post("manager", "/erasures", {"customer_id": str(person)})
    assert (by_id.status_code, by_id.json()["id"]) == (200, str(erasure_id))
    assert (await desk.post("manager", "/erasures", {"email": EMAIL})).status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"email": EMAIL, "phone": PHONE}, {"email": EMAIL, "why": "asked"}, {"customer_id": "7"}], ids=str
)
async def test_one_term_is_needed(desk: Desk, body: Json) -> None:
    assert (await desk.post("manager", "/erasures", body)).status_code == 422


async def test_nobody_is_found_by_what_nobody_bears(desk: Desk) -> None:
    for body in ({"email": "nobody@example.com"}, {"phone": "+79160000009"}, {"customer_id": str(uuid4())}):
        answer = await desk.post("manager", "/erasures", body)
        assert (answer.status_code, answer.json()["code"]) == (404, "nobody_found")


@pytest.mark.parametrize("who", ["manager", "admin"])
async def test_the_proof_names_nobody(desk: Desk, person: UUID, who: str) -> None:
    closed_case(desk, person)
    asked = await desk.post("manager", "/erasures", {"email": EMAIL})
    with Session(desk.engine) as session, session.begin():
        finish(session, UUID(asked.json()["id"]), at=now())
    proof = await desk.get(who, f"/erasures/{asked.json()['id']}")
    assert (proof.json()["people"], proof.json()["rows"]["note"], proof.json()["origin"]) == (1, 8, "api")
    assert proof.json()["asked_by"] == str(desk.staff["manager"].id)
    assert str(person) not in proof.text
    assert traces_in(proof.text) == []
    listed = (await desk.get(who, "/erasures")).json()["erasures"]
    assert listed == [proof.json()]


async def test_nothing_may_be_added_to_who_was_erased(desk: Desk, person: UUID) -> None:
    case = open_case(desk, person)
    await desk.post("manager", "/erasures", {"email": EMAIL})
    note = await desk.post("specialist", f"/cases/{case}/notes", {"text": "Called once more."})
    card = await desk.ask("specialist", "PATCH", f"/cases/{case}/customer", {"city": "Kazan"})
    assert (note.status_code, note.json()["code"]) == (409, "erased")
    assert (card.status_code, card.json()["code"]) == (409, "erased")


async def test_a_change_of_the_card_leaves_who_changed_what_and_not_the_values(desk: Desk) -> None:
    case = desk.open()
    for _ in range(2):
        await desk.ask("specialist", "PATCH", f"/cases/{case}/customer", {"city": "Kazan", "literacy": "confident"})
    left = row(desk.engine, Note)
    assert (left.kind, left.by, left.text) == ("card", desk.staff["specialist"].id, "city, literacy")


def command(database_url: str, *arguments: str, told: str = "") -> "subprocess.CompletedProcess[str]":
    environment = {variable("database_url"): database_url, "PATH": ""}
    asked = [sys.executable, "-m", "ops.erase", *arguments]
    return subprocess.run(
        asked, input=told, env=environment, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )


async def test_the_command_reads_an_address_from_standard_input(desk: Desk, person: UUID, database_url: str) -> None:
    done = command(database_url, "--wait", "0", told=f"{TYPED}\n")
    assert done.returncode == 3, done.stderr
    assert json.loads(done.stdout)["origin"] == "command"
    assert row(desk.engine, Erasure).customers == [str(person)]


async def test_the_command_takes_an_id_and_shows_the_proof(desk: Desk, person: UUID, database_url: str) -> None:
    erasure_id = erase(desk.engine, person)
    done = command(database_url, str(person))
    assert (done.returncode, json.loads(done.stdout)["id"]) == (0, str(erasure_id))


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(("argument", "told", "code"), [([EMAIL], "", 2), ([], "nobody@example.com\n", 1)], ids=str)
def test_the_command_takes_no_address_as_an_argument_and_finds_no_stranger(
    database_url: str, argument: list[str], told: str, code: int
) -> None:
    assert command(database_url, *argument, told=told).returncode == code
