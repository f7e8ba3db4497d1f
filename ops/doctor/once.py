"""A look-up that several checks need."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """Looked up by whoever asks first; all get the same answer, or the same error, and nobody waits twice."""

    def __init__(self, look_up: Callable[[], T]) -> None:
        self._look_up, self._lock, self._answer = look_up, Lock(), Future[T]()
        self._begun = False

    def __call__(self) -> T:
        """The answer. Raises what looking it up raised."""
        if self._is_first():
            try:
                self._answer.set_result(self._look_up())
            except Exception as error:
                self._answer.set_exception(error)
        return self._answer.result()

    def _is_first(self) -> bool:
        with self._lock:
            first, self._begun = not self._begun, True
        return first
