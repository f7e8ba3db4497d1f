"""Two stores restored to two instants, with a case in flight: the promise is kept, and nobody is rung twice."""

import argparse
import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from sqlmodel import Session, select, update
from temporalio.client import WorkflowExecutionStatus

from activities.erasure import Erase
from channels.simulator.process import SimulatorProcess
from db.columns import now
from db.intake import Inbox
from db.people import Customer
from db.proof import Erasure
from db.reconcile import deliver_again
from domain.state import Snapshot
from ops.ports import free_port
from ops.postgres import EmbeddedPostgres
from ops.reconcile import list_erasures, reconcile
from ops.reconciler import Verdict
from ops.temporal_server import TemporalServer
from tests.activities.provider import Provider
from tests.databases import make
from tests.ops.restoring import Backups, Flight, Site, claim_and_ring, request, site_of

pytestmark = pytest.mark.timeout(300)
NOBODY = "http://127.0.0.1:9"
EMPTY = "empty"


@pytest.fixture(scope="module")
def folder(short_folder: Path) -> Iterator[Path]:
    made = short_folder / "backups"
    made.mkdir()
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def provider(folder: Path) -> Iterator[Provider]:
    """The telephone network: what has rung has rung, whatever is restored."""
    (folder / "secret").write_text("whsec_bG9jYWwtcHJvdmlkZXItdGVzdC1zZWNyZXQ=")
    with SimulatorProcess(log=folder / "log.jsonl", callback_url=NOBODY, secret_file=folder / "secret") as running:
        yield Provider(running.base_url)


@pytest.fixture(scope="module")
def backups(migrated: EmbeddedPostgres, folder: Path) -> Backups:
    return Backups(migrated, folder)


@pytest.fixture(scope="module")
def flight(migrated: EmbeddedPostgres, folder: Path, provider: Provider, backups: Backups) -> Flight:
    """One case, with back-ups of both stores when it was started, when it was opened, and while it rang."""
    make(migrated, "live")
    live = folder / "live.db"

    async def flown(temporal: str) -> Flight:
        site = await site_of(migrated.url_of("live"), temporal, provider.base_url)

        def back_up(name: str) -> None:
            backups.dump("live", name)
            backups.copy(live, name)

        back_up(EMPTY)
        flight = request(site.engine)
        await site.relay.once()
        back_up("started")
        async with site.working():
            await site.until("opened")
            back_up("opened")
            await claim_and_ring(site, flight, provider)
        back_up("ringing")
        assert await site.reconciler.find() == []
        site.engine.dispose()
        return flight

    with TemporalServer(port=free_port(), log=folder / "live.log", db_file=live) as server:
        return asyncio.run(flown(server.address))


@dataclass(frozen=True)
class Restorer:
    """Systems from two back-ups, each with its own database and its own Temporal."""

    backups: Backups
    folder: Path
    simulator: str

    def play(self, rows: str, temporal: str, part: Callable[[Site], Awaitable[None]]) -> None:
        """Restore both, and let this happen."""
        file = Path(shutil.copy(self.folder / f"{temporal}.db", self.folder / f"{uuid4().hex}.db"))
        url = self.backups.restored(rows)

        async def played(address: str) -> None:
            site = await site_of(url, address, self.simulator)
            try:
                await part(site)
            finally:
                site.engine.dispose()

        with TemporalServer(port=free_port(), log=self.folder / "restored.log", db_file=file) as server:
            asyncio.run(played(server.address))


@pytest.fixture
def restorer(flight: Flight, backups: Backups, folder: Path, provider: Provider) -> Restorer:
    return Restorer(backups, folder, provider.base_url)


async def mend(site: Site, *expected: Verdict) -> None:
    """Reconcile: this and nothing else is found, and afterwards nothing more."""
    found = await site.reconciler.find()
    assert [finding.verdict for finding in found] == list(expected)
    for finding in found:
        await site.reconciler.mend(finding)


async def keep_the_promise(site: Site, flight: Flight) -> None:
    """Work on; the provider tells how the call under way ended."""
    async with site.working():
        await site.until("call_started")
        site.end_call(flight)
        await site.relay.once()
        await site.until("promise_kept")
        assert await site.reconciler.find() == []
        await agree(site, flight)


async def agree(site: Site, flight: Flight) -> None:
    """The rows are what the workflow says, and their timeline has no gap."""
    handle = site.client.get_workflow_handle(f"case-{flight.case}")
    case, timeline, [attempt] = site.rows()
    live: Snapshot = await handle.query("snapshot", result_type=Snapshot)
    assert Snapshot.model_validate(case.snapshot) == live
    assert [row.seq for row in timeline] == list(range(1, live.seq + 1))
    assert case.promise_kept_at is not None
    assert case.promise_broken_at is None
    assert attempt.outcome == "no_answer"


@pytest.fixture
def rung_once(flight: Flight, provider: Provider) -> Iterator[None]:
    """In all that is restored, whatever it does."""
    yield
    assert len(provider.asked("call", attempt_id=flight.attempt)) == 1


@pytest.mark.usefixtures("rung_once")
def test_rows_older_than_the_workflow_are_written_from_its_history(restorer: Restorer, flight: Flight) -> None:
    async def part(site: Site) -> None:
        await mend(site, Verdict.REBUILD)
        assert site.kinds() == ["opened", "claimed", "call_started"]
        _, _, [attempt] = site.rows()
        assert attempt.posted_at, "it may have been placed"
        await keep_the_promise(site, flight)

    restorer.play("opened", "ringing", part)


@pytest.mark.usefixtures("rung_once")
def test_rows_that_have_no_case_yet_are_written_too(restorer: Restorer, flight: Flight) -> None:
    async def part(site: Site) -> None:
        await mend(site, Verdict.REBUILD)
        await keep_the_promise(site, flight)

    restorer.play("started", "ringing", part)


@pytest.mark.usefixtures("rung_once")
@pytest.mark.parametrize("temporal", ["opened", "started", EMPTY])
def test_a_workflow_older_than_its_rows_goes_on_from_them(restorer: Restorer, flight: Flight, temporal: str) -> None:
    async def part(site: Site) -> None:
        await mend(site, Verdict.RESUME)
        async with site.working():
            await site.until("resumed")
        await keep_the_promise(site, flight)
        assert site.kinds()[:4] == ["opened", "claimed", "call_started", "resumed"]

    restorer.play("ringing", temporal, part)


@pytest.mark.usefixtures("rung_once")
def test_what_the_lost_run_heard_and_did_not_write_down_is_told_again(restorer: Restorer, flight: Flight) -> None:
    async def part(site: Site) -> None:
        site.end_call(flight)
        _carried(site)
        await mend(site, Verdict.RESUME)
        async with site.working():
            await site.until("resumed")
            assert await site.relay.once() == 1
            await site.until("promise_kept")
            with Session(site.engine) as session, session.begin():
                deliver_again(session, flight.case)
            assert await site.relay.once() == 0, "what stands in the timeline is not told a third time"

    restorer.play("ringing", "opened", part)


def _carried(site: Site) -> None:
    """As the relay marks what its workflow has heard."""
    with Session(site.engine) as session, session.begin():
        session.execute(update(Inbox).values(done_at=now(), result="signalled"))


def test_a_request_that_neither_has_opened_is_started_by_the_relay(restorer: Restorer, flight: Flight) -> None:
    async def part(site: Site) -> None:
        await mend(site, Verdict.START)
        await site.relay.once()
        async with site.working():
            await site.until("opened")

    restorer.play("started", EMPTY, part)


def test_a_workflow_whose_response_is_gone_is_ended(restorer: Restorer, flight: Flight) -> None:
    async def part(site: Site) -> None:
        await mend(site, Verdict.END)
        described = await site.client.get_workflow_handle(f"case-{flight.case}").describe()
        assert described.status is WorkflowExecutionStatus.TERMINATED

    restorer.play(EMPTY, "ringing", part)


@pytest.mark.usefixtures("rung_once")
def test_both_of_one_instant_need_nothing(restorer: Restorer, flight: Flight) -> None:
    async def part(site: Site) -> None:
        await mend(site)
        await keep_the_promise(site, flight)

    restorer.play("ringing", "ringing", part)


def test_without_apply_it_is_only_shown(restorer: Restorer, flight: Flight, capsys: pytest.CaptureFixture[str]) -> None:
    async def part(site: Site) -> None:
        await reconcile(site.settings, site.engine, site.client, argparse.Namespace(apply=False, erasures=None))
        [again] = await site.reconciler.find()
        assert again.verdict is Verdict.RESUME

    restorer.play("ringing", "opened", part)
    said = capsys.readouterr().out
    assert f"resume   case-{flight.case}  rows: at 3; workflow: runs at 1" in said
    assert "Nothing was changed." in said


def test_erasures_are_done_again(
    restorer: Restorer, flight: Flight, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = tmp_path / "erasures.jsonl"
    listed.write_text(Erase(erasure=uuid4(), customers=(flight.customer,)).model_dump_json() + "\n")

    async def part(site: Site) -> None:
        for _ in range(2):
            await reconcile(site.settings, site.engine, site.client, argparse.Namespace(apply=True, erasures=listed))
        with Session(site.engine) as session:
            customer = session.get_one(Customer, flight.customer)
            [erasure] = session.exec(select(Erasure)).all()
            assert customer.erased_at is not None
            assert (erasure.origin, erasure.customers) == ("restored", [str(flight.customer)])
        capsys.readouterr()
        list_erasures(site.engine)
        assert Erase.model_validate_json(capsys.readouterr().out).customers == (flight.customer,)

    restorer.play("ringing", "ringing", part)
