"""Why a request to a case is turned down: a code for programs, a sentence for people."""

from uuid import UUID


class Refused(Exception):
    """The stage, the person or the hour does not allow it; nothing has changed."""

    def __init__(self, code: str, message: str, *, owner: UUID | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.owner = code, message, owner
