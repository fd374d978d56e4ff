"""What stands between a program's measurements and the network: the standardiser, or a pipeline with it."""

from __future__ import annotations

from importlib import resources
from typing import Any, NamedTuple

import numpy as np

from streamnorm.estimator import NormProp
from streamnorm.standardizer import Standardizer
from streamnorm.typing import Array
from streamnorm.unscaled import Unscaled

from .literals import number, single


class Front(NamedTuple):
    """From x, as the program gives it, to the input of the network.

    Parameters
    ----------
    features
        Names of the features in x, in order.
    is_text
        For each of these whether it is a text, given by its place in the list of texts.
    texts
        That list.
    arrays
        What the function reads from the weights.
    lines
        The function `standardized` in C.
    unit
        Mean and standard deviation of the unit in which values leave.
    shape
        Of the array that x is, channels first, whose features are its channels; empty where x is no array.
    step
        A window is complete every so many samples.

    """

    features: list[Any]
    is_text: list[bool]
    texts: list[str]
    arrays: dict[str, Array]
    lines: list[str]
    unit: tuple[float, float]
    shape: tuple[int, ...] = ()
    step: int = 1


def standardizing(model: NormProp) -> Front:
    """A model alone, which takes its features as they come."""
    features = model.features_
    arrays, lines = standardizer(model._learner.standardizer, len(features), "standardize.c")
    return Front(features, [False] * len(features), [], arrays, lines, (0.0, 1.0))


def standardizer(scaler: Standardizer | Unscaled, n: int, function: str) -> tuple[dict[str, Array], list[str]]:
    """What the function reads, for so many coordinates, and the function."""
    ones = np.ones(n)
    # As in an ONNX file the mean is subtracted first: inside a bias it would cost the digits of large ones.
    center, inverse_sd = (scaler.center, scaler.inverse_sd) if isinstance(scaler, Standardizer) else (0.0 * ones, ones)
    source = resources.files("streamnorm.export.c") / "functions" / function
    lines = [f"#define CLIP {number(np.float32(scaler.clip))}", "", *source.read_text(encoding="utf-8").splitlines()]
    return {"center": single(center), "inverse_sd": single(inverse_sd)}, lines
