"""Files that are either the old or the new one, never a half."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ModuleNotFoundError:  # Windows has no such locks: what a kill leaves behind stays there.
    fcntl = None  # type: ignore[assignment]

_PREFIX, _SUFFIX = ".streamnorm-", ".tmp"


def replace(path: str | Path, content: bytes) -> None:
    """Write a file so that it is complete under its name, or as it was, also when the power fails."""
    path = Path(path).resolve()  # Through a symlink, which stays one.
    try:
        _sweep(path.parent)
        with _temporary(path.parent) as file:
            temporary = Path(file.name)
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                if fcntl is None:
                    file.close()  # Windows renames no open file. Elsewhere the lock ends here, which is too early.
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
    except OSError as error:
        # The user has never heard of the temporary file.
        raise OSError(error.errno, error.strerror, str(path)) from None
    if os.name == "posix":  # The rename itself lives in the directory.
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _temporary(directory: Path) -> BinaryIO:
    """A new file, locked for as long as it is open: a kill ends the lock, and whoever writes next sweeps the file."""
    while True:
        path = directory / f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
        file = path.open("xb")
        if fcntl is not None:
            with contextlib.suppress(OSError):  # A file system without locks is not swept either.
                fcntl.flock(file, fcntl.LOCK_EX)
            if not path.exists():  # Swept before it was locked.
                file.close()
                continue
        return file


def _sweep(directory: Path) -> None:
    """Remove what writers left behind that were killed."""
    if fcntl is None:
        return
    for path in directory.glob(f"{_PREFIX}*{_SUFFIX}"):
        with contextlib.suppress(OSError):  # Somebody writes it, or has swept it.
            file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            finally:
                os.close(file)
