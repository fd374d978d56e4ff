"""A file in onnxruntime, for small layers on one thread."""

from __future__ import annotations

from typing import Any

try:
    import onnxruntime as ort  # type: ignore[import-untyped]
except ModuleNotFoundError as error:
    raise ImportError("a device needs onnxruntime: pip install 'streamnorm[edge]'") from error

from streamnorm.typing import Array


def open_session(content: bytes) -> Any:
    """A session over the bytes of a file."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # Handing such small layers to other threads takes longer than computing them.
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # A damaged file is reported once, by the error.
    return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def shared(array: Array) -> Any:
    """The same memory, as onnxruntime knows it."""
    return ort.OrtValue.ortvalue_from_numpy(array)
