"""Histories on disk: one event a line, without the names of the machine they were recorded on."""

import json
from collections.abc import Collection

from temporalio.client import WorkflowHistory

from tests.workflows.scene import NamedPath

OURS = {"identity": "recorder", "stackTrace": ""}
"""What of a machine is written down, and what stands for it."""


class Frozen(Exception):
    """This history is kept: whoever is on that path must find it working."""


class Archive:
    """Keeps new histories; replaces one only if its path is named in `anew`."""

    def __init__(self, anew: Collection[str] = ()) -> None:
        self._anew = anew

    def keep(self, path: NamedPath, history: WorkflowHistory) -> None:
        """Write it. Raises `Frozen` when there is one that is not to be replaced."""
        if path.history.exists() and path.name not in self._anew:
            raise Frozen(path.name)
        path.history.write_text(text_of(history))


def text_of(history: WorkflowHistory) -> str:
    """One event a line, so that a difference can be read."""
    events = [_line(_anonymous(event)) for event in json.loads(history.to_json())["events"]]
    lines = ",\n".join(events)
    return f'{{"workflow_id":"{history.workflow_id}","events":[\n{lines}\n]}}\n'


def kept(path: NamedPath) -> WorkflowHistory:
    """The recorded history, as Temporal would have sent it."""
    recorded = json.loads(path.history.read_text())
    return WorkflowHistory.from_json(recorded.pop("workflow_id"), recorded)


def _line(event: object) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _anonymous(value: object) -> object:
    """Identities are process numbers and host names, and stack traces hold paths: no replay reads either."""
    if isinstance(value, dict):
        return {key: OURS[key] if key in OURS else _anonymous(one) for key, one in value.items()}
    return [_anonymous(one) for one in value] if isinstance(value, list) else value
