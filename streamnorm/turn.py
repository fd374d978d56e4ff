"""Threads that share a model take turns."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Iterator


class Turn:
    """A lock that raises where waiting would never end.

    One thread at a time has the turn, and the others wait. Who asks for it again while having it (a feature's
    `__float__` that learns with the model, say, or a signal handler that saves it) gets an error, and so does a process
    that was forked while a thread of its parent had it: that thread is not there to finish.

    Attributes
    ----------
    taken
        Whether a thread has it.

    Examples
    --------
    >>> turn = Turn()
    >>> with turn.take():
    ...     with turn.take():
    ...         pass
    Traceback (most recent call last):
    ...
    RuntimeError: the model is at work already, further up in this thread: ...

    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._lost = False
        self.taken = False
        _TURNS.add(self)

    @contextlib.contextmanager
    def take(self) -> Iterator[None]:
        """Wait for the turn, and have it to the end of the block."""
        with self._lock:
            if self._lost:
                raise RuntimeError(
                    "another thread was at work on the model when this process was forked, and left its copy here "
                    "unfinished: send the process a copy, or load the model from a file"
                )
            if self.taken:
                raise RuntimeError(
                    "the model is at work already, further up in this thread: what it calls (a value's __float__, a "
                    "name's __eq__, a signal handler) must not use it"
                )
            self.taken = True
            try:
                yield
            finally:
                self.taken = False

    def _after_fork(self) -> None:
        if not self._lock.acquire(blocking=False):
            self._lock = threading.RLock()
            self._lost = True
        else:
            self._lock.release()


_TURNS: weakref.WeakSet[Turn] = weakref.WeakSet()


def _after_fork() -> None:
    for turn in list(_TURNS):
        turn._after_fork()


if hasattr(os, "register_at_fork"):  # Where processes can be forked at all.
    os.register_at_fork(after_in_child=_after_fork)
