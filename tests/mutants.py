"""Files as somebody else may have written them: other bytes under a digest that is right."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

Edit = Callable[[dict[str, Any], dict[str, Any]], Any]


def resealed(content: bytes) -> bytes:
    """A checkpoint's bytes, whatever became of them, with the digest that belongs to them."""
    return content[:-32] + hashlib.sha256(content[:-32]).digest()


def edited(content: bytes, edit: Edit) -> bytes:
    """A checkpoint with another header and description; the arrays stay."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    description = json.loads(header["__metadata__"]["streamnorm"])
    edit(header, description)
    header["__metadata__"]["streamnorm"] = json.dumps(description)
    return with_header(content, json.dumps(header))


def with_header(content: bytes, header: str) -> bytes:
    """A checkpoint with another text for a header; the arrays stay."""
    text = header.encode()
    end = 8 + int.from_bytes(content[:8], "little")
    return resealed(len(text).to_bytes(8, "little") + text + content[end:])
