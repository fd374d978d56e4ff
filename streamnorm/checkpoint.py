"""Exact save and resume: a model as arguments, state and arrays. Nothing is ever unpickled."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from streamnorm import __version__, files, safetensors, strict_json
from streamnorm.arguments import checked_shape
from streamnorm.layers import DECLARED, Affine, Declared, Layer, placed
from streamnorm.network import weight_shapes
from streamnorm.presets import preset
from streamnorm.typing import Array

if TYPE_CHECKING:
    from streamnorm.estimator import NormProp

FORMAT = 4
ESTIMATORS = (
    "NormPropAnomalyDetector",
    "NormPropClassifier",
    "NormPropForecaster",
    "NormPropMultiLabelClassifier",
    "NormPropMultiTargetRegressor",
    "NormPropRegressor",
)


def save(model: NormProp, path: str | Path, samples: int | None = None) -> None:
    """Write a model to a file, with how many samples it has learned where somebody counts; see `NormProp.save`."""
    import streamnorm

    name = type(model).__name__
    if name not in ESTIMATORS or type(model) is not getattr(streamnorm, name):
        raise TypeError(f"a {name} could not be loaded again: a file holds one of {', '.join(ESTIMATORS)}")
    with model._learner.alone():
        description = {
            "format": FORMAT,
            "version": __version__,
            "class": name,
            "parameters": model._get_params(),
            "samples": samples,
            "state": model._state(),
        }
        content = safetensors.encode(json.dumps(description, default=_plain, allow_nan=False), model._arrays())
    files.replace(path, content)


def load(path: str | Path) -> Any:
    """Read a model, or a `SlidingWindow`, that was written by its `save`. It continues bit for bit.

    Whatever the file holds: nothing of it is run, and what it takes in memory is bounded by its size, and where samples
    are arrays by what one of these may be: a million values.

    Parameters
    ----------
    path
        Where from.

    Returns
    -------
    The estimator, or the window.

    Raises
    ------
    OSError
        Where there is no such file, or it cannot be read.
    ValueError
        For a file that was changed or damaged since it was written, or is not a streamnorm model.
    ImportError
        For a model of an engine that is not installed.

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
    model, _ = load_counted(path)
    return model


def load_counted(path: str | Path) -> tuple[Any, int | None]:
    """A model, and how many samples it has learned; None where nobody has counted. See `load`."""
    import streamnorm

    with Path(path).open("rb") as file:
        try:
            header = safetensors.read_header(file)
            description = strict_json.loads(header.description)
            if description["format"] != FORMAT:
                raise ValueError(f"format {description['format']!r:.60}, where this version reads {FORMAT}")
            arrays = safetensors.read_arrays(file, header)
            if description["class"] == "SlidingWindow":
                from streamnorm.window_file import restored

                return restored(description["parameters"], description["state"], arrays), None
            if description["class"] not in ESTIMATORS:
                raise ValueError(f"unknown class {description['class']!r:.60}")
            samples = description["samples"]
            if not (samples is None or (type(samples) is int and samples >= 0)):
                raise ValueError(f"samples is {samples!r:.60}")
            estimator: type[NormProp] = getattr(streamnorm, description["class"])
            parameters, state = description["parameters"], description["state"]
            parameters["hidden"] = _declared(parameters["hidden"])
            if parameters.get("input_shape") is not None:
                parameters["input_shape"] = tuple(parameters["input_shape"])
            shape = estimator._shape(parameters)
            n = len(state["features"]) if shape is None else math.prod(checked_shape(shape))
            _check_arrays(_layers(parameters, shape), n, estimator._n_outputs(state, n), arrays)
            model = estimator(**parameters)
            model._restore(state, arrays)
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
            raise ValueError(f"{path} is not a streamnorm model, or is damaged: {error}") from error
    return model, samples


def _layers(parameters: dict[str, Any], shape: tuple[int, ...] | None) -> list[Layer]:
    hidden = parameters["hidden"]
    declared = preset(hidden, shape) if isinstance(hidden, str) else hidden
    return [*placed(declared, shape, parameters["activation"]), Affine()]


def _check_arrays(layers: list[Layer], fan_in: int, fan_out: int, arrays: dict[str, Array]) -> None:
    """The file bounds its arrays; a network is only built when it would have no others."""
    for i, weights in enumerate(weight_shapes(layers, fan_in, fan_out)):
        if weights is None:
            continue
        W, b = arrays[f"network.0.{i}.W"], arrays[f"network.0.{i}.b"]
        if W.shape != weights or b.shape != weights[:1]:
            raise ValueError("the layer widths and the arrays differ")


def _declared(hidden: Any) -> str | tuple[Declared, ...]:
    """Back from JSON: a dict has the name of a layer, and its arguments."""
    if isinstance(hidden, str):
        return hidden
    return tuple(_layer(**layer) if isinstance(layer, dict) else layer for layer in hidden)


def _layer(layer: str, **arguments: Any) -> Declared:
    kinds: dict[str, Callable[..., Declared]] = {kind.__name__: kind for kind in DECLARED}
    return kinds[layer](**{name: tuple(v) if isinstance(v, list) else v for name, v in arguments.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, DECLARED):
        return {"layer": type(value).__name__, **dataclasses.asdict(value)}
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} ({type(value).__name__}) cannot be saved")
