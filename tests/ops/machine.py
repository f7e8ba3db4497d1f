"""This machine in the place of the containers: the services of the compose file as programs here."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from ops.ports import free_port
from ops.processes import Child, Program, await_ready
from tests.ops.composed import REPOSITORY, Service, healthcheck, hosted, services

PORTS = {"8000": "CLOSELOOP_API_PORT", "8021": "CLOSELOOP_RELAY_METRICS_PORT", "8020": "CLOSELOOP_WORKER_METRICS_PORT"}
"""What the containers listen on, each for itself; here every process needs a port of its own."""
SIMULATOR = "8010"
ENV = {
    "CLOSELOOP_DATABASE_PASSWORD": "own-database-password",
    "TEMPORAL_DATABASE_PASSWORD": "own-temporal-password",
    "CLOSELOOP_PUBLIC_URL": "https://loop.example.com",
    "CLOSELOOP_TOKEN_SECRET": "own-token-secret",
    "CLOSELOOP_CHANNEL_CALLBACK_SECRET": "whsec_b3duLWNoYW5uZWwtc2VjcmV0LW9mLXRlc3Q=",
    "CLOSELOOP_WEBHOOK_SECRETS_GENERIC": "whsec_b3duLWdlbmVyaWMtc2VjcmV0LW9mLXRlc3Q=",
    "CLOSELOOP_WEBHOOK_SECRETS_TYPEFORM": "off",
    "CLOSELOOP_WEBHOOK_SECRETS_FORMBRICKS": "off",
    "CLOSELOOP_WEBHOOK_SECRETS_SHOP": "off",
}
"""All that has to be in .env, and nothing else."""
FORMS = '[generic."*"]\nname = "Any"\npolicy = "round-the-clock"\n'
POLICIES = "[round-the-clock]\ncompany = { always_open = true }\ncivil = { always_civil = true }\n"
READY = timedelta(seconds=60)


class Machine:
    """Our addresses and ports for those of the compose network."""

    def __init__(self, folder: Path, database_url: str, temporal: str) -> None:
        """`folder` is the containers' /tmp, and holds their /config. `temporal`: host:port."""
        self.folder, self.database_url = folder, database_url
        self._ports = {port: str(free_port()) for port in (*PORTS, SIMULATOR)}
        files = {"CLOSELOOP_FORMS_FILE": "/config/forms.toml", "CLOSELOOP_POLICY_FILE": "/config/policies.toml"}
        self.services = services({**ENV, **files, "CLOSELOOP_PUBLIC_URL": self.address("8000")})
        self._instead = {
            f"postgresql://closeloop:{ENV['CLOSELOOP_DATABASE_PASSWORD']}@database/closeloop": database_url,
            "temporal:7233": temporal,
            "simulator:8010": f"127.0.0.1:{self._ports[SIMULATOR]}",
            "api:8000": f"127.0.0.1:{self._ports['8000']}",
            "--port 8010": f"--port {self._ports[SIMULATOR]}",
            "0.0.0.0": "127.0.0.1",
            "/config/": f"{folder}/config/",
        }
        (folder / "config").mkdir()
        (folder / "config" / "forms.toml").write_text(FORMS)
        (folder / "config" / "policies.toml").write_text(POLICIES)

    def address(self, port: str) -> str:
        """Where a port of the compose file is reached here."""
        return f"http://127.0.0.1:{self._ports[port]}"

    def run(self, name: str, *command: str) -> str:
        """Run a service, or another command in its place, to its end, which must be a success; what it printed."""
        words = command or hosted(self.services[name], self._here)[0]
        environment = self._environment(name)
        done = subprocess.run(
            words, env=environment, cwd=self.folder, capture_output=True, text=True, timeout=90, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def running(self, *names: str) -> Iterator[dict[str, Child]]:
        """These services, healthy; each must end when told to, within its grace, in reverse order."""
        children: dict[str, Child] = {}
        try:
            for name in names:
                children[name] = Child(self._program(name))
                await_ready(children[name], patience=READY)
            yield children
            for child in reversed(children.values()):
                child.ask_to_stop()
                child.await_end()
                assert child.exit_code in (0, -signal.SIGTERM), (child.program.name, child.program.log.read_text())
        finally:
            for child in children.values():
                child.kill()

    def _program(self, name: str) -> Program:
        service = self.services[name]
        command, check = hosted(service, self._here)[0], healthcheck(service, self._here)
        environment, folder = self._environment(name), self.folder
        return Program(
            name=name,
            command=command,
            log=folder / f"{name}.log",
            env=environment,
            cwd=folder,
            ready=lambda: subprocess.run(check, env=environment, cwd=folder, check=False).returncode == 0,
            patience=_grace(service),
        )

    def _environment(self, name: str) -> dict[str, str]:
        """What compose gives, and where this machine keeps its programs; nothing of our own environment."""
        _, given = hosted(self.services[name], self._here)
        ports = {variable: self._ports[port] for port, variable in PORTS.items()}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {"PATH": path, "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(self.folder), **ports, **given}

    def _here(self, text: str) -> str:
        for theirs, ours in self._instead.items():
            text = text.replace(theirs, ours)
        return self._ports.get(text, text)


def _grace(service: Service) -> timedelta:
    return timedelta(seconds=int(str(service.raw.get("stop_grace_period", "10s")).removesuffix("s")))
