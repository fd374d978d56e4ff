"""The safetensors format: the length of a JSON header, the header, then the arrays, the last of which is a digest.

References
----------
[^1]: https://github.com/huggingface/safetensors

"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from streamnorm import strict_json
from streamnorm.typing import Array

# Where the SHA-256 of all bytes before it stands: the last array of every file.
DIGEST = "sha256"
# The format's own limit.
MOST_HEADER_BYTES = 100_000_000
_LENGTH_BYTES = 8
_MOST_AXES = 8
_DTYPES: dict[str, np.dtype[Any]] = {
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
    "I64": np.dtype("<i8"),
    "U8": np.dtype("u1"),
}
_CODES = {dtype: code for code, dtype in _DTYPES.items()}


class Entry(NamedTuple):
    """An array in a file: its type, its shape, and where it starts behind the header."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    start: int

    @property
    def stop(self) -> int:
        return self.start + math.prod(self.shape) * self.dtype.itemsize


class Header(NamedTuple):
    """What a file says before its arrays: a text, the entries of the arrays, and where these begin."""

    description: str
    entries: dict[str, Entry]
    end: int


def encode(description: str, arrays: Mapping[str, Array]) -> bytes:
    """A text and named arrays as a file; raises ValueError where the names take more than the format has room for."""
    header: dict[str, Any] = {"__metadata__": {"streamnorm": description}}
    end = 0
    shapes = {name: (_CODES[array.dtype], array.shape, array.nbytes) for name, array in arrays.items()}
    for name, (code, shape, size) in {**shapes, DIGEST: ("U8", (32,), 32)}.items():
        start, end = end, end + size
        header[name] = {"dtype": code, "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    if len(text) > MOST_HEADER_BYTES:
        raise ValueError(f"the names of its features take {len(text):,} bytes, of at most {MOST_HEADER_BYTES:,}")
    length = len(text).to_bytes(_LENGTH_BYTES, "little")
    content = b"".join([length, text, *(array.tobytes() for array in arrays.values())])
    return content + hashlib.sha256(content).digest()


def read_header(file: BinaryIO) -> Header:
    """What stands before the arrays, checked against the size of the file; raises ValueError where they differ."""
    size = os.fstat(file.fileno()).st_size
    end = _LENGTH_BYTES + int.from_bytes(file.read(_LENGTH_BYTES), "little")
    if not _LENGTH_BYTES < end <= min(size, _LENGTH_BYTES + MOST_HEADER_BYTES):
        raise ValueError("it does not begin as one: an exported file is for EdgeModel and its like, or for load_edge")
    header = strict_json.loads(file.read(end - _LENGTH_BYTES).decode())
    description = header.pop("__metadata__")["streamnorm"]
    entries: dict[str, Entry] = {}
    stop = 0
    for name, value in header.items():
        shape = value["shape"]
        if len(shape) > _MOST_AXES or not all(type(n) is int and 0 <= n <= size for n in shape):
            raise ValueError(f"array {name} has shape {shape!r:.60}")
        entry = Entry(_DTYPES[value["dtype"]], tuple(shape), stop)
        if value["data_offsets"] != [entry.start, entry.stop]:
            raise ValueError(f"array {name} does not fit the file")
        entries[name], stop = entry, entry.stop
    if end + stop != size:
        raise ValueError(f"its arrays would end at byte {end + stop:,} of {size:,}")
    return Header(description, entries, end)


def read_arrays(file: BinaryIO, header: Header) -> dict[str, Array]:
    """The arrays behind a header, read-only; raises ValueError where a byte of the file is not what was written."""
    *_, last = header.entries
    if last != DIGEST or header.entries[DIGEST].shape != (32,):
        raise ValueError("it has no digest")
    file.seek(0)
    content = file.read(header.end + header.entries[DIGEST].stop)
    if hashlib.sha256(content[:-32]).digest() != content[-32:]:
        raise ValueError("it was changed since it was written: its digest is another")
    arrays: dict[str, Array] = {}
    for name, (dtype, shape, start) in header.entries.items():
        if name != DIGEST:
            array: Array = np.frombuffer(content, dtype, math.prod(shape), header.end + start).reshape(shape)
            arrays[name] = array.astype(dtype.newbyteorder("="), copy=False)
    return arrays
