"""A model whose samples are arrays: what a program gives it, and how it makes windows of samples."""

from __future__ import annotations

import math
from collections.abc import Iterator
from importlib import resources
from typing import Any

from streamnorm.estimator import NormProp
from streamnorm.standardizer import Standardizer

from .front import Front, standardizer
from .literals import comment

_SIZES = {2: ("MODEL_STEPS",), 3: ("MODEL_HEIGHT", "MODEL_WIDTH")}
_SERIES = "x is a window [MODEL_STEPS][MODEL_CHANNELS]: sample by sample, the oldest first."
_IMAGE = "x is an image [MODEL_HEIGHT][MODEL_WIDTH][MODEL_CHANNELS]: row by row, all channels of each place together."
_ABSENT = """\
 * A value that is NaN or infinite is absent, and counts as its mean; one beyond +-1e38 counts as that. The channels:
 *"""
_WINDOW = """\
/* Takes in a sample [MODEL_CHANNELS]. Returns 1 where a window is complete: from MODEL_STEPS samples on {}.
 * A channel that is NaN or infinite holds its last value; while one has none of its own in the window it is not
 * complete. The samples take {} bytes of static memory; they are no part of what learning changes. */
int model_push(const float *sample);

/* The window that is complete, for the functions below. The next sample changes it. */
const float *model_window(void);

/* Behind a gap in time: the next sample is the first of a window. */
void model_restart(void);
"""


def taking_arrays(model: NormProp, names: list[Any], step: int = 1, unit: tuple[float, float] = (0.0, 1.0)) -> Front:
    """A model alone, or behind windows that come every so many samples, with the names of its channels."""
    shape, scaler = model.input_shape, model._learner.standardizer
    assert shape is not None
    if isinstance(scaler, Standardizer) and not scaler.count.any():
        raise ValueError("the model has learned no array yet: call learn_one before exporting it")
    function = "standardize_channels.c" if scaler.positions > 1 else "standardize.c"
    arrays, lines = standardizer(scaler, math.prod(shape) // scaler.positions, function)
    return Front(names, [False] * len(names), [], arrays, lines, unit, shape, step)


def declared_size(front: Front) -> Iterator[str]:
    """What model.h defines of x."""
    channels, *around = front.shape
    sizes = _SIZES[len(front.shape)]
    yield f"#define MODEL_CHANNELS {channels}"
    for name, size in zip(sizes, around, strict=True):
        yield f"#define {name} {size}"
    yield f"#define MODEL_FEATURES ({' * '.join((*sizes, 'MODEL_CHANNELS'))})"


def declared_array(front: Front) -> Iterator[str]:
    """What model.h says of x, and the functions that make windows, where x is one."""
    is_series = len(front.shape) == 2
    yield f"/* {_SERIES if is_series else _IMAGE}"
    yield _ABSENT
    for i, name in enumerate(front.features):
        yield f" *     [{i}]  {comment(name)}"
    yield " */"
    yield ""
    if is_series:
        every = "with each" if front.step == 1 else f"with every {front.step}th"
        yield _WINDOW.format(every, _bytes(front.shape))


def window_functions(front: Front) -> str:
    """What model.c has of them."""
    if len(front.shape) != 2:
        return ""
    functions = resources.files("streamnorm.export.c") / "functions/window.c"
    return f"#define EVERY {front.step}\n\n{functions.read_text(encoding='utf-8')}"


def _bytes(shape: tuple[int, ...]) -> int:
    channels, steps = shape
    return 4 * channels * (2 * steps + 2)
