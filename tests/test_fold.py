"""Folding, against numbers worked out by hand and against the reference engine."""

import math

import numpy as np
import pytest
from models import network_2_2_1
from river import datasets

from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.activations import ACTIVATIONS
from streamnorm.engines.reference import Reference
from streamnorm.export.fold import fold
from streamnorm.losses import SquaredError
from streamnorm.optim import SGD


def test_fold_by_hand():
    """w = ((3, 4), (0, -2)) has the norms 5 and 2, so g = (0.5, 1) leaves ((0.3, 0.4), (0, -1)).

    The head reads (f - m) / d: W' / d = (2, -1) / d, and b' = 0.3 - (2 - 1) m / d. In the unit 10 + 4 o both are
    multiplied by 4, and 10 is added to the bias.
    """
    m, d = 1 / math.sqrt(2 * math.pi), math.sqrt((1 - 1 / math.pi) / 2)
    network = network_2_2_1()
    before = [array.copy() for _, array in network.arrays()]

    first, last = fold(network, mean=10.0, sd=4.0)

    # A rounding or two: the same few operations in another order.
    np.testing.assert_allclose(first.weight, [[0.3, 0.4], [0.0, -1.0]], rtol=1e-15)
    np.testing.assert_allclose(first.bias, [0.1, 0.2], rtol=1e-15)
    np.testing.assert_allclose(last.weight, [[8.0 / d, -4.0 / d]], rtol=1e-15)
    np.testing.assert_allclose(last.bias, [10.0 + 4.0 * (0.3 - m / d)], rtol=1e-15)
    assert (first.activation, last.activation) == ("relu", "identity")
    for array, (_, after) in zip(before, network.arrays(), strict=True):
        np.testing.assert_array_equal(array, after)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(), (16,), (8, 4, 4)])
def test_fold_computes_what_the_reference_engine_computes(hidden, activation):
    model = NormPropClassifier(hidden, activation=activation, dtype="float64", engine="reference", seed=3)
    for x, y in datasets.ImageSegments().take(300):
        model.learn_one(x, y)
    network = model._learner.mixture.networks[0]
    engine = Reference(network, SquaredError(), SGD())
    layers = fold(network)

    for h in np.random.default_rng(1).standard_normal((50, network.fan_in)):
        expected = engine.forward(h)
        for layer in layers:
            h = ACTIVATIONS[layer.activation].function(layer.weight @ h + layer.bias)
        # Float64 rounding, some thousand operations deep.
        np.testing.assert_allclose(h, expected, rtol=0, atol=1e-12)


def test_fold_keeps_the_unit_of_a_target():
    model = NormPropRegressor((8,), learning_rate=0.01, dtype="float64", engine="reference", seed=3)
    for x, y in datasets.TrumpApproval().take(300):
        model.learn_one(x, y)
    learner = model._learner
    first, last = fold(learner.mixture.networks[0], float(learner.target.mean[0]), float(learner.target.sd[0]))

    for x, _ in datasets.TrumpApproval().take(50):
        h = model._learner.standardizer.transform(model._learner.features.read(x).values)
        (value,) = last.weight @ np.maximum(first.weight @ h + first.bias, 0.0) + last.bias
        # Approval is about 40: 1e-12 of it and of the few thousand operations.
        assert value == pytest.approx(model.predict_one(x), rel=1e-12)
