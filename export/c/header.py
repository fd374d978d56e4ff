"""model.h: all that a program needs to know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streamnorm import __version__
from streamnorm.estimator import NormProp

from .arrays import declared_array, declared_size
from .front import Front
from .identity import PENDING
from .interface import Interface, interface_of
from .literals import comment
from .names import name_type
from .struct import Struct

_LEARN = "/* Learns from one sample{}; call model_predict first for what was said of it before. */"
_STATE = """\
/* All that learning changes. Copy it to where it outlasts a reset, and back before the next call, into a program of the
 * very same files, to go on from there. */"""


def header(model: NormProp, front: Front, state: Struct | None) -> str:
    """The header of a model that only predicts, or, with a state, goes on learning."""
    interface, names = interface_of(model), model._output_names()
    lines = [
        f"/* Written by streamnorm {__version__}. No function here is reentrant: they share a workspace. */",
        "#ifndef STREAMNORM_MODEL_H",
        "#define STREAMNORM_MODEL_H",
        "",
        "#include <stdint.h>",
        "",
        "#ifdef __cplusplus",
        'extern "C" {',
        "#endif",
        "",
        f"#define MODEL_ID {PENDING}",
        *(declared_size(front) if front.shape else [f"#define MODEL_FEATURES {len(front.features)}"]),
        *([f"#define {interface.size} {len(names)}"] if names else []),
        *([f"#define MODEL_TEXTS {len(front.texts)}"] if front.texts else []),
        "",
        *(declared_array(front) if front.shape else _features(front)),
        *_outputs(interface, names),
    ]
    if state:
        lines += [
            "",
            _LEARN.format(interface.target),
            f"void model_learn(const float *x, {interface.y});",
            "",
            _STATE,
            "struct model_state {",
            *state.members(),
            "};",
            "extern struct model_state model_state;",
        ]
    return "\n".join([*lines, "", "#ifdef __cplusplus", "}", "#endif", "", "#endif", ""])


def _features(front: Front) -> Iterator[str]:
    yield "/* The features, in the order of x. One that is NaN or infinite is absent; one beyond +-1e38 counts as that."
    yield " *"
    for i, (name, is_text) in enumerate(zip(front.features, front.is_text, strict=True)):
        yield f" *     x[{i}]  {comment(name)}{', a text' if is_text else ''}"
    yield " */"
    yield ""
    if front.texts:
        yield "/* A text is given by its place here; any other, such as -1, has not been met. */"
        yield "extern const char *const model_texts[MODEL_TEXTS];"
        yield ""


def _outputs(interface: Interface, names: list[Any]) -> Iterator[str]:
    if names:
        yield "/* The names of the outputs, in their order. */"
        yield f"extern {name_type(names)}{interface.table}[{interface.size}];"
        yield ""
    yield f"/* {interface.outputs} */"
    yield f"void model_predict(const float *x, {interface.prediction});"
