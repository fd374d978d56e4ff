"""What stands between a program's measurements and the network: the standardiser, or a pipeline with it."""

from __future__ import annotations

from importlib import resources
from typing import Any, NamedTuple

import numpy as np

from streamnorm.estimator import NormProp
from streamnorm.standardizer import Standardizer
from streamnorm.typing import Array

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

    """

    features: list[Any]
    is_text: list[bool]
    texts: list[str]
    arrays: dict[str, Array]
    lines: list[str]
    unit: tuple[float, float]


def standardizing(model: NormProp) -> Front:
    """A model alone, which takes its features as they come."""
    features, scaler = model.features_, model._learner.standardizer
    ones = np.ones(len(features))
    # As in an ONNX file the mean is subtracted first: inside a bias it would cost the digits of large ones.
    center, inverse_sd = (scaler.center, scaler.inverse_sd) if isinstance(scaler, Standardizer) else (0.0 * ones, ones)
    function = resources.files("streamnorm.export.c") / "functions/standardize.c"
    return Front(
        features,
        [False] * len(features),
        [],
        {"center": single(center), "inverse_sd": single(inverse_sd)},
        [f"#define CLIP {number(np.float32(scaler.clip))}", "", *function.read_text(encoding="utf-8").splitlines()],
        (0.0, 1.0),
    )
