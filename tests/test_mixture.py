"""Hedge with a fixed share, by hand; and what a mixture promises on streams."""

import math

import numpy as np
import pytest
from models import NATIVE, bits
from river import datasets

from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.layers import Dense
from streamnorm.mixture import PATIENCE, Mixture
from streamnorm.network import Network
from streamnorm.optim import AUTO_RATES, RMSprop


def mixture(n=2):
    """Networks that can be told apart: the first is all zeros, the next all ones, ..."""
    optimizers = [RMSprop(0.001 * (k + 1)) for k in range(n)]
    networks = [Network([Dense(2)], o.slots, "float64", seed=1) for o in optimizers]
    mix = Mixture(networks, optimizers)
    mix.add_inputs(2)
    mix.add_outputs(1)
    for k, network in enumerate(networks):
        for _, array in network.arrays():
            array[...] = k
    return mix


def test_one_update_by_hand():
    """Weights 1/2 and 1/2, losses 1 and 3: e^-0.5 : e^-1.5 = 1 : e^-1, then a thousandth is shared out."""
    mix = mixture()
    mix.update([1.0, 3.0])
    first = 1.0 / (1.0 + math.exp(-1.0))
    # A handful of float64 operations.
    assert mix.weights == pytest.approx([0.999 * first + 0.0005, 0.999 * (1.0 - first) + 0.0005], rel=1e-14)
    mix.update([1.0, 3.0], weight=0.0)
    assert mix.weights[0] == pytest.approx(0.999 * (0.999 * first + 0.0005) + 0.0005, rel=1e-14)


def test_weights_find_the_better_and_follow_a_change():
    mix = mixture(3)
    for _ in range(100):
        mix.update([1.0, 0.5, 1.0])
    assert mix.weights[1] > 0.99
    for _ in range(100):
        mix.update([1.0, 1.0, 0.5])
    assert mix.weights[2] > 0.99
    assert mix.weights.sum() == pytest.approx(1.0, abs=1e-14)
    assert mix.weights.min() > 1e-3 / 3 / 2


def same(a, b):
    return all(np.array_equal(x, y) for (_, x), (_, y) in zip(a.arrays(), b.arrays(), strict=True))


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_replica_that_diverged_starts_again_from_the_leader(loss):
    mix = mixture()
    assert not same(*mix.networks)
    mix.update([0.1, loss])
    assert mix.weights[1] < 1e-3
    assert same(*mix.networks)
    assert mix.optimizers[1].learning_rate == 0.002


def test_nobody_starts_again_from_a_replica_that_diverged():
    mix = mixture(3)
    for _ in range(20):
        mix.update([0.1, 1.0, 1.0])
    mix.update([math.nan, math.nan, 1.0], weight=1e-3)
    assert mix.leader == 0
    assert same(mix.networks[0], mix.networks[2])
    assert same(mix.networks[1], mix.networks[2])


def test_where_all_diverged_all_stay():
    mix = mixture()
    mix.update([math.nan, math.nan])
    assert not same(*mix.networks)
    assert mix.weights == pytest.approx([0.5, 0.5])


def test_a_replica_far_behind_starts_again_from_the_leader_once_in_a_while():
    mix = mixture()
    for _ in range(PATIENCE - 1):
        mix.update([0.5, 0.54])
    assert not same(*mix.networks)
    mix.update([0.5, 0.54])
    assert same(*mix.networks)
    assert mix.smoothed[1] == mix.smoothed[0]


def test_a_replica_a_little_behind_stays():
    mix = mixture()
    for _ in range(3 * PATIENCE):
        mix.update([0.5, 0.52])
    assert not same(*mix.networks)


def test_a_mixture_of_one_has_nothing_to_weigh():
    mix = mixture(1)
    mix.update([math.nan])
    assert mix.weights.tolist() == [1.0]
    assert mix.samples.tolist() == [0]


@pytest.mark.parametrize("engine", [NATIVE, "reference", "autograd"])
@pytest.mark.parametrize("optimizer", AUTO_RATES)
def test_replicas_learn_as_if_alone_until_one_is_dropped(optimizer, engine):
    rates = AUTO_RATES[optimizer]
    model = NormPropClassifier((8,), optimizer=optimizer, engine=engine, seed=1)
    alone = [NormPropClassifier((8,), rate, optimizer, engine=engine, seed=1) for rate in rates]
    for x, y in datasets.Phishing().take(300):
        expected = {}
        for rate, share in model.learning_rates_.items():
            for label, p in alone[rates.index(rate)].predict_proba_one(x).items():
                expected[label] = expected.get(label, 0.0) + share * p
        # Three float64 products.
        assert model.predict_proba_one(x) == pytest.approx(expected, abs=1e-14)
        for learner in (model, *alone):
            learner.learn_one(x, y)
    arrays = model._arrays()
    for k, one in enumerate(alone):
        own = {name: array for name, array in one._arrays().items() if name.startswith("network.0.")}
        for name, array in own.items():
            np.testing.assert_array_equal(arrays[name.replace("network.0.", f"network.{k}.", 1)], array)


@pytest.mark.parametrize("estimator", [NormPropClassifier, NormPropRegressor])
def test_the_weights_can_be_read(estimator):
    model = estimator(seed=1)
    assert model.learning_rates_ == dict.fromkeys(AUTO_RATES["rmsprop"], pytest.approx(1 / 3))
    assert estimator(learning_rate=0.01).learning_rates_ == {0.01: 1.0}


def test_a_weight_of_zero_does_not_weigh_rates():
    model = NormPropClassifier(seed=1)
    for x, y in datasets.Phishing().take(50):
        model.learn_one(x, y)
    before = bits(model)[2]
    model.learn_one(x, y, w=0.0)
    changed = {name for name, value in bits(model)[2].items() if value != before[name]}
    assert changed == {"features.count", "features.mean", "features.variance"}
