"""Doctor names each fault that is planted, in words, and finds nothing where there is none."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text

from api.app import ROUTERS
from ops.doctor import on_sendgrid, on_twilio
from ops.doctor.__main__ import report, said_once, shown
from ops.doctor.findings import Verdict
from ops.doctor.twilio_account import product_url
from ops.ports import free_port
from ops.postgres import EmbeddedPostgres
from ops.seed import seed
from settings import Settings
from tests.databases import a_database
from tests.ops.doctor.planted_at_twilio import AT_TWILIO
from tests.ops.doctor.planted_elsewhere import ELSEWHERE
from tests.ops.doctor.planting import Planted
from tests.ops.doctor.provider_books import KEY, TOKEN, WEBHOOKS
from tests.ops.doctor.surgery import House, Surgery, house_on, staff_the_desk


@pytest.fixture(scope="module")
def house(migrated: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all tests: starting it for each took four fifths of their time."""
    with a_database(migrated) as url, house_on(url, tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture
def surgery(house: House, tmp_path: Path) -> Surgery:
    return house.in_good_order(tmp_path)


@pytest.fixture
def staffed(surgery: Surgery, engine: Engine, database_url: str) -> Surgery:
    """Whose staff a test may change."""
    staff_the_desk(engine)
    surgery.change(database_url=SecretStr(database_url))
    return surgery


@pytest.mark.parametrize("planted", [*AT_TWILIO, *ELSEWHERE], ids=lambda planted: planted.name)
def test_a_planted_fault_is_named_in_words(surgery: Surgery, planted: Planted) -> None:
    planted.plant(surgery)
    found = surgery.look()[planted.subject].finding
    assert found.verdict is planted.verdict, found
    assert planted.says in found.says
    assert planted.do in found.do


def test_an_installation_in_order_gets_a_clean_bill_and_nobody_is_bothered(
    surgery: Surgery, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = list(surgery.look().values())
    assert [line for line in lines if line.finding.verdict is not Verdict.OK] == []
    assert report(lines) == 0
    assert {one.method for one in surgery.books.asked} == {"GET"}
    printed = capsys.readouterr().out
    assert "Nobody was called or written to" in printed
    assert not any(secret in printed for secret in (TOKEN, KEY, "secretpart", "desk@help.example"))


def test_nothing_is_stored_by_the_samples(surgery: Surgery, house: House) -> None:
    surgery.look()
    with house.engine.connect() as connection:
        assert connection.execute(text("select count(*) from inbox")).scalar() == 0


def test_whoever_must_be_reached_is_named_by_role(staffed: Surgery, engine: Engine) -> None:
    staffed.change(slack_webhook=None)
    with engine.begin() as connection:
        connection.execute(text("update staff set phone = null"))
        connection.execute(text("update staff set email = null where role = 'lead'"))
    found = staffed.look()
    assert "no specialist has a telephone" in found["specialists"].finding.says
    assert found["alerts"].finding.says == "nobody can be alerted among: lead"


def test_invented_people_on_duty_are_named_where_telephones_are_real(
    staffed: Surgery, engine: Engine, database_url: str
) -> None:
    seed(database_url, Settings(_env_file=None))
    found = staffed.look()["demo staff"].finding
    assert (found.verdict, found.says.split()[0]) == (Verdict.WRONG, "7")
    assert "PUT /me/duty" in found.do
    with engine.begin() as connection:
        connection.execute(text("update duty set ended_at = now()"))
    assert staffed.look()["demo staff"].finding.verdict is Verdict.OK


def test_a_refusal_that_several_checks_meet_is_logged_once(
    surgery: Surgery, capsys: pytest.CaptureFixture[str]
) -> None:
    surgery.books.answers = {}
    handler, log = said_once(), logging.getLogger("channels.twilio")
    log.addHandler(handler)
    try:
        surgery.look()
    finally:
        log.removeHandler(handler)
    assert capsys.readouterr().err.count("Twilio refused: status=404") == 1


def test_a_database_that_is_away_is_said_and_not_guessed(surgery: Surgery) -> None:
    surgery.change(database_url=SecretStr(f"postgresql+psycopg://127.0.0.1:{free_port()}/none"))
    found = surgery.look()["specialists"].finding
    assert (found.verdict, found.says) == (
        Verdict.UNSURE,
        "the staff cannot be read: the database does not answer",
    )


def test_a_key_that_may_only_send_leaves_the_rest_open(surgery: Surgery) -> None:
    surgery.books.statuses |= {"/v3/whitelabel/domains": 403, WEBHOOKS: 403}
    found = surgery.look()
    assert found["SendGrid key"].finding.verdict is Verdict.OK
    assert {found[one].finding.verdict for one in ("mail sender", "mail events", "mail event key")} == {Verdict.UNSURE}


def test_the_addresses_it_asks_to_paste_are_routes_of_ours() -> None:
    routes = {getattr(route, "path", "") for router in ROUTERS for route in router.routes}
    assert {on_twilio.INBOUND, on_twilio.INBOUND_ENDED, on_twilio.SMS, on_sendgrid.EVENTS} <= routes


@pytest.mark.parametrize(
    ("api", "voice"),
    [
        ("https://api.twilio.com", "https://voice.twilio.com"),
        ("https://api.dublin.ie1.twilio.com", "https://voice.dublin.ie1.twilio.com"),
        ("http://127.0.0.1:4010", "http://127.0.0.1:4010"),
        ("https://api.twilio.com.example", "https://api.twilio.com.example"),
    ],
)
def test_each_product_of_twilio_is_asked_at_its_own_host(api: str, voice: str) -> None:
    assert product_url(api, "voice") == voice


def test_settings_that_do_not_hold_end_the_command_with_their_names(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd(), "CLOSELOOP_TELEPHONY": "twilio"}
    run = subprocess.run(
        [sys.executable, "-m", "ops.doctor"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 1
    assert "CLOSELOOP_TWILIO_ACCOUNT_SID" in run.stdout
    assert run.stdout.startswith("wrong   settings")


def test_a_line_is_one_line(surgery: Surgery) -> None:
    assert all("\n" not in shown(line) for line in surgery.look().values())
