"""Files as somebody else may have written them: other bytes under a digest that is right."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import onnx

from streamnorm.export import seal

Edit = Callable[[dict[str, Any], dict[str, Any]], Any]


def resealed(content: bytes) -> bytes:
    """A checkpoint's bytes, whatever became of them, with the digest that belongs to them."""
    return content[:-32] + hashlib.sha256(content[:-32]).digest()


def resealed_onnx(content: bytes) -> bytes:
    """An exported file's bytes, whatever became of them, with the seal that belongs to them."""
    return seal.sealed(content[: -len(seal.sealed(b""))])


def sealed_proto(proto: onnx.ModelProto) -> bytes:
    """A model of onnx's, whatever became of it, as `to_onnx` writes it."""
    own = onnx.ModelProto()
    own.CopyFrom(proto)
    kept = [entry for entry in proto.metadata_props if entry.key != seal.KEY]
    del own.metadata_props[:]
    own.metadata_props.extend(kept)
    return seal.sealed(own.SerializeToString())


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
