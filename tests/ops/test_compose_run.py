"""The services of the compose file on this machine, by their commands and environments: one case until it is closed."""

import json

import httpx2
import pytest

from ops.demo.browser import Browser
from tests.ops.deliveries import ask_for_contact
from tests.ops.machine import ENV, SIMULATOR, Machine
from tests.waiting import until

pytestmark = pytest.mark.timeout(300)
SECRET = ENV["CLOSELOOP_WEBHOOK_SECRETS_GENERIC"]


def test_what_the_compose_file_starts_works_a_case_until_it_is_closed(machine: Machine) -> None:
    machine.run("migrate")  # again, as at each start
    token = machine.run("api", "python", "-m", "ops.tokens", "Anna Orlova", "specialist", "--phone", "+74950000001")
    with machine.running("api", "simulator", "relay", "worker"):
        headers = {"Authorization": f"Bearer {token.strip()}"}
        with httpx2.Client(base_url=machine.address("8000"), headers=headers, timeout=20) as desk:
            ready = desk.get("/readyz")
            assert ready.status_code == 200, ready.text
            case = f"/cases/{ask_for_contact(desk, secret=SECRET)}"
            _work(desk, case)
            _answer(_link_to_final_survey(machine))
            _until(desk, case, "closed")
            assert desk.get(case).json()["case"]["outcome"] == "answered"


def _work(desk: httpx2.Client, case: str) -> None:
    """Claim, call, speak, resolve."""
    _until(desk, case, "opened")
    _command(desk, f"{case}/claim")
    _command(desk, f"{case}/calls")
    _until(desk, case, "attempt_ended")
    resolution = {"cause": "network_setup", "text": "Opened a port.", "solved": True, "one_conversation": True}
    _command(desk, f"{case}/resolution", resolution)


def _command(desk: httpx2.Client, path: str, body: object = None) -> None:
    answer = desk.post(path, json=body)
    assert answer.status_code == 200, answer.text


def _link_to_final_survey(machine: Machine) -> str:
    with httpx2.Client(base_url=machine.address(SIMULATOR), timeout=20) as simulator:

        def letters() -> str:
            return "".join(json.dumps(line["body"]) for line in simulator.get("/log").json()["lines"])

        page = f"{machine.address('8000')}/s/"
        until(lambda: page in letters(), "the final survey")
        return page + letters().partition(page)[2][:22]


def _answer(link: str) -> None:
    with Browser() as browser:
        address, form = browser.open(link)
        browser.send(address, form, {"tnps": "0", "solved": "yes"})


def _until(desk: httpx2.Client, case: str, step: str) -> None:
    until(lambda: f'"{step}"' in desk.get(f"{case}/timeline").text, step)
