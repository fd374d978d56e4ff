"""Whatever finite numbers come, at every rate up to 0.1: arrays and predictions stay finite, and of use."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.activations import ACTIVATIONS
from streamnorm.optim import OPTIMIZERS

LARGEST = 1.7976931348623157e308
EXTREMES = [0, -0.0, 5e-324, 1e-45, 1e-38, 1e-30, 1e-20, 1e10, 1e19, 1e30, 3.5e38, 1e154, LARGEST, -LARGEST]
NUMBERS = st.one_of(
    st.sampled_from(EXTREMES),
    st.floats(-10.0, 10.0),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**308), 10**308),
)
# The same examples everywhere, and no time limit: machines differ.
SAME_EVERYWHERE = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


@st.composite
def streams(draw, targets=None):
    """Rows from a handful of values: that is what makes a feature constant, rare, or jump by 600 orders."""
    number = st.sampled_from(draw(st.lists(NUMBERS, min_size=2, max_size=6)))
    x = st.fixed_dictionaries({"a": number, "b": number}, optional={"c": number})
    weight = st.sampled_from([1.0, 1.0, 1.0, draw(st.one_of(st.just(LARGEST), st.floats(0.0, LARGEST)))])
    return draw(st.lists(st.tuples(x, number if targets is None else targets, weight), min_size=30, max_size=60))


def arguments(optimizer):
    return st.fixed_dictionaries(
        {
            "hidden": st.sampled_from([(), (4,), (8, 4), (3, 3, 3)]),
            "learning_rate": st.one_of(st.just(0.1), st.floats(0.0, 0.1, exclude_min=True)),
            "optimizer": st.just(optimizer),
            "activation": st.sampled_from(sorted(ACTIVATIONS)),
            "standardize": st.booleans(),
            "fading_factor": st.sampled_from([0.0, 0.01, 0.9]),
            "dtype": st.sampled_from(["float32", "float64"]),
            "seed": st.just(1),
        }
    )


def assert_finite(model):
    assert [name for name, array in model._arrays().items() if not np.isfinite(array).all()] == []


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_classifier_stays_finite(optimizer):
    @SAME_EVERYWHERE
    @given(arguments(optimizer), streams(st.sampled_from(["a", "b", "c"])))
    def check(arguments, stream):
        model = NormPropClassifier(**arguments)
        for x, y, w in stream:
            model.learn_one(x, y, w)
            probabilities = model.predict_proba_one(x)
            assert min(probabilities.values()) >= 0.0
            # Each of three summands is rounded to 1e-16.
            assert sum(probabilities.values()) == pytest.approx(1.0, abs=1e-15)
        assert_finite(model)

    check()


@pytest.mark.parametrize("loss", ["huber", "squared_error"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_regressor_stays_finite(optimizer, loss):
    @SAME_EVERYWHERE
    @given(arguments(optimizer), streams())
    def check(arguments, stream):
        model = NormPropRegressor(loss=loss, **arguments)
        for x, y, w in stream:
            model.learn_one(x, y, w)
            assert math.isfinite(model.predict_one(x))
        assert_finite(model)

    check()


def hostile(name):
    """600 rows of features and a target of theirs that a network can learn, were it not for what the name says."""
    rng = np.random.default_rng(0)
    n = 600
    x = rng.standard_cauchy((n, 5)) if name == "cauchy" else rng.standard_normal((n, 5))
    y = np.tanh(x[:, 0]) + np.tanh(x[:, 1] * x[:, 2])
    late, (spiked_x, spiked_y) = np.arange(n) >= n // 2, rng.random((2, n)) < 0.002
    label = y > 0.0
    if name == "cauchy":
        y = y + 0.3 * rng.standard_cauchy(n)
    elif name == "rare binary":
        rare = rng.random((n, 40)) < 0.001
        x, y = np.c_[rare, x], y + rare @ rng.normal(0.0, 3.0, 40)
    elif name == "level shift":
        x, y = np.where(late[:, None], 1000.0 * x, x), np.where(late, 1000.0 * y, y)
    elif name == "spikes":
        x, y = np.where(spiked_x[:, None], 1000.0 * x, x), np.where(spiked_y, 1000.0 * y, y)
    return [dict(enumerate(row)) for row in x.tolist()], label.tolist(), y.tolist()


# At the largest rate: the least accuracy on two balanced classes, the largest error as a part of the running mean's. A
# network that broke would guess, or miss by orders. Cauchy targets are all noise: there it may be worse than a mean.
USEFUL = {"cauchy": (0.5, 1.5), "rare binary": (0.7, 1.0), "level shift": (0.75, 1.0), "spikes": (0.75, 0.6)}


@pytest.mark.parametrize("name", USEFUL)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_largest_rate_does_not_break_a_classifier(optimizer, name):
    xs, labels, _ = hostile(name)
    model = NormPropClassifier((16, 16), 0.1, optimizer, seed=1)
    hits = 0
    for x, y in zip(xs, labels, strict=True):
        hits += model.predict_one(x) == y
        model.learn_one(x, y)
    assert hits / len(labels) > USEFUL[name][0]
    assert_finite(model)


@pytest.mark.parametrize("name", USEFUL)
@pytest.mark.parametrize("loss", ["huber", "squared_error"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_largest_rate_does_not_break_a_regressor(optimizer, loss, name):
    xs, _, targets = hostile(name)
    model = NormPropRegressor((16, 16), 0.1, optimizer, loss, seed=1)
    errors, naive, mean = np.zeros(len(xs)), np.zeros(len(xs)), 0.0
    for i, (x, y) in enumerate(zip(xs, targets, strict=True)):
        errors[i] = abs(model.predict_one(x) - y)
        naive[i] = abs(mean - y)
        mean += (y - mean) / (i + 1)
        model.learn_one(x, y)
    # The hundredth of the rows that is furthest out would decide the mean, and nobody foresees it.
    usual = naive <= np.quantile(naive, 0.99)
    assert errors[usual].mean() < USEFUL[name][1] * naive[usual].mean()
    assert_finite(model)
