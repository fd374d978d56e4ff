"""The range of activations that a network has to be reckoned with: closed form, and what it has learned at."""

import numpy as np
import pytest
from models import NATIVE, network_2_2_1
from river import datasets

from streamnorm import NormPropClassifier
from streamnorm.engines.reference import Reference
from streamnorm.export.fold import fold
from streamnorm.layers import Dense
from streamnorm.losses import CrossEntropy
from streamnorm.optim import SGD


def pre_activations(model, x):
    """z of every hidden layer for one sample, worked out by the reference engine."""
    learner = model._learner
    h = learner.standardizer.transform(learner.features.read(x).values).astype(float)
    _, traces = Reference(learner.mixture.networks[0], CrossEntropy(), SGD())._forward(h)
    return [trace.z[0] for trace in traces[:-1]]


def test_reach_by_hand():
    """z = g u + b with gains 0.5 and 1, biases 0.1 and 0.2, and u as far as 4.2147."""
    network = network_2_2_1()
    assert fold(network)[0].reach == (0.0, pytest.approx(4.4147))
    network.reach[0][:] = [[-9.0, 0.0], [3.0, 5.0]]
    assert fold(network)[0].reach == (0.0, 5.0)
    assert fold(network)[1].reach == (-np.inf, np.inf)
    for activation, reach in {"identity": (-9.0, 5.0), "leaky_relu": (-0.09, 5.0), "gelu": (-0.169971, 5.0)}.items():
        network.layers = (Dense(2, activation), network.layers[-1])
        # The smallest value of gelu is -0.169971, at -0.7518.
        assert fold(network)[0].reach == pytest.approx(reach, abs=1e-5)


@pytest.mark.parametrize("engine", [NATIVE, "reference", "autograd"])
def test_the_network_keeps_the_reach_of_what_it_learned_at(engine):
    model = NormPropClassifier((8, 5), 0.01, activation="tanh", engine=engine, dtype="float64", seed=1)
    low, high = [np.zeros(8), np.zeros(5)], [np.zeros(8), np.zeros(5)]
    (network,) = model._learner.mixture.networks
    for x, y in datasets.Phishing().take(200):
        if len({*model.classes_, y}) > 1:  # Of one class there is nothing to learn.
            for k, z in enumerate(pre_activations(model, x)):
                low[k], high[k] = np.minimum(low[k], z), np.maximum(high[k], z)
        model.predict_one(dict.fromkeys(x, 1e6))
        model.learn_one(x, y)
    for k in range(2):
        assert (low[k] < 0.0).all()
        assert (high[k] > 0.0).all()
        # Float64 rounding.
        np.testing.assert_allclose(network.reach[k], [low[k], high[k]], rtol=0, atol=1e-12)


def test_activations_stay_within_their_reach():
    model = NormPropClassifier((16, 16), 0.005, dtype="float64", seed=1)
    for x, y in datasets.ImageSegments().take(500):
        model.learn_one(x, y)
    largest = [layer.reach[1] for layer in fold(model._learner.mixture.networks[0])[:-1]]
    inside = [np.array([z.max() for z in pre_activations(model, x)]) <= largest for x, _ in datasets.ImageSegments()]
    # Four fifths of these rows were not learned.
    assert np.mean(inside) > 0.995
