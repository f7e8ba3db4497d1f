"""A database or Temporal server that is a child of ours: started until it is ready, stopped with its block."""

from datetime import timedelta
from typing import Self

from ops.processes import Child, Program, await_ready

START_PATIENCE = timedelta(seconds=60)


class Server:
    """One server. As a context manager it runs inside the block."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        """Process id, None when it does not run."""
        return self._child.pid if self._child and self._child.exit_code is None else None

    def start(self) -> None:
        """Start, and return when it can be used. ProcessError when it does not come up."""
        self._child = Child(self.program)
        await_ready(self._child, patience=START_PATIENCE)

    def stop(self) -> None:
        """Ask it to stop, and wait; whatever it has answered for is kept, where it keeps anything."""
        if self._child:
            self._child.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
