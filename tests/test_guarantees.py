"""A bad sample raises and leaves the model as it was, bit for bit, wherever the bad value stands."""

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from models import NATIVE, bits
from river import datasets

from streamnorm import NormPropClassifier, NormPropRegressor

STREAMS = {NormPropClassifier: datasets.Phishing, NormPropRegressor: datasets.TrumpApproval}
BAD_VALUES = [math.nan, math.inf, -math.inf, None, "1.0", "", b"1", 1j, np.array([1.0]), np.array(1.0), [1], 10**400]
BAD_VALUES += [Decimal("NaN"), np.float32("inf"), np.complex64(1.0)]
BAD_LABELS = [None, math.nan, 1.5, b"a", [1], (1,), np.zeros(2), "text beside bools", 2]
BAD_TARGETS = [None, math.nan, math.inf, "1.0", 1j, np.zeros(1), [1.0], 10**400]
BAD_WEIGHTS = [None, math.nan, math.inf, -1.0, "1"]


@pytest.fixture(params=[NATIVE, "reference", "autograd"])
def engine(request):
    return request.param


@pytest.fixture(params=STREAMS, ids=lambda estimator: estimator.__name__)
def learned(request, engine):
    model = request.param(seed=1, engine=engine)
    for x, y in STREAMS[request.param]().take(40):
        model.learn_one(x, y)
    return model, x, y


@pytest.mark.parametrize("value", BAD_VALUES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("known", [True, False], ids=["known feature", "new feature"])
def test_a_bad_value(learned, value, known):
    model, x, y = learned
    before = bits(model)
    name = [*x][-1] if known else "zzz"
    for bad in ({**x, name: value}, {name: value}, {name: value, **x} | {name: value}):
        for call in (lambda bad=bad: model.learn_one(bad, y), lambda bad=bad: model.predict_one(bad)):
            with pytest.raises((ValueError, TypeError), match=f"feature '{name}' is "):
                call()
            assert bits(model) == before


@pytest.mark.parametrize("engine", [NATIVE])
@pytest.mark.parametrize("weight", BAD_WEIGHTS, ids=str)
def test_a_bad_weight(learned, weight):
    model, x, y = learned
    before = bits(model)
    with pytest.raises((ValueError, TypeError), match="the sample weight is"):
        model.learn_one({**x, "new": 1.0}, y, w=weight)
    assert bits(model) == before


@pytest.mark.parametrize("label", BAD_LABELS, ids=lambda label: type(label).__name__)
def test_a_bad_label(label):
    model = NormPropClassifier(seed=1)
    for x, y in datasets.Phishing().take(40):
        model.learn_one(x, y)
    before = bits(model)
    with pytest.raises(TypeError, match="label"):
        model.learn_one({**x, "new": 1.0}, label)
    assert bits(model) == before


@pytest.mark.parametrize("target", BAD_TARGETS, ids=lambda target: type(target).__name__)
def test_a_bad_target(target):
    model = NormPropRegressor(seed=1)
    for x, y in datasets.TrumpApproval().take(40):
        model.learn_one(x, y)
    before = bits(model)
    with pytest.raises((ValueError, TypeError), match="the target is"):
        model.learn_one({**x, "new": 1.0}, target)
    assert bits(model) == before


@pytest.mark.parametrize("engine", [NATIVE])
@pytest.mark.parametrize("bad_row", [0, 7])
def test_a_bad_row_in_a_frame_leaves_the_rows_before_it_unlearned(learned, bad_row):
    model, x, y = learned
    before = bits(model)
    X = pd.DataFrame([x] * 8)
    X.iloc[bad_row, 3] = math.nan
    with pytest.raises(ValueError, match=f"feature '{X.columns[3]}' is nan"):
        model.learn_many(X, pd.Series([y] * 8))
    with pytest.raises(ValueError, match=f"feature '{X.columns[3]}' is nan"):
        model.predict_many(X)
    assert bits(model) == before


@pytest.mark.parametrize("engine", [NATIVE])
def test_frames_of_unequal_length_are_refused(learned):
    model, x, y = learned
    before = bits(model)
    with pytest.raises(ValueError, match="X has 3 rows, y has 2 values"):
        model.learn_many(pd.DataFrame([x] * 3), pd.Series([y] * 2))
    assert bits(model) == before


@pytest.mark.parametrize("engine", [NATIVE])
def test_after_an_error_it_goes_on_as_if_nothing_had_been(learned):
    model, *_ = learned
    twin = type(model)(seed=1, engine=model.engine)
    for row, label in STREAMS[type(model)]().take(40):
        with pytest.raises(ValueError, match="nan"):
            twin.learn_one({**row, "new": math.nan}, label)
        twin.learn_one(row, label)
    assert bits(twin) == bits(model)
