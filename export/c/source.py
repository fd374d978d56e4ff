"""model.c: the numbers of a model, and the functions that compute with them."""

from __future__ import annotations

from importlib import resources

from streamnorm import __version__
from streamnorm.estimator import NormProp

from . import learning, prediction
from .arrays import window_functions
from .front import Front
from .identity import PENDING
from .interface import interface_of
from .names import name_table, text_table

_WORKSPACE = "static double workspace[(WORKSPACE + sizeof(double) - 1) / sizeof(double)];"
_CHECKS = f"""\
#if MODEL_ID != {PENDING}
#error "model.h is of another export"
#endif
#if defined __FINITE_MATH_ONLY__ && __FINITE_MATH_ONLY__
#error "absent features are NaN: compile without -ffast-math"
#endif
"""


def source(model: NormProp, front: Front, learn: bool, which: str) -> str:
    """The file; a model with steps in front of it that learn only predicts."""
    interface, names = interface_of(model), model._output_names()
    if learn:
        numbers = learning.numbers(model, which)
        functions = ["learn.c", interface.learn]
    else:
        numbers = prediction.numbers(model, front, which)
        functions = [interface.predict]
    home = resources.files("streamnorm.export.c") / "functions"
    tables = name_table(interface.table, interface.size, names) if names else []
    lines = [
        f"/* Written by streamnorm {__version__}. */",
        '#include "model.h"',
        "",
        _CHECKS,
        "#include <math.h>",
        "",
        home.joinpath("bounded.c").read_text(encoding="utf-8"),
        *tables,
        *text_table(front.texts),
        *numbers,
        "",
        _WORKSPACE,
        "",
    ]
    sources = [home.joinpath(name).read_text(encoding="utf-8") for name in functions]
    return "\n".join(["\n".join(lines), *filter(None, [window_functions(front)]), *sources])
