"""Files that are either the old or the new one, never a half."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def replace(path: str | Path, content: bytes) -> None:
    """Write a file so that it is complete under its name, or as it was, also when the power fails."""
    path = Path(path).resolve()  # Through a symlink, which stays one.
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        # The user has never heard of the temporary file.
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        temporary.unlink(missing_ok=True)
    if os.name == "posix":  # The rename itself lives in the directory.
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
