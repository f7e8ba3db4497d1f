"""What is under way goes on: every named path has a history, and the present code replays it."""

import base64
import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from types import ModuleType

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

import activities
import workflows
from domain.events import EventKind
from domain.words import Outcome
from settings import Settings
from temporal_client import data_converter
from tests.histories.archive import OURS, Archive, Frozen, kept
from tests.workflows.paths import NAMES, PATHS
from tests.workflows.scene import HISTORIES, NamedPath
from worker import SANDBOX

RECORD = "record it with `make histories`"
named_paths = pytest.mark.parametrize("path", PATHS.values(), ids=lambda path: path.name)


def modules_of(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def workflow_classes() -> list[type]:
    """Every workflow there is, whether or not a worker knows of it."""
    found = {
        one
        for module in modules_of(workflows)
        for one in vars(module).values()
        if isinstance(one, type) and "__temporal_workflow_definition" in vars(one)
    }
    return sorted(found, key=lambda one: one.__name__)


def handlers_of(cls: type) -> set[str]:
    """Its signals and updates; queries leave no history."""
    definition = workflow._Definition.must_from_class(cls)
    return {str(name) for name in (*definition.signals, *definition.updates)}


def activity_names() -> set[str]:
    """Every activity there is."""
    members = (
        member
        for module in modules_of(activities)
        for one in vars(module).values()
        if isinstance(one, type)
        for member in vars(one).values()
    )
    found = (getattr(member, "__temporal_activity_definition", None) for member in members)
    return {str(definition.name) for definition in found if definition}


def words_of(history: WorkflowHistory) -> set[str]:
    """Handlers, activities, kinds of history events, patches, steps of the timeline, and how it ended."""
    return {word for event in history.events for word in _words(event)}


def _words(event: HistoryEvent) -> Iterator[str]:
    yield EventType.Name(event.event_type).removeprefix("EVENT_TYPE_").lower()
    yield event.workflow_execution_started_event_attributes.workflow_type.name
    yield event.workflow_execution_signaled_event_attributes.signal_name
    yield event.workflow_execution_update_accepted_event_attributes.accepted_request.input.name
    yield event.activity_task_scheduled_event_attributes.activity_type.name
    started = event.activity_task_started_event_attributes
    if started.attempt > 1:
        yield "its worker was lost" if started.last_failure.HasField("timeout_failure_info") else "tried again"
    for payload in event.activity_task_scheduled_event_attributes.input.payloads:
        yield from _steps(json.loads(payload.data))
    for payload in event.workflow_execution_completed_event_attributes.result.payloads:
        yield str(json.loads(payload.data or b"null"))
    for marked in event.marker_recorded_event_attributes.details.values():
        yield from (str(json.loads(payload.data).get("id")) for payload in marked.payloads)


def _steps(record: object) -> Iterator[str]:
    events = record.get("events", ()) if isinstance(record, dict) else ()
    yield from (str(event["kind"]) for event in events)


@cache
def exercised() -> frozenset[str]:
    """The words of all histories."""
    return frozenset(word for path in PATHS.values() if path.history.exists() for word in words_of(kept(path)))


@pytest.fixture(scope="module")
def replayer() -> Replayer:
    """As a worker in production replays."""
    converter = data_converter(Settings(_env_file=None))
    return Replayer(workflows=workflow_classes(), data_converter=converter, workflow_runner=SANDBOX)


@named_paths
async def test_whoever_is_on_this_path_goes_on(path: NamedPath, replayer: Replayer) -> None:
    assert path.history.exists(), f"{path.name} has no history: {RECORD}"
    await replayer.replay_workflow(kept(path))


@named_paths
def test_a_history_is_of_the_path_it_is_named_after(path: NamedPath) -> None:
    assert path.shows - words_of(kept(path)) == set()


def test_every_history_belongs_to_a_named_path() -> None:
    assert set(PATHS) == set(NAMES)
    assert {file.stem for file in HISTORIES.glob("*.json")} - set(NAMES) == set()


@pytest.mark.parametrize("cls", workflow_classes(), ids=lambda cls: cls.__name__)
def test_every_workflow_and_each_of_its_handlers_is_on_a_path(cls: type) -> None:
    assert ({cls.__name__} | handlers_of(cls)) - exercised() == set(), f"name a path that uses it, and {RECORD}"


def test_every_activity_step_and_outcome_is_on_a_path() -> None:
    unused = {Outcome.MERGED}
    wanted = (
        activity_names() | set(map(str, EventKind)) | {str(outcome) for outcome in Outcome if outcome not in unused}
    )
    assert wanted - exercised() == set(), f"name a path that uses it, and {RECORD}"


@named_paths
def test_a_history_names_no_machine_and_no_person(path: NamedPath) -> None:
    text = path.history.read_text()
    assert set(re.findall(r'"identity":"([^"]*)"', text)) == {OURS["identity"]}
    assert not set(re.findall(r'"stackTrace":"([^"]+)"', text)), "paths of the machine it was recorded on"
    readable = text + "".join(base64.b64decode(packed).decode() for packed in re.findall(r'"data":"([^"]*)"', text))
    assert [person for person in ("Anna", "anna@example.com", "9161234567") if person in readable] == []


def test_what_is_recorded_is_frozen() -> None:
    path = next(iter(PATHS.values()))
    with pytest.raises(Frozen, match=path.name):
        Archive().keep(path, kept(path))
