"""The append-only log: one JSON line a fact, on the disk before anybody is answered."""

import asyncio
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, JsonValue

from domain.policy import Frozen


class Kind(StrEnum):
    """What a line is about."""

    CALL = "call"
    SMS = "sms"
    MAIL = "mail"
    ALERT = "alert"
    SCRIPT = "script"
    INBOUND = "inbound"
    EVENT = "event"
    """An event that a callback must tell of; settled by a line `delivered` or `gave_up` with the same event_id."""
    DELIVERED = "delivered"
    GAVE_UP = "gave_up"
    VISIT = "visit"
    """A link of a message was opened."""


class Line(Frozen):
    """One fact; `accepted` is false for what was asked but not taken on, and `reason` then says why."""

    seq: int
    at: AwareDatetime
    kind: Kind
    accepted: bool = True
    body: dict[str, JsonValue]
    reason: str | None = None


class AppendOnlyLog:
    """Lines in memory and in one file; a line torn by a kill was never answered, and is cut off at the next start."""

    def __init__(self, path: Path) -> None:
        path.touch()
        self._path = path
        self._file = path.open("r+b")
        self.lines = self._read_whole_lines()
        self._grown = asyncio.Event()

    def _read_whole_lines(self) -> list[Line]:
        content = self._file.read()
        whole = content.rfind(b"\n") + 1
        self._file.truncate(whole)
        self._file.seek(whole)
        return [Line.model_validate_json(line) for line in content[:whole].splitlines()]

    def append(self, kind: Kind, body: BaseModel) -> Line:
        """Write one fact and wait for the disk."""
        return self._write(self._line(kind, body.model_dump(mode="json")))

    def append_refused(self, kind: Kind, body: dict[str, JsonValue], reason: str) -> Line:
        """Write down that this was asked and not accepted."""
        return self._write(self._line(kind, body).model_copy(update={"accepted": False, "reason": reason}))

    def replace(self, changed: Iterable[Line]) -> None:
        """Put these lines in the place of those with their numbers: the one exception to append-only, for erasure.

        The whole file is written anew beside the old one, so that a kill leaves either.
        """
        for line in changed:
            self.lines[line.seq - 1] = line
        fresh = self._path.with_suffix(".new")
        with fresh.open("wb") as file:
            file.writelines(line.model_dump_json().encode() + b"\n" for line in self.lines)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        self._file.close()
        self._file = self._path.open("r+b")
        self._file.seek(0, os.SEEK_END)

    def _line(self, kind: Kind, body: dict[str, JsonValue]) -> Line:
        return Line(seq=len(self.lines) + 1, at=datetime.now(UTC), kind=kind, body=body)

    def _write(self, line: Line) -> Line:
        self._file.write(line.model_dump_json().encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.lines.append(line)
        self._grown.set()
        self._grown = asyncio.Event()
        return line

    async def after(self, seq: int, wait: float) -> list[Line]:
        """Lines with a higher number; when there are none, wait for one, at most `wait` seconds."""
        if len(self.lines) <= seq and wait > 0:
            try:
                await asyncio.wait_for(self._grown.wait(), wait)
            except TimeoutError:
                return []
        return self.lines[seq:]
