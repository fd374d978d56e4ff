"""The last entry of an exported file's metadata: a digest of all bytes before it.

Nothing but an unchanged file reaches onnxruntime, which is not made for damaged ones. The seal is no signature: who
changes a file on purpose can seal it again.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from . import wire

KEY = "sha256"
_LENGTH = len(wire.metadata_entry(KEY, "0" * 64))
# Protobuf's own limit.
_MOST_BYTES = 2**31 - 1


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def sealed(content: bytes) -> bytes:
    """A file with its seal behind it; to any reader of ONNX that is one more entry of the metadata.

    Examples
    --------
    >>> content = b"\\x08\\x07"
    >>> unsealed(sealed(content)) == content
    True

    """
    return content + wire.metadata_entry(KEY, digest(content))


def unsealed(content: bytes) -> bytes:
    """The file without its seal; raises ValueError where it has none, or another one than its bytes ask for."""
    if content[8:9] == b"{":
        raise ValueError("it begins as a saved model does: load it with streamnorm.load, and export that")
    body = content[:-_LENGTH]
    if content != sealed(body):
        raise ValueError(
            "it was changed or damaged since its export, or never exported. Export it again; a file that was changed "
            "on purpose is one for onnxruntime itself"
        )
    return body


def read(path: str | Path) -> bytes:
    """A sealed file's bytes, seal and all; see `unsealed` for what is raised."""
    with Path(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > _MOST_BYTES:
            raise ValueError(f"it is larger than any ONNX file, which has at most {_MOST_BYTES:,} bytes")
        content = file.read(size)
    unsealed(content)
    return content
