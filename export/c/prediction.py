"""model.c where the model only predicts: its weights are constants."""

from __future__ import annotations

import numpy as np

from streamnorm.estimator import NormProp
from streamnorm.learner import Learner
from streamnorm.typing import Array

from .front import Front
from .literals import single
from .replicas import chosen, described, parameters
from .struct import Struct
from .workspace import forward_bytes

KERNEL = (
    *("activation.h", "convolution.h", "grid.h", "kernel.c", "kernel.h", "lanes.h"),
    *("on_grid.h", "optimizer.h", "pool.h", "real.h", "sweeps.h", "workspace.h"),
)


def numbers(model: NormProp, front: Front, which: str) -> list[str]:
    """What stands in model.c between its includes and its functions."""
    replicas = chosen(model._learner.mixture, which)
    shares = single(np.array([replica.share for replica in replicas]))
    weights = Struct(
        [parameters(replica.network) for replica in replicas],
        {"share": shares, **front.arrays, **_unit(model._learner, *front.unit)},
    )
    return [
        '#include "kernel.h"',
        "",
        f"#define REPLICAS {len(replicas)}",
        f"#define WORKSPACE ({forward_bytes(replicas[0].network)})",
        "",
        "static const struct {",
        *weights.members(),
        "} weights = {",
        *weights.initializers(),
        "};",
        "",
        "/* The kernel's pointers are not to constants, as it may learn; here it only predicts. */",
        *described(replicas, "weights", learn=False),
        "",
        *front.lines,
    ]


def _unit(learner: Learner, mean: float, sd: float) -> dict[str, Array]:
    """The unit of the target, which is itself in a unit of this mean and sd; nothing for classes."""
    if learner.target is None:
        return {}
    return {"target_mean": single(mean + sd * learner.target.mean), "target_sd": single(sd * learner.target.sd)}
