"""Alert rules and dashboard: well formed, and every metric they ask for is one that our processes show."""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest
from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML
from temporalio.client import Client, WorkflowHandle

from ops.temporal_server import TemporalServer
from tests import loopback
from tests.ops.composed import REPOSITORY, services
from tests.ops.deliveries import ask_for_contact
from tests.ops.machine import ENV, PORTS, Machine
from tests.ops.promql import GIVEN_BY_PROMETHEUS, LABELS_OF_PROMETHEUS, Asked, Scrape, asked_for, grouped_by
from tests.waiting import until

pytestmark = pytest.mark.timeout(300)
DASHBOARDS = REPOSITORY / "ops" / "dashboards"
NAMESPACE = "close-the-loop"
FAILED = ("temporal_activity_execution_failed_total", "temporal_workflow_task_execution_failed_total")


class Strict(BaseModel):
    """What Prometheus takes: nothing else may stand there."""

    model_config = ConfigDict(extra="forbid")


class Rule(Strict):
    alert: str
    expr: str
    lasting: str = Field("1m", alias="for", pattern=r"^\d+[smh]$")
    labels: dict[str, str]
    annotations: dict[str, str]


class Group(Strict):
    name: str
    rules: list[Rule]


class Rules(Strict):
    groups: list[Group]


class Target(BaseModel):
    ref: str = Field(alias="refId")
    expr: str


class Panel(BaseModel):
    id: int
    type: str
    title: str
    place: dict[str, int] = Field(alias="gridPos")
    targets: list[Target] = []


class Dashboard(BaseModel):
    uid: str
    title: str
    panels: list[Panel]


RULES = Rules.model_validate(YAML(typ="safe", pure=True).load(DASHBOARDS / "alerts.yml")).groups[0].rules
DASHBOARD = Dashboard.model_validate_json((DASHBOARDS / "close-the-loop.json").read_text())
EXPRESSIONS = {
    **{f"alert {rule.alert}": rule.expr for rule in RULES},
    **{f"{panel.title} {target.ref}": target.expr for panel in DASHBOARD.panels for target in panel.targets},
}


@pytest.fixture(scope="module")
def scrape(machine: Machine, dev_server: TemporalServer) -> Scrape:
    """What is shown once a case was opened whose alerts could not be sent, and a workflow came that nobody knows."""
    with machine.running("api", "relay", "worker"):
        with httpx2.Client(base_url=machine.address("8000"), timeout=20) as client:
            ask_for_contact(client, secret=ENV["CLOSELOOP_WEBHOOK_SECRETS_GENERIC"])
        with _unknown_workflow(dev_server.address):
            until(lambda: all(name in _shown(machine, "8020") for name in FAILED), "a failure of each kind")
            return Scrape.of("\n".join(_shown(machine, port) for port in PORTS))


def _shown(machine: Machine, port: str) -> str:
    return loopback.get(f"{machine.address(port)}/metrics").text


@contextmanager
def _unknown_workflow(address: str) -> Iterator[None]:
    """As after a release that no longer fits what runs."""

    async def started() -> WorkflowHandle[object, object]:
        client = await Client.connect(address, namespace=NAMESPACE)
        return await client.start_workflow("OfAnotherRelease", id="unknown", task_queue=NAMESPACE)

    async def ended() -> None:
        client = await Client.connect(address, namespace=NAMESPACE)
        await client.get_workflow_handle("unknown").terminate()

    asyncio.run(started())
    yield
    asyncio.run(ended())


@pytest.mark.parametrize("where", EXPRESSIONS)
def test_every_expression_asks_for_what_is_shown(scrape: Scrape, where: str) -> None:
    asked = [one for one in asked_for(EXPRESSIONS[where]) if one.metric not in GIVEN_BY_PROMETHEUS]
    assert asked or "up" in EXPRESSIONS[where]
    assert [one for one in asked if not scrape.matches(one)] == []


@pytest.mark.parametrize("where", EXPRESSIONS)
def test_every_label_kept_is_there(scrape: Scrape, where: str) -> None:
    known = set().union(*(scrape.labels(one.metric) for one in asked_for(EXPRESSIONS[where])))
    assert grouped_by(EXPRESSIONS[where]) <= known | LABELS_OF_PROMETHEUS


def test_the_check_finds_what_does_not_exist(scrape: Scrape) -> None:
    [wrong] = asked_for("sum by (le) (rate(closeloop_promises_forgotten_bucket[5m])) > 5")
    assert wrong == Asked("closeloop_promises_forgotten_bucket", ())
    [other] = asked_for('max(closeloop_cases_open{stage="asleep"})')
    assert not scrape.matches(wrong)
    assert not scrape.matches(other)


def test_every_number_of_ours_is_looked_at(scrape: Scrape) -> None:
    looked_at = {one.metric for expression in EXPRESSIONS.values() for one in asked_for(expression)}
    ours = {name for name in scrape.series if name.startswith("closeloop_") and not name.endswith(("_created", "_sum"))}
    assert ours == {name for name in looked_at if name.startswith("closeloop_")}


def test_every_alert_says_what_it_means_and_what_to_do() -> None:
    assert len({rule.alert for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.annotations.keys() == {"summary", "action"}, rule.alert
        assert rule.labels["severity"] in ("critical", "warning"), rule.alert


def test_the_panels_stand_beside_each_other() -> None:
    assert len({panel.id for panel in DASHBOARD.panels}) == len(DASHBOARD.panels)
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD.panels:
        at = panel.place
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert max(x for x, _ in cells) < 24, panel.title
        assert not cells & taken, panel.title
        taken |= cells


def test_the_dashboard_can_be_imported_anywhere() -> None:
    dashboard = json.loads((DASHBOARDS / "close-the-loop.json").read_text())
    assert "id" not in dashboard
    [variable] = dashboard["templating"]["list"]
    assert (variable["type"], variable["query"]) == ("datasource", "prometheus")
    sources = {panel["datasource"]["uid"] for panel in dashboard["panels"] if "datasource" in panel}
    assert sources == {f"${{{variable['name']}}}"}


def test_prometheus_finds_the_processes_where_compose_puts_them() -> None:
    jobs = YAML(typ="safe", pure=True).load(DASHBOARDS / "prometheus.yml")["scrape_configs"]
    found = {job["job_name"]: str(job["dns_sd_configs"][0]["port"]) for job in jobs}
    assert found == {"api": "8000", "relay": "8021", "worker": "8020", "temporal": "9090"}
    assert found.keys() <= services(ENV).keys()
    assert {found[name] for name in ("api", "relay", "worker")} == set(PORTS)
    named = {job for rule in RULES for job in re.findall(r'job="(\w+)"', rule.expr)}
    assert named <= found.keys()
