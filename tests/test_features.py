"""From a dict to a vector, and what is refused."""

import datetime
import math
import re
from collections import Counter, defaultdict
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamnorm import names
from streamnorm.features import FeatureIndex


class Rude(float):
    """A number that breaks whoever asks for its value or its looks."""

    def __float__(self):
        raise RuntimeError

    def __repr__(self):
        raise RuntimeError


NUMBERS = [1, True, 1.5, Decimal("1.5"), Fraction(1, 3), np.float32(2), np.int64(3), np.uint8(4), np.bool_(True)]

BAD = [
    (math.nan, ValueError),
    (math.inf, ValueError),
    (-math.inf, ValueError),
    (np.float32("nan"), ValueError),
    (Decimal("NaN"), ValueError),
    (Decimal("sNaN"), ValueError),
    (10**400, ValueError),
    (10**5000, ValueError),
    (None, TypeError),
    ("1.5", TypeError),
    (np.str_("1.5"), TypeError),
    (b"1", TypeError),
    (1j, TypeError),
    (np.complex64(1), TypeError),
    (np.array(1.0), TypeError),
    (np.array([1.0]), TypeError),
    (np.array([1.0, 2.0]), TypeError),
    ([1.0], TypeError),
    ({}, TypeError),
    (object(), TypeError),
    (np.timedelta64(1, "s"), TypeError),
    (Rude(), TypeError),
]


@pytest.mark.parametrize("value", NUMBERS, ids=repr)
@pytest.mark.parametrize("names", [("a",), ("a", "b")], ids=["known", "with an absent one"])
def test_every_kind_of_number_is_its_float(value, names):
    assert FeatureIndex(names).read({"a": value}).values[0] == np.float32(float(value))


@pytest.mark.parametrize(("value", "error"), BAD, ids=lambda value: getattr(value, "__name__", type(value).__name__))
@pytest.mark.parametrize("known", [(), ("a", "temperature"), ("a", "b", "temperature"), ("a",)], ids=str)
def test_what_is_not_a_finite_number_is_refused_by_name(value, error, known):
    with pytest.raises(error, match="feature 'temperature' is "):
        FeatureIndex(known).read({"a": 1.0, "temperature": value})


def test_the_error_shows_the_value_and_a_remedy():
    with pytest.raises(ValueError, match=re.escape("feature 'a' is nan, not a finite number. Leave it out")):
        FeatureIndex().read({"a": math.nan})
    with pytest.raises(TypeError, match=r"feature 'a' is the text 'red', not a number. .*OneHotEncoder"):
        FeatureIndex().read({"a": "red"})


@pytest.mark.parametrize("x", [None, 3, [1.0, 2.0], "ab", np.zeros(2), pd.Series([1.0, 2.0])], ids=repr)
@pytest.mark.parametrize("known", [(), (0, 1)])
def test_a_sample_is_a_dict(x, known):
    with pytest.raises(TypeError, match="a sample is a dict of features, not"):
        FeatureIndex(known).read(x)


@pytest.mark.parametrize("x", [defaultdict(float, a=1, c=2), Counter(a=1, c=2)])
def test_a_dict_that_answers_for_missing_names_is_not_asked(x):
    sample = FeatureIndex(["a", "b"]).read(x)
    assert sample.present.tolist() == [True, False]
    assert sample.new == {"c": 2.0}
    assert x == {"a": 1, "c": 2}


def test_a_name_that_does_not_equal_itself_is_refused():
    with pytest.raises(ValueError, match="a feature is named nan, which does not equal itself"):
        FeatureIndex().read({math.nan: 1.0})


def test_a_name_without_a_repr_does_no_harm():
    features = FeatureIndex([10**5000])
    assert features.read({10**5000: 1.0, "a": 2.0}).new == {"a": 2.0}
    with pytest.raises(ValueError, match="feature a int that cannot be shown is nan"):
        features.read({10**5000: math.nan})


@pytest.mark.parametrize("value", [1e39, -1e300, 1e308, 2**200])
def test_what_a_float32_cannot_hold_is_cut(value):
    assert abs(FeatureIndex(["a"]).read({"a": value}).values[0]) == np.float32(1e38)


@given(st.dictionaries(st.text(), st.floats(-1e300, 1e300)), st.randoms())
def test_new_names_do_not_depend_on_the_dicts_order(x, random):
    items = [*x.items()]
    random.shuffle(items)
    assert [*FeatureIndex().read(dict(items)).new.items()] == [*FeatureIndex().read(x).new.items()]


def test_names_of_several_types_have_an_order_too():
    x = {"b": 1, 2: 2, ("a", 1): 3, "a": 4}
    assert [*FeatureIndex().read(x).new] == [*FeatureIndex().read(dict(reversed(x.items()))).new]


@given(st.lists(st.text(), unique=True), st.lists(st.text(), unique=True))
def test_columns_are_append_only(first, second):
    features = FeatureIndex()
    for names_ in (first, second):
        features.add(features.read(dict.fromkeys(names_, 1.0)).new)
    assert features.names[: len(first)] == sorted(first)
    assert sorted(features.names) == sorted({*first, *second})
    sample = features.read(dict.fromkeys(second, 2.0))
    assert sample.new == {}
    assert [sample.values[features.names.index(name)] for name in second] == [2.0] * len(second)
    assert sample.values.sum() == 2.0 * len(second)


NAMES = st.recursive(
    st.text() | st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.none(),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=4,
)


@given(st.lists(NAMES, unique=True))
def test_names_travel_through_json(originals):
    import json

    back = names.from_json(json.loads(json.dumps(names.to_json(originals))))
    assert back == originals
    assert [*map(type, back)] == [*map(type, originals)]


def test_a_name_that_json_has_no_kind_for_is_refused():
    with pytest.raises(TypeError, match=r"frozenset.*Rename it"):
        names.to_json([frozenset({1})])


@pytest.mark.parametrize("shape", [(2, 10), (1, 8, 8)], ids=str)
def test_an_array_is_to_be_declared(shape):
    with pytest.raises(TypeError, match=rf"feature 'w' is array.*declare input_shape={re.escape(str(shape))}\."):
        FeatureIndex().read({"w": np.zeros(shape)})


def test_a_date_is_to_be_taken_apart():
    with pytest.raises(
        TypeError, match=r"not a number\. Take numbers from it in front of the model, such as its month"
    ):
        FeatureIndex().read({"day": datetime.date(2026, 11, 23)})
