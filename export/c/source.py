"""model.c: the numbers of a model, and the functions that compute with them."""

from __future__ import annotations

from importlib import resources

from streamnorm import __version__
from streamnorm.classifier import NormPropClassifier
from streamnorm.estimator import NormProp

from . import learning, prediction
from .front import Front
from .names import label_table, text_table


def source(model: NormProp, front: Front, learn: bool, which: str) -> str:
    """The file; a model with steps in front of it only predicts."""
    classifies = isinstance(model, NormPropClassifier)
    if learn:
        numbers = learning.numbers(model, which)
        functions = ["learn.c", "learn_class.c" if classifies else "learn_value.c"]
    else:
        numbers = prediction.numbers(model, front, which)
        functions = ["classify.c" if classifies else "regress.c"]
    tables = label_table(model.classes_) if isinstance(model, NormPropClassifier) else []
    lines = [
        f"/* Written by streamnorm {__version__}. */",
        '#include "model.h"',
        "",
        "#include <math.h>",
        "",
        *tables,
        *text_table(front.texts),
        *numbers,
    ]
    home = resources.files("streamnorm.export.c") / "functions"
    sources = [home.joinpath(name).read_text(encoding="utf-8") for name in functions]
    return "\n".join(["\n".join(lines), *sources])
