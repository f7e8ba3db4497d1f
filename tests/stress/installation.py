"""The whole product as processes of its own on the loopback, over servers that a test may kill and start again."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from pydantic import SecretStr
from sqlalchemy import Engine

from db import migrate
from db.engine import engine_for
from ops import programs, seed
from ops.ports import free_port
from ops.processes import Child, await_ready
from settings import Settings, child_environment

HERE = Path(__file__).parent
PATIENCE = timedelta(seconds=60)
CHOSEN = ("api_port", "simulator_port", "worker_metrics_port", "relay_metrics_port", "task_queue")
FILES = ("forms_file", "policy_file")


@dataclass
class Installation:
    """Our four processes. What dies stays dead, so that a test sees it."""

    settings: Settings
    url: str
    engine: Engine
    tokens: dict[str, str] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)

    @property
    def api(self) -> str:
        """Where the API listens."""
        return programs.api_address(self.settings)

    def start(self) -> None:
        """All of them, in the order in which they need each other; back when the API answers."""
        environment = programs.environment(self.settings, database_url=self.url) | child_environment(self._told())
        made = [programs.simulator(self.settings)]
        made += [make(self.settings, environment) for make in (programs.worker, programs.relay, programs.api)]
        for program in made:
            self.children[program.name] = Child(program)
        for child in self.children.values():
            await_ready(child, patience=PATIENCE)

    @property
    def dead(self) -> list[str]:
        """Whoever has ended by itself."""
        return [name for name, child in self.children.items() if child.exit_code is not None]

    def stop(self) -> None:
        """End them."""
        for child in reversed(self.children.values()):
            child.stop()
        self.engine.dispose()

    def _told(self) -> dict[str, str]:
        names = (*CHOSEN, *FILES, "database_url", "temporal_address", "channels_url", "data_dir")
        told = {name: str(getattr(self.settings, name)) for name in names}
        return told | {"database_url": self.url, "channels_url": self.settings.channels_target}


def installation(folder: Path, *, database_url: str, temporal_address: str) -> Installation:
    """A migrated database with demo staff, and processes that have yet to be started."""
    settings = Settings(
        _env_file=None,
        data_dir=folder,
        database_url=SecretStr(database_url),
        temporal_address=temporal_address,
        api_port=free_port(),
        simulator_port=free_port(),
        worker_metrics_port=0,
        relay_metrics_port=0,
        task_queue=f"stress-{uuid4()}",
        forms_file=HERE / "forms.toml",
        policy_file=HERE / "policies.toml",
    )
    folder.mkdir(parents=True, exist_ok=True)
    migrate.upgrade(database_url)
    found = Installation(settings, database_url, engine_for(database_url, pool_size=5))
    found.tokens = seed.seed(database_url, settings)
    return found
