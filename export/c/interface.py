"""What model.h and model.c have for each task."""

from __future__ import annotations

from typing import NamedTuple

from streamnorm.estimator import NormProp

from ..tasks import Classification, MultiLabel, MultiTarget, Regression


class Interface(NamedTuple):
    """How a program calls a model of one task.

    Parameters
    ----------
    size
        What the number of named outputs is called; empty for one output without a name.
    table
        What the array of their names is called.
    outputs
        The comment above `model_predict`.
    prediction
        Its second parameter.
    predict
        The function, in C.
    target
        The end of the comment above `model_learn`.
    y
        Its second parameter.
    learn
        The function, in C.

    """

    size: str
    table: str
    outputs: str
    prediction: str
    predict: str
    target: str
    y: str
    learn: str


INTERFACES = {
    Classification.name: Interface(
        size="MODEL_CLASSES",
        table="model_classes",
        outputs="probabilities [MODEL_CLASSES] sum to 1.",
        prediction="float *probabilities",
        predict="classify.c",
        target="; y is the index of the class, any other is ignored",
        y="int y",
        learn="learn_class.c",
    ),
    MultiLabel.name: Interface(
        size="MODEL_LABELS",
        table="model_labels",
        outputs="probabilities [MODEL_LABELS], of each label that it applies.",
        prediction="float *probabilities",
        predict="classify_each.c",
        target="; y [MODEL_LABELS] is 1 where the label applies, 0 where not, NaN where nobody knows",
        y="const float *y",
        learn="learn_labels.c",
    ),
    MultiTarget.name: Interface(
        size="MODEL_TARGETS",
        table="model_targets",
        outputs="values [MODEL_TARGETS], each in the unit of its target.",
        prediction="float *values",
        predict="regress_each.c",
        target="; a y of y [MODEL_TARGETS] that is not finite is not known",
        y="const float *y",
        learn="learn_values.c",
    ),
    Regression.name: Interface(
        size="",
        table="",
        outputs="One value, in the unit of the target.",
        prediction="float *value",
        predict="regress.c",
        target="; a y that is not finite is ignored",
        y="float y",
        learn="learn_value.c",
    ),
}


def interface_of(model: NormProp) -> Interface:
    return INTERFACES[model._task]
