"""An ONNX file's bytes, read and changed without the onnx package: just as much of the wire format as that takes.

A file is a ModelProto of protobuf: fields one after the other, each a key (number and kind) and a value. Only what is
read here is looked at, everything else is stepped over.

References
----------
[^1]: https://protobuf.dev/programming-guides/encoding
[^2]: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from streamnorm.typing import Array

# Numbers of fields, by message.
MODEL_GRAPH, _MODEL_METADATA = 7, 14
_GRAPH_INITIALIZER = 5
_TENSOR_DIMS, _TENSOR_TYPE, _TENSOR_NAME, _TENSOR_DATA = 1, 2, 8, 9
_ENTRY_KEY, _ENTRY_VALUE = 1, 2
# Kinds of values: a number, a length and so many bytes; and those of fixed width.
_VARINT, _BYTES = 0, 2
_WIDTHS = {1: 8, 5: 4}
_LONGEST_VARINT = 10
_MOST_AXES = 8
# Types of tensors.
_DTYPES: dict[int, np.dtype[Any]] = {1: np.dtype("<f4"), 7: np.dtype("<i8"), 11: np.dtype("<f8")}


class Field(NamedTuple):
    """A field of a message: where it, its value and its end lie; `value` is the number, or how many bytes there are."""

    number: int
    start: int
    value_start: int
    end: int
    value: int


def initializers(content: bytes | bytearray) -> dict[str, Array]:
    """The arrays of an ONNX file by name: views of its bytes, which can be written where the bytes can be.

    Raises
    ------
    ValueError
        For bytes that are no ONNX file.

    Examples
    --------
    >>> import onnx
    >>> from onnx import helper, numpy_helper
    >>> graph = helper.make_graph([], "", [], [], [numpy_helper.from_array(np.array([1.0, 2.0]), "a")])
    >>> content = bytearray(helper.make_model(graph).SerializeToString())
    >>> initializers(content)["a"][:] = 3.0
    >>> numpy_helper.to_array(onnx.load_from_string(bytes(content)).graph.initializer[0])
    array([3., 3.])

    """
    graphs = [field for field in fields(content, 0, len(content)) if field.number == MODEL_GRAPH]
    return {name: array for graph in graphs for name, array in _tensors(content, graph)}


def metadata(content: bytes | bytearray) -> dict[str, str]:
    """What an ONNX file says about itself in `metadata_props`; raises ValueError for bytes that are no ONNX file."""
    return {key: value for _, key, value in _entries(content)}


def with_metadata(content: bytes | bytearray, key: str, value: str) -> bytes:
    """The file with another value for a key of its metadata."""
    parts, position = [], 0
    for field, name, _ in _entries(content):
        if name == key:
            parts += [bytes(content[position : field.start]), metadata_entry(key, value)]
            position = field.end
    return b"".join([*parts, bytes(content[position:])])


def with_arrays(content: bytes, arrays: Mapping[str, Array]) -> bytes:
    """The file with other numbers in its arrays of these names."""
    changed = bytearray(content)
    own = initializers(changed)
    for name, array in arrays.items():
        own[name][...] = array
    return bytes(changed)


def metadata_entry(key: str, value: str) -> bytes:
    """An entry of the metadata, which may stand anywhere in a file."""
    return encoded(_MODEL_METADATA, encoded(_ENTRY_KEY, key.encode()) + encoded(_ENTRY_VALUE, value.encode()))


def _entries(content: bytes | bytearray) -> Iterator[tuple[Field, str, str]]:
    for field in fields(content, 0, len(content)):
        if field.number == _MODEL_METADATA:
            texts = {part.number: text(content, part) for part in fields(content, field.value_start, field.end)}
            yield field, texts.get(_ENTRY_KEY, ""), texts.get(_ENTRY_VALUE, "")


def _tensors(content: bytes | bytearray, graph: Field) -> Iterator[tuple[str, Array]]:
    for tensor in fields(content, graph.value_start, graph.end):
        if tensor.number == _GRAPH_INITIALIZER:
            parts = [*fields(content, tensor.value_start, tensor.end)]
            last = {part.number: part for part in parts}
            # Other types, and numbers that are not in one piece, are none of ours.
            if last.keys() >= {_TENSOR_TYPE, _TENSOR_NAME, _TENSOR_DATA} and last[_TENSOR_TYPE].value in _DTYPES:
                shape = [part.value for part in parts if part.number == _TENSOR_DIMS]
                if len(shape) > _MOST_AXES:
                    raise ValueError(f"an array has {len(shape)} axes")
                dtype, data = _DTYPES[last[_TENSOR_TYPE].value], last[_TENSOR_DATA]
                if math.prod(shape) * dtype.itemsize != data.end - data.value_start:
                    raise ValueError(f"an array of shape {shape} has {data.end - data.value_start} bytes")
                array: Array = np.frombuffer(content, dtype, math.prod(shape), data.value_start).reshape(shape)
                yield text(content, last[_TENSOR_NAME]), array


def fields(content: bytes | bytearray, start: int, end: int) -> Iterator[Field]:
    """The fields of a message that fills these bytes."""
    while start < end:
        key, value_start = _varint(content, start, end)
        kind, value = key & 7, 0
        if kind == _VARINT:
            value, stop = _varint(content, value_start, end)
        elif kind == _BYTES:
            value, value_start = _varint(content, value_start, end)
            stop = value_start + value
        elif kind in _WIDTHS:
            stop = value_start + _WIDTHS[kind]
        else:
            raise ValueError(f"byte {start} starts a field of the unknown kind {kind}")
        if stop > end:
            raise ValueError(f"a field at byte {start} is cut short")
        yield Field(key >> 3, start, value_start, stop, value)
        start = stop


def _varint(content: bytes | bytearray, start: int, end: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and where it ends."""
    number = 0
    for position in range(start, min(end, start + _LONGEST_VARINT)):
        number |= (content[position] & 0x7F) << 7 * (position - start)
        if content[position] < 0x80:
            return number, position + 1
    raise ValueError(f"a number at byte {start} has no end")


def text(content: bytes | bytearray, field: Field) -> str:
    return str(content[field.value_start : field.end], "utf-8")


def encoded(number: int, value: bytes) -> bytes:
    """A field of bytes."""
    return _encoded_varint(number << 3 | _BYTES) + _encoded_varint(len(value)) + value


def _encoded_varint(number: int) -> bytes:
    digits = []
    while number >= 0x80:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*digits, number])
