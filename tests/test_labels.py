"""Labels: one kind a stream, NumPy scalars as what they equal."""

import enum
import math

import numpy as np
import pytest

from streamnorm.labels import LabelIndex


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


@pytest.mark.parametrize(
    ("label", "kept"),
    [
        (True, True),
        (np.bool_(False), False),
        (3, 3),
        (np.int64(3), 3),
        (3.0, 3),
        (Level.HIGH, 3),
        ("a", "a"),
        (np.str_("a"), "a"),
        (Colour.RED, "red"),
    ],
)
def test_labels_are_kept_as_python_values(label, kept):
    checked = LabelIndex().check(label)
    assert checked == kept
    assert type(checked) is type(kept)


@pytest.mark.parametrize("label", [None, 1.5, math.nan, b"a", 1j, (1, 2), [1], {}, np.zeros(2)], ids=repr)
def test_what_is_not_a_label_is_refused(label):
    with pytest.raises(TypeError, match="a label is a bool, int or str, not"):
        LabelIndex(["a"]).check(label)


@pytest.mark.parametrize(
    ("first", "second"),
    [(["a"], 1), ([1], "a"), ([True], 2), ([7], False), (["True"], True), ([True, False], 0), ([0, 1], True)],
)
def test_kinds_do_not_mix(first, second):
    with pytest.raises(TypeError, match="Use one kind of label"):
        LabelIndex(first).check(second)
