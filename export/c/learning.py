"""model.c where the model goes on learning: all that it learns is in one variable."""

from __future__ import annotations

import numpy as np

from streamnorm.estimator import NormProp
from streamnorm.losses import CrossEntropy, Huber, SigmoidCrossEntropy, SquaredError
from streamnorm.standardizer import Standardizer
from streamnorm.typing import Array
from streamnorm.unscaled import Unscaled

from .literals import number
from .prediction import KERNEL as PREDICTING
from .replicas import RECENT, chosen, described, memory
from .struct import Struct
from .workspace import learner_bytes

KERNEL = (*PREDICTING, "learner.c", "learner.h", "loss.h", "mixture.h", "repeats.h", "standardizer.h")
_LOSSES = {
    CrossEntropy: "SN_CROSS_ENTROPY",
    SigmoidCrossEntropy: "SN_SIGMOID_CROSS_ENTROPY",
    SquaredError: "SN_SQUARED_ERROR",
    Huber: "SN_HUBER",
}
_STATISTICS = ("count", "mean", "variance", "center", "sd", "inverse_sd")


def state(model: NormProp, which: str) -> Struct:
    """All that learning changes."""
    mixture = model._learner.mixture
    replicas = chosen(mixture, which)
    arrays: dict[str, Array] = {
        "samples": mixture.samples,
        "share": np.array([replica.share for replica in replicas]),
        "smoothed": mixture.smoothed if which == "mixture" else mixture.smoothed[[mixture.leader]],
    }
    for prefix, scaler in model._standardizers().items():
        if isinstance(scaler, Standardizer):
            arrays |= {f"{prefix}_{name}": getattr(scaler, name) for name in _STATISTICS}
    return Struct([memory(replica.network) for replica in replicas], arrays)


def numbers(model: NormProp, which: str) -> list[str]:
    """What stands in model.c between its includes and its functions."""
    learner = model._learner
    replicas = chosen(learner.mixture, which)
    return [
        "#include <float.h>",
        "",
        '#include "learner.h"',
        "",
        "#if DBL_MANT_DIG < 53",
        '#error "learning needs a double of 64 bits"',
        "#endif",
        f"#if SN_RECENT != {RECENT}",
        '#error "kernel.h is of another version of streamnorm"',
        "#endif",
        "",
        f"#define OUTPUTS {learner.mixture.fan_out}",
        f"#define FEWEST {int(model.input_shape is not None)}",
        f"#define WORKSPACE ({learner_bytes(replicas[0].network, len(replicas))})",
        "",
        "struct model_state model_state = {",
        *state(model, which).initializers(),
        "};",
        "",
        *described(replicas, "model_state", learn=True),
        "",
        "static const sn_learner learner = {",
        f"    .fan_in = {learner.mixture.fan_in},",
        f"    .fan_out = {learner.mixture.fan_out},",
        *_standardizer("features", learner.mixture.fan_in // learner.standardizer.positions, learner.standardizer),
        *_standardizer("target", learner.mixture.fan_out, learner.target or Unscaled()),
        f"    .loss = {_LOSSES[type(learner.loss)]},",
        "    .networks = (sn_network *)networks,",
        f"    .mixture.n = {len(replicas)},",
        "    .mixture.weights = model_state.share,",
        "    .mixture.smoothed = model_state.smoothed,",
        "    .mixture.samples = model_state.samples,",
        "};",
    ]


def _standardizer(member: str, n: int, scaler: Standardizer | Unscaled) -> list[str]:
    lines = [f"    .{member}.n = {n},", f"    .{member}.clip = {number(scaler.clip)},"]
    if isinstance(scaler, Unscaled):
        return lines
    return [
        *lines,
        *(f"    .{member}.{name} = model_state.{member}_{name}," for name in _STATISTICS),
        f"    .{member}.fading_factor = {number(float(scaler.fading_factor))},",
        f"    .{member}.single = {int(scaler.dtype == np.float32)},",
    ]
