"""The proof on the real system: a person who left traces everywhere is erased, and is found nowhere afterwards."""

import io
import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx2
import pytest

from domain.report import By
from ops.demo.live import Live
from ops.demo.people import Customer
from ops.demo.player import PATIENCE, Player, Stage
from ops.demo.post import Post
from ops.demo.screen import Screen
from ops.demo.wire import Desk, Json, Platform, Simulator, signed_headers
from ops.postgres import EmbeddedPostgres
from ops.run_file import Running
from settings import Settings
from tests import loopback
from tests.erasure.marked import MARKER, TRACES, dump
from tests.journeys.conftest import System, provider_log, system

__all__ = ["system"]
pytestmark = pytest.mark.timeout(300)
PERSON = Customer(
    label="Somebody", name=MARKER, ref=f"{MARKER}-1", phone="+79166660042", email=f"{MARKER.lower()}@example.com"
)
SETTINGS = Settings(_env_file=None)


@dataclass
class Story:
    """What was seen before the erasure and after it."""

    closed: UUID
    running: UUID
    before: list[str]
    tokens: set[str]
    after: list[str]
    proof: dict[str, object]
    steps: list[str]
    repeated: httpx2.Response
    dumped: str


@pytest.fixture(scope="module")
def story(system: System) -> Iterator[Story]:
    """One loop closed, the next one under way; the worker is killed as soon as the erasure was asked for."""
    with ExitStack() as closing, system.running() as running:
        api = closing.enter_context(httpx2.Client(base_url=running.addresses["api"], timeout=30))
        stage = _stage(running)
        player, since = Player(stage, PERSON, "Somebody"), datetime.now(UTC)
        for client in _clients(stage, player):
            closing.callback(client.close)
        until = _leave_traces_everywhere(player, running, api)
        reports = [_report(api, running, by, since, until) for by in By]
        marked = dump(EmbeddedPostgres.at(system.data).url) + (system.data / "outbox.jsonl").read_text()
        assert [trace for trace in TRACES if trace not in marked] == [], "the search must be able to find what is there"
        tokens = set(re.findall(r"/[sc]/([\w-]{22})", marked))
        asked = api.post("/erasures", json={"email": PERSON.email}, headers=_as(running, "manager"))
        assert asked.status_code == 202, asked.text
        os.kill(running.pids["worker"], signal.SIGKILL)
        proof = _finished(api, running, asked.json()["id"])
        yield Story(
            closed=player.cases[0],
            running=player.case,
            before=reports,
            tokens=tokens,
            after=[_report(api, running, by, since, until) for by in By],
            proof=proof,
            steps=[step.kind for step in stage.staff["lead"].timeline(player.case).steps],
            repeated=_deliver_again(api),
            dumped=dump(EmbeddedPostgres.at(system.data).url),
        )
        stage.live.stop()
        stage.post.stop()


def test_no_dump_and_no_log_of_ours_or_the_providers_holds_anything_of_them(story: Story, system: System) -> None:
    kept = {"pg_dump": story.dumped.encode()}
    for name in ("temporal.db", "temporal.db-wal", "outbox.jsonl"):
        kept[name] = (system.data / name).read_bytes() if (system.data / name).exists() else b""
    kept |= {log.name: log.read_bytes() for log in (system.data / "logs").iterdir()}
    assert story.tokens
    found = [(name, word) for name, held in kept.items() for word in (*TRACES, *story.tokens) if word.encode() in held]
    assert found == []
    assert str(story.closed).encode() in kept["temporal.db"] + kept["temporal.db-wal"]


def test_every_report_is_the_same_to_the_byte(story: Story) -> None:
    assert story.after == story.before
    assert "network_setup" in "".join(story.before)


def test_the_case_under_way_ended_as_erased(story: Story) -> None:
    assert story.steps[-2:] == ["erased", "closed"]


def test_the_proof_says_what_was_done(story: Story) -> None:
    assert (story.proof["cases_ended"], story.proof["cases_left"], story.proof["people"]) == (1, 0, 1)
    providers = story.proof["providers"]
    assert isinstance(providers, dict)
    assert {what for results in providers.values() for what in results} == {"forgotten"}
    assert {"person", "call", "mail"} <= set(providers)


def test_a_redelivery_is_answered_as_a_repeat(story: Story) -> None:
    assert (story.repeated.status_code, story.repeated.json()) == (200, {"id": str(story.closed)})


@pytest.mark.usefixtures("story")
def test_what_the_provider_did_stays_countable(system: System) -> None:
    assert len([line for line in provider_log(system.data) if line["kind"] == "call"]) == 1


def _stage(running: Running) -> Stage:
    staff = {name: Desk(running.addresses["api"], token) for name, token in running.tokens.items() if name != "admin"}
    screen = Screen(io.StringIO(), started=datetime.now(UTC), labels=["Somebody"])
    simulator = Simulator(running.addresses["simulator"])
    [secret] = SETTINGS.secrets_of("generic")
    platform = Platform(running.addresses["api"], secret.get_secret_value())
    stage = Stage(platform, simulator, Post(simulator), Live(staff["lead"], screen), screen, staff)
    stage.post.start()
    stage.live.start(PATIENCE)
    return stage


def _clients(stage: Stage, player: Player) -> list[httpx2.Client]:
    """The demo ends with its process, and never closes them."""
    desks = [desk._client for desk in stage.staff.values()]
    return [*desks, stage.platform._client, stage.simulator._client, player._browser._client]


def _leave_traces_everywhere(player: Player, running: Running, api: httpx2.Client) -> datetime:
    """Shop, survey, staff, telephone, mail, final survey and the next loop; the moment between the two loops."""
    for event in (_profile(), _licence()):
        _signed(api, "/webhooks/shop", event, "shop")
    player.fill_in_survey(comment=f"{MARKER} comment", nps=0)
    player.claim("specialist")
    specialist = _as(running, "specialist")
    card = {"city": MARKER, "address_form": MARKER, "literacy": MARKER}
    api.patch(f"/cases/{player.case}/customer", json=card, headers=specialist).raise_for_status()
    note = {"text": f"{MARKER} note, rings from 8 (916) 666-00-42"}
    key = {"Idempotency-Key": str(uuid4())}
    api.post(f"/cases/{player.case}/notes", json=note, headers=specialist | key).raise_for_status()
    player.ring()
    review = player.escalate(f"{MARKER} question")
    player.command(f"reviews/{review}/answer", {"text": f"{MARKER} answer"}, who="second_line")
    player.resolve("network_setup", f"{MARKER} resolution")
    outside = loopback.post(
        f"{running.addresses['simulator']}/people/{PERSON.phone}/sms", json={"text": f"{MARKER} by SMS"}
    )
    outside.raise_for_status()
    between = datetime.now(UTC)
    player.answer_final_survey(tnps=9, solved="yes", again=f"{MARKER} again")
    player.follow_next_loop()
    player.claim("specialist 2")
    return between


def _profile() -> Json:
    told: Json = {"id": PERSON.ref, "name": MARKER, "city": MARKER, "channel": MARKER, "email": PERSON.email}
    company: Json = {"organisation": {"id": f"{MARKER}-org", "name": f"{MARKER} Ltd"}}
    return {"event": "customer.updated", "version": 1, "customer": told | company}


def _licence() -> Json:
    licence: Json = {"key_id": f"{MARKER}-key", "product": "home", "segment": "full", "seats": 1}
    return {"event": "licence.updated", "version": 1, "customer_id": PERSON.ref, "licence": licence}


def _deliver_again(api: httpx2.Client) -> httpx2.Response:
    """The same response once more, amended."""
    body: Json = {
        "response_id": PERSON.ref,
        "form": "demo",
        "submitted_at": datetime.now(UTC).isoformat(),
        "customer": {"id": PERSON.ref, "name": MARKER, "invited_email": PERSON.email},
        "contact": {"requested": True, "phone": PERSON.phone_as_typed},
        "comment": f"{MARKER} once more",
    }
    return _signed(api, "/webhooks/surveys/generic", body, "generic")


def _signed(api: httpx2.Client, path: str, document: Json, source: str) -> httpx2.Response:
    body = json.dumps(document)
    [secret] = SETTINGS.secrets_of(source)
    answer = api.post(path, content=body, headers=signed_headers(body, secret.get_secret_value()))
    assert answer.status_code in (200, 202), answer.text
    return answer


def _report(api: httpx2.Client, running: Running, by: By, since: datetime, until: datetime) -> str:
    """As JSON and as CSV, without the moment it was made."""
    period = {"from": since.isoformat(), "to": until.isoformat(), "by": by.value}
    made = [
        api.get("/reports/loop", params={**period, "format": form}, headers=_as(running, "manager"))
        for form in ("json", "csv")
    ]
    return re.sub(r'"as_of":"[^"]+"', "", "".join(one.raise_for_status().text for one in made))


def _finished(api: httpx2.Client, running: Running, erasure: str) -> dict[str, object]:
    """Its proof, as soon as there is one."""
    while True:
        proof = api.get(f"/erasures/{erasure}", headers=_as(running, "admin")).raise_for_status().json()
        if proof["finished_at"]:
            return dict(proof)


def _as(running: Running, who: str) -> dict[str, str]:
    return {"authorization": f"Bearer {running.tokens[who]}"}
