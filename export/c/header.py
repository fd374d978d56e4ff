"""model.h: all that a program needs to know."""

from __future__ import annotations

from collections.abc import Iterator

from streamnorm import __version__
from streamnorm.classifier import NormPropClassifier
from streamnorm.estimator import NormProp
from streamnorm.labels import Label

from .front import Front
from .identity import PENDING
from .literals import comment
from .names import label_type
from .struct import Struct

_LEARN = "/* Learns from one sample{}; call model_predict first for what was said of it before. */"
_STATE = """\
/* All that learning changes. Copy it to where it outlasts a reset, and back before the next call, into a program of the
 * very same files, to go on from there. */"""


def header(model: NormProp, front: Front, state: Struct | None) -> str:
    """The header of a model that only predicts, or, with a state, goes on learning."""
    classes = model.classes_ if isinstance(model, NormPropClassifier) else []
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
        f"#define MODEL_FEATURES {len(front.features)}",
        *([f"#define MODEL_CLASSES {len(classes)}"] if classes else []),
        *([f"#define MODEL_TEXTS {len(front.texts)}"] if front.texts else []),
        "",
        *_features(front),
        *(_classes(classes) if classes else _value()),
    ]
    if state:
        target = (
            ("; y is the index of the class, any other is ignored", "int y")
            if classes
            else ("; a y that is not finite is ignored", "float y")
        )
        lines += [
            "",
            _LEARN.format(target[0]),
            f"void model_learn(const float *x, {target[1]});",
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


def _classes(classes: list[Label]) -> list[str]:
    return [
        "/* The classes, in the order of the probabilities. */",
        f"extern {label_type(classes)}model_classes[MODEL_CLASSES];",
        "",
        "/* probabilities [MODEL_CLASSES] sum to 1. */",
        "void model_predict(const float *x, float *probabilities);",
    ]


def _value() -> list[str]:
    return ["/* One value, in the unit of the target. */", "void model_predict(const float *x, float *value);"]
