"""Exact save and resume, in the safetensors format: a JSON header, then the arrays. Nothing is ever unpickled."""

from __future__ import annotations

import itertools
import json
import math
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from streamnorm import __version__, files
from streamnorm.typing import Array

if TYPE_CHECKING:
    from streamnorm.estimator import NormProp

FORMAT = 3
ESTIMATORS = ("NormPropClassifier", "NormPropRegressor")
_DTYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8"), "I64": np.dtype("<i8")}
_CODES = {dtype: code for code, dtype in _DTYPES.items()}


def save(model: NormProp, path: str | Path) -> None:
    """Write a model to a file; see `NormProp.save`."""
    with model._learner.alone():
        description = {
            "format": FORMAT,
            "version": __version__,
            "class": type(model).__name__,
            "parameters": model._get_params(),
            "state": model._state(),
        }
        content = _encode(json.dumps(description, default=_plain), model._arrays())
    files.replace(path, content)


def load(path: str | Path) -> Any:
    """Read a model that was written by its `save`. It continues bit for bit.

    Parameters
    ----------
    path
        Where from.

    Returns
    -------
    The estimator.

    Raises
    ------
    ValueError
        For a file that is damaged or not a streamnorm model.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from river import datasets
    >>> import streamnorm
    >>> model = streamnorm.NormPropClassifier(seed=42)
    >>> for x, y in datasets.Phishing().take(100):
    ...     model.learn_one(x, y)
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "phishing.streamnorm")
    ...     model.save(path)
    ...     path.stat().st_size > 20_000, streamnorm.load(path).predict_proba_one(x) == model.predict_proba_one(x)
    (True, True)

    """
    import streamnorm

    content = Path(path).read_bytes()
    try:
        description, arrays = _decode(content)
        if description["format"] != FORMAT:
            raise ValueError(f"format {description['format']!r}, where this version reads {FORMAT}")
        if description["class"] not in ESTIMATORS:
            raise ValueError(f"unknown class {description['class']!r}")
        parameters = description["parameters"]
        parameters["hidden"] = tuple(parameters["hidden"])
        # The file bounds its arrays; a network is only built when it would have no others.
        widths = [len(description["state"]["features"]), *parameters["hidden"]]
        for i, (fan_in, fan_out) in enumerate(itertools.pairwise(widths)):
            W, b = arrays[f"network.0.{i}.W"], arrays[f"network.0.{i}.b"]
            if W.shape != (fan_out, fan_in) or b.shape != (fan_out,):
                raise ValueError("the layer widths and the arrays differ")
        model: NormProp = getattr(streamnorm, description["class"])(**parameters)
        model._restore(description["state"], arrays)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"{path} is not a streamnorm model, or is damaged: {error}") from error
    return model


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} ({type(value).__name__}) cannot be saved")


def _encode(description: str, arrays: dict[str, Array]) -> bytes:
    header: dict[str, Any] = {"__metadata__": {"streamnorm": description}}
    end = 0
    for name, array in arrays.items():
        start, end = end, end + array.nbytes
        header[name] = {"dtype": _CODES[array.dtype], "shape": array.shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([struct.pack("<Q", len(text)), text, *(array.tobytes() for array in arrays.values())])


def _decode(content: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    if len(content) < 8:
        raise ValueError("it is shorter than any header")
    (length,) = struct.unpack("<Q", content[:8])
    if length > len(content) - 8:
        raise ValueError("its header is cut short")
    header = json.loads(content[8 : 8 + length])
    description = json.loads(header.pop("__metadata__")["streamnorm"])
    data = memoryview(content)[8 + length :]
    arrays, end = {}, 0
    for name, entry in header.items():
        dtype, shape, (start, stop) = _DTYPES[entry["dtype"]], entry["shape"], entry["data_offsets"]
        if not all(isinstance(n, int) and n >= 0 for n in shape):
            raise ValueError(f"array {name} has shape {shape}")
        if start != end or stop != start + math.prod(shape) * dtype.itemsize or stop > len(data):
            raise ValueError(f"array {name} does not fit the file")
        arrays[name] = np.frombuffer(data[start:stop], dtype).reshape(shape).astype(dtype.newbyteorder("="))
        end = stop
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes are left over")
    return description, arrays
