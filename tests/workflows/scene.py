"""What a path is played with, and the register of the named paths."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from tests.workflows.playing import Play
from tests.workflows.troubles import Troubled

HISTORIES = Path(__file__).parents[1] / "histories"


@dataclass(frozen=True)
class Scene:
    """`start` opens a case while a worker runs; `begin` opens one whether or not, and `working` makes the worker."""

    client: Client
    database_url: str
    start: Callable[..., Awaitable[Play]]
    begin: Callable[..., Awaitable[Play]]
    working: Callable[[], Worker]
    outside: Troubled


Handle = WorkflowHandle[object, object]
Way = Callable[[Scene], Awaitable[Play | Handle]]


@dataclass(frozen=True)
class NamedPath:
    """A way through a workflow that must go on working for those who are on it."""

    name: str
    way: Way
    told: str
    """What happens on it, in a line."""
    shows: frozenset[str]
    """Words its history must hold, or it is the history of another path: steps, handlers, activities, patches."""
    on_the_real_server: bool
    """Played in real time, as the server that skips time does not know what happens here."""

    @property
    def history(self) -> Path:
        """Where it is recorded."""
        return HISTORIES / f"{self.name}.json"


PATHS: dict[str, NamedPath] = {}


def path(*shows: str) -> Callable[[Way], Way]:
    """Name a path after the function that plays it; time is skipped."""
    return lambda way: _name(way, shows, on_the_real_server=False)


def real_path(*shows: str) -> Callable[[Way], Way]:
    """The same, played on the real server, in real time."""
    return lambda way: _name(way, shows, on_the_real_server=True)


def _name(way: Way, shows: tuple[str, ...], *, on_the_real_server: bool) -> Way:
    name, told = way.__name__, (way.__doc__ or "").partition("\n")[0]
    assert name not in PATHS, f"two paths are called {name}"
    assert told, f"{name} does not say what happens"
    PATHS[name] = NamedPath(name, way, told, frozenset(shows), on_the_real_server)
    return way
