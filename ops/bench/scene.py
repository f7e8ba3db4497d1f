"""One system to measure: PostgreSQL and Temporal of its own, and our processes as `make run` starts them."""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from sys import executable

from sqlalchemy import Engine
from sqlmodel import Session

from db import duty
from db.columns import now
from db.engine import engine_for
from db.migrate import upgrade
from db.staff import Staff
from domain import messages
from domain.policies import policies_from
from domain.policy import Policy
from domain.words import Role
from ops import programs, tokens
from ops.ports import free_port
from ops.postgres import EmbeddedPostgres
from ops.postgres_files import settle
from ops.processes import Child, Program, await_ready
from ops.temporal_server import TemporalServer
from settings import LOOPBACK, Settings, variable

PATIENCE = timedelta(seconds=60)
NAME = "bench"
"""Of the policy and of the form."""
PROVIDER = "ops.bench.provider"
POLICY = f"""
[{NAME}.company]
always_open = true
[{NAME}.civil.hours]
start = 00:01:00
end = 23:59:00
"""
"""The standard promises at any hour, with windows as many as they have in life: the nights are two minutes long."""
FORMS = f'[generic.{NAME}]\nname = "Bench"\nlanguage = "en"\npolicy = "{NAME}"\n'
PORTS = ("api_port", "temporal_port", "simulator_port", "worker_metrics_port", "relay_metrics_port")
FILES = ("policy_file", "forms_file")


@dataclass(frozen=True)
class Person:
    """A member of staff at work."""

    staff: messages.Staff
    token: str


@dataclass
class Scene:
    """A running PostgreSQL, migrated, and a running Temporal; everything else is started when it is wanted."""

    folder: Path
    settings: Settings
    postgres: EmbeddedPostgres
    temporal: TemporalServer
    temporal_metrics: int
    engine: Engine
    policy: Policy
    children: dict[str, Child] = field(default_factory=dict)
    """By their names."""

    @property
    def url(self) -> str:
        """Of the database."""
        return self.postgres.url

    def worker(self) -> Child:
        """Ours, ready as soon as it shows its metrics."""
        metrics = f"http://{LOOPBACK}:{self.settings.worker_metrics_port}/metrics"
        program = programs.worker(self.settings, self.environment())
        return self.start(replace(program, ready=lambda: programs.answers(metrics)))

    def relay(self) -> Child:
        """Ours."""
        return self.start(programs.relay(self.settings, self.environment()))

    def api(self) -> Child:
        """Ours, ready when it answers."""
        return self.start(programs.api(self.settings, self.environment()))

    def simulator(self) -> Child:
        """Plays customers and providers, telephone included; the mere provider on the same port ends."""
        self.end(PROVIDER)
        return self.start(programs.simulator(self.settings))

    def provider(self) -> Child:
        """Takes on whatever it is asked, at once, and nothing follows; the simulator on the same port ends."""
        self.end("simulator")
        return self.module(PROVIDER, str(self.settings.simulator_port), port=self.settings.simulator_port)

    def module(self, name: str, *arguments: str, port: int | None = None) -> Child:
        """A process of the bench's own; with `port` it is ready when something listens there."""
        program = Program(
            name=name,
            command=(executable, "-m", name, *arguments),
            log=self.folder / "logs" / f"{name}.log",
            env=self.environment(),
            ready=(lambda: _listens(port)) if port else (lambda: True),
        )
        return self.start(program)

    def start(self, program: Program) -> Child:
        """Start and wait until it is ready, unless it runs already; it ends with the scene at the latest."""
        running = self.children.get(program.name)
        if running and running.exit_code is None:
            return running
        child = self.children[program.name] = Child(program)
        await_ready(child, patience=PATIENCE)
        return child

    def end(self, name: str) -> None:
        """Of this process, if it runs."""
        if name in self.children:
            self.children.pop(name).stop()

    def environment(self) -> dict[str, str]:
        """What a process of this scene is told."""
        told = {variable(name): str(getattr(self.settings, name)) for name in (*PORTS, *FILES)}
        told[variable("trusted_proxies")] = LOOPBACK
        return {**programs.environment(self.settings, database_url=self.url), **told}

    def person(self, role: Role, phone: str = "+74950000101") -> Person:
        """A new member of staff, on duty, with a token."""
        member = Staff(name=role.value, role=role, phone=phone)
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.add(member)
            session.flush()
            duty.start(session, member.id, now())
            token = tokens.issue(session, member.id, name=NAME)
        return Person(messages.Staff(id=member.id, role=role), token)

    def stop(self) -> None:
        """Everything, last started first."""
        for child in reversed(self.children.values()):
            child.stop()
        self.engine.dispose()


@contextmanager
def opened() -> Iterator[Scene]:
    """A fresh system in a folder of its own, which is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="closeloop-bench-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        with EmbeddedPostgres(settle(folder / "data")) as postgres:
            yield from _running(folder, postgres)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _running(folder: Path, postgres: EmbeddedPostgres) -> Iterator[Scene]:
    upgrade(postgres.url)
    settings, metrics = _settings(folder), free_port()
    temporal = TemporalServer(port=settings.temporal_port, log=folder / "temporal.log", db_file=folder / "temporal.db")
    command = (*temporal.program.command, "--metrics-port", str(metrics))
    temporal.program = replace(temporal.program, command=command)
    with temporal:
        policy = policies_from(POLICY, development=True)[NAME]
        engine = engine_for(postgres.url, pool_size=20)
        scene = Scene(folder, settings, postgres, temporal, metrics, engine, policy)
        try:
            yield scene
        finally:
            scene.stop()


def _settings(folder: Path) -> Settings:
    policies, forms = folder / "policies.toml", folder / "forms.toml"
    policies.write_text(POLICY)
    forms.write_text(FORMS)
    ports = {name: free_port() for name in PORTS}
    return Settings.model_validate({"data_dir": folder / "data", "policy_file": policies, "forms_file": forms, **ports})


def _listens(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True
