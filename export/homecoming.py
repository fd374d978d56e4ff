"""What a device has learned, back in Python."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from streamnorm import checkpoint, names
from streamnorm.checkpoint import ESTIMATORS
from streamnorm.typing import Array

from . import seal, wire
from .learning.layout import Layout
from .learning.metadata import LearningMetadata
from .series_arrays import checkpoint_arrays, steps_beside
from .tasks import Forecast

if TYPE_CHECKING:
    from streamnorm.estimator import NormProp


def load_edge(path: str | Path) -> Any:
    """Read a file of `to_onnx(model, path, learn=True)`, also after an `EdgeLearner` has saved it, as a model again.

    The model goes on where the device stopped, with the classes that were met there. Neither onnx nor onnxruntime is
    needed.

    Parameters
    ----------
    path
        Where from.

    Returns
    -------
    The estimator.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    ValueError
        For a file that was changed or damaged since its export or its last `EdgeLearner.save`, or does not hold what
        learning needs.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from river import datasets
    >>> import streamnorm
    >>> from streamnorm.export import EdgeLearner, to_onnx
    >>> stream = [*datasets.Phishing()]
    >>> model = streamnorm.NormPropClassifier(seed=42)
    >>> for x, y in stream[:100]:
    ...     model.learn_one(x, y)
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "phishing.onnx")
    ...     proto = to_onnx(model, path, learn=True)
    ...     device = EdgeLearner(path)
    ...     for x, y in stream[100:]:
    ...         device.learn_one(x, y)
    ...     device.save(path)
    ...     model = streamnorm.load_edge(path)
    >>> sum(model.predict_one(x) is device.predict_one(x) for x, y in stream)
    1250

    """
    try:
        content = seal.read(path)
        about, arrays = LearningMetadata.from_props(wire.metadata(content)), wire.initializers(content)
        about.check(arrays)
        return _restored(about, arrays)
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"{path} is damaged, or not a file that learns: {error}") from error


def _restored(about: LearningMetadata, arrays: dict[str, Array]) -> NormProp:
    import streamnorm

    if about.estimator not in ESTIMATORS:
        raise ValueError(f"unknown class {about.estimator!r}")
    parameters = about.parameters | {"hidden": checkpoint._declared(about.parameters["hidden"])}
    shape = about.input_shape
    if shape:
        parameters["input_shape"] = shape
    layout = Layout(checkpoint._layers(parameters, shape), math.prod(about.shape), about.outputs)
    # The file bounds its arrays; a network is only built when it would have no others.
    if arrays["state.theta"].shape[-1:] != (layout.size,):
        raise ValueError("the layer widths and the arrays differ")
    state = {"features": names.to_json(about.features), "seed": about.seed}
    state |= about.task.checkpoint()
    if isinstance(about.task, Forecast):
        state["beside"] = steps_beside(arrays, about).to_json()
    model: NormProp = getattr(streamnorm, about.estimator)(**parameters)
    own = {name.removeprefix("state."): array for name, array in arrays.items() if name.startswith("state.")}
    beside = _recency(model, len(about.features)) | _pace(model) | checkpoint_arrays(arrays)
    model._restore(state, dict(_checkpoint(own, layout, about)) | beside)
    return model


def _recency(model: NormProp, n: int) -> dict[str, Array]:
    """A device has all its features for good and does not note when it sees them: at home they are equally old."""
    if model.max_features is None:
        return {}
    return {
        "recency.clock": np.ones(1, np.int64),
        "recency.seen": np.ones(n, np.int64),
        "recency.forgotten": np.zeros(1, np.int64),
    }


def _pace(model: NormProp) -> dict[str, Array]:
    """On a device the caller decides when to learn: at home the count starts anew."""
    return {"pace.count": np.zeros(1, np.int64)} if model.learn_every > 1 else {}


def _checkpoint(state: dict[str, Array], layout: Layout, about: LearningMetadata) -> Iterator[tuple[str, Array]]:
    """The state's arrays under their names in a checkpoint."""
    stacked = ("theta", "m", "v", "steps", "low", "high")
    replicas = len(state["steps"])
    flat = {name: state[name].reshape(replicas, -1) for name in stacked if name in state}
    for k in range(replicas):
        yield from _network(f"network.{k}", {name: rows[k] for name, rows in flat.items()}, layout, about)
    yield "network.weights", state["weights"][0] if replicas > 1 else np.ones(1)
    yield "network.smoothed", state["smoothed"][0] if replicas > 1 else np.zeros(1)
    yield "network.samples", state["samples"] if replicas > 1 else np.zeros(1, np.int64)
    for name in ("count", "mean", "variance"):
        if name in state:
            yield f"features.{name}", state[name][0]
        if f"target.{name}" in state:
            yield f"target.{name}", state[f"target.{name}"].ravel()[: about.task.fan_out]
    for name, array in state.items():
        if name.startswith(("errors.", "tail.")):
            yield name, array.ravel()


def _network(
    prefix: str, state: dict[str, Array], layout: Layout, about: LearningMetadata
) -> Iterator[tuple[str, Array]]:
    yield f"{prefix}.steps", state["steps"]
    slots = [name for name in ("m", "v") if name in state]
    *hidden, (head, _) = ((index, shapes["b"][0]) for index, shapes in enumerate(layout.shapes) if shapes)
    # Outputs without names are all in use.
    met = about.task.fan_out if about.task.one else about.outputs
    for index, fan_out in [*hidden, (head, met)]:
        if slots:
            yield f"{prefix}.{index}.last", np.full(fan_out, state["steps"][0])
    ends = np.cumsum([fan_out for _, fan_out in hidden])
    for (index, fan_out), end in zip(hidden, ends.tolist(), strict=True):
        yield f"{prefix}.{index}.reach", np.stack([state[name][end - fan_out : end] for name in ("low", "high")])
    for slot, suffix in [("theta", ""), *((slot, f".{slot}") for slot in slots)]:
        for name, array in layout.unpack(state[slot]):
            # Spare outputs that were not taken stay on the device.
            yield f"{prefix}.{name}{suffix}", array[:met] if name.startswith(f"{head}.") else array
