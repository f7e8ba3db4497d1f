"""Every route of the running system held against what it says of itself; behind it, nothing goes wrong."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from db.links import LinkKind
from settings import variable
from tests.fuzz.contract import Document, Effort, faults, known, without
from tests.fuzz.installation import Installation, furnished
from tests.fuzz.pages_document import pages_document
from tests.fuzz.senders import Dresser
from tests.journeys.conftest import System, system
from tests.waiting import until

__all__ = ["system"]
pytestmark = pytest.mark.timeout(1800)
FORMS = Path(__file__).with_name("forms.toml")
STREAM = "GET /events"
"""Endless: a test of its own reads the beginning."""
NOBODY = "http://127.0.0.1:9/hook"
"""Who wants to be told: nothing of a test leaves this machine."""
SOURCES = ["generic", "typeform", "formbricks"]
UNTOLD = "select count(*) from inbox where done_at is null"
STUCK = "select count(*) from alert where kind = 'fact_stuck'"


@pytest.fixture(scope="module")
def installation(system: System) -> Iterator[Installation]:
    """Customers come through a proxy, so that each may have an address of their own; only trouble is logged."""
    chosen = {"trusted_proxies": "127.0.0.1", "forms_file": str(FORMS), "log_level": "WARNING"}
    system.environment.update({variable(name): value for name, value in chosen.items()})
    with system.running() as running:
        furnishing = furnished(running, system.data)
        yield furnishing
        furnishing.engine.dispose()


def test_the_api_answers_as_its_document_says(installation: Installation, effort: Effort) -> None:
    staff = installation.staff()
    document = known(
        without(installation.document(), STREAM),
        paths={"case_id": installation.cases, "review_id": installation.reviews, "source": SOURCES},
        fields={"AssignmentIn.owner": staff, "DutyIn.stand_in": staff, "EndpointIn.url": [NOBODY]},
    )
    _holds(installation, document, effort)


def test_the_pages_answer_as_they_should(installation: Installation, effort: Effort) -> None:
    document = pages_document(
        callbacks=installation.links(LinkKind.CALLBACK), surveys=installation.links(LinkKind.FINAL_SURVEY)
    )
    _holds(installation, document, effort)


@pytest.mark.parametrize("since", ["0", str(2**63 - 1)])
def test_the_stream_begins_as_its_document_says(installation: Installation, since: str) -> None:
    headers = {"Authorization": f"Bearer {installation.running.tokens['admin']}"}
    url = f"{installation.address}/events?since={since}"
    with requests.get(url, headers=headers, stream=True, timeout=30) as answer:
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert next(answer.iter_lines()) == b"event: ready"


def test_behind_it_everything_that_was_accepted_reached_its_case(installation: Installation) -> None:
    until(lambda: installation.count(UNTOLD) == 0)
    assert installation.count(STUCK) == 0


def test_behind_it_no_process_met_anything_unforeseen(installation: Installation) -> None:
    found = installation.troubles()
    assert not found, "\n".join(found)


def test_behind_it_rows_and_workflows_agree(installation: Installation) -> None:
    headers = {"Authorization": f"Bearer {installation.running.tokens['manager']}"}

    def drift() -> list[str]:
        counts = requests.get(f"{installation.address}/workflows/counts", headers=headers, timeout=30).json()
        return [*counts["rows_only"], *counts["workflows_only"]]

    until(lambda: drift() == [])


def _holds(installation: Installation, document: Document, effort: Effort) -> None:
    dress = Dresser(random.Random(effort.seed))
    told = faults(document, installation.address, effort, tokens=installation.running.tokens, dress=dress)
    assert not told, "\n\n".join(told)
