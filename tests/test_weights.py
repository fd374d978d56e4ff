"""A sample of weight k, beside k samples: how near one step comes to them, and that no engine sees it differently."""

import copy

import numpy as np
import pytest
from devices import device_of
from models import NATIVE, bits
from river import datasets, metrics
from test_learning_graph import TASKS, assert_same, side_by_side, started
from test_parity import CLASSES, HUBER, INPUTS, LABELS, OTHERS, SQUARED, name, stream

from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.engines.reference import Reference
from streamnorm.layers import Dense
from streamnorm.learner import Learner
from streamnorm.mixture import Mixture
from streamnorm.network import Network
from streamnorm.optim import AUTO_RATES, OPTIMIZERS, SGD, RMSprop
from streamnorm.unscaled import Unscaled

ENGINES = pytest.mark.parametrize("engine", ["reference", "autograd", NATIVE])
STREAMS = {NormPropClassifier: datasets.ImageSegments, NormPropRegressor: datasets.TrumpApproval}


def imbalanced(n):
    """One sample in 21 is of the rare class, and all features of both overlap."""
    rng = np.random.default_rng(3)
    for _ in range(n):
        rare = bool(rng.random() < 1 / 21)
        yield dict(enumerate((rng.standard_normal(4) + (1.0 if rare else 0.0)).tolist())), rare


def linear(engine, rate):
    """An output of 3 x1 - x2, with W and b to work out by hand."""
    network = Network([], SGD.slots, "float64", seed=1)
    learner = Learner(Mixture([network], [SGD(rate)]), Unscaled(), None, SQUARED, engine)
    learner.add_features(["x1", "x2"])
    learner.add_outputs(1)
    network.parameters[0]["W"].value[:] = [[3.0, -1.0]]
    learner.connect()
    return learner


@ENGINES
@pytest.mark.parametrize(("rate", "mended"), [(0.001, 6 / 1003), (0.1, 6 / 13), (1.0, 1.5)])
@pytest.mark.parametrize(("weight", "repeats"), [(0.25, 0), (1.0, 1), (2.0, 2), (3.0, 3), (10.0, 10), (2.5, 2)])
def test_a_linear_network_ends_where_its_repeats_would(engine, rate, mended, weight, repeats):
    learner = linear(engine, rate)
    learner.learn({"x1": 2.0, "x2": 1.0}, 1.0, weight)
    # kappa = |x|^2 + 1 = 6, the error is 5 - 1; a step at the rate eta mends 6 eta / (1 + 3 eta) of it.
    left = 4.0 * (1.0 - mended) ** repeats * (1.0 - (weight - repeats) * mended)
    W, b = (parameter.value for parameter in learner.mixture.networks[0].parameters[0].values())
    moved = (4.0 - left) / 6.0
    np.testing.assert_allclose(W, [[3.0 - 2.0 * moved, -1.0 - moved]], rtol=0.0, atol=1e-14)
    np.testing.assert_allclose(b, [-moved], rtol=0.0, atol=1e-14)


def flat(model):
    return np.concatenate(
        [p.value.ravel() for n in model._learner.mixture.networks for layer in n.parameters for p in layer.values()]
    )


def learned(model, x, y, times, weight):
    model = copy.deepcopy(model)
    for _ in range(times):
        model.learn_one(x, y, weight)
    return flat(model)


def distances(estimator, optimizer, *ways):
    """Median over 20 samples of how far each way to learn a sample ends from the first way, as a part of that way."""
    model = estimator((16, 16), optimizer=optimizer, dtype="float64", seed=1)
    found = []
    for i, (x, y) in enumerate(STREAMS[estimator]().take(700)):
        if i >= 300 and i % 20 == 0:
            aim, *others = (learned(model, x, y, *way) for way in ways)
            found.append([np.linalg.norm(other - aim) / np.linalg.norm(flat(model) - aim) for other in others])
        model.learn_one(x, y)
    return np.median(found, axis=0)


# At most this part of the way is missing; measured were 0.04, 0.07 and 0.26, with Adam 0.26, 0.39 and 0.63. Adam's
# momentum runs past the target with repeats, and one step does not.
MISSING = {"sgd": (0.1, 0.15, 0.35), "rmsprop": (0.1, 0.15, 0.35), "adam": (0.35, 0.5, 0.75)}


@pytest.mark.parametrize("estimator", STREAMS, ids=lambda estimator: estimator.__name__)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_weight_k_is_close_to_k_repeats(optimizer, estimator):
    for k, missing in zip((2, 3, 10), MISSING[optimizer], strict=True):
        weighted, once = distances(estimator, optimizer, (k, 1.0), (1, float(k)), (1, 1.0))
        assert weighted < missing
        assert weighted < 0.75 * once


@pytest.mark.parametrize("estimator", STREAMS, ids=lambda estimator: estimator.__name__)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_half_a_weight_twice_is_close_to_once(optimizer, estimator):
    # 0.06 to 0.24 were measured; a single half leaves 0.5.
    twice, half = distances(estimator, optimizer, (1, 1.0), (2, 0.5), (1, 0.5))
    assert twice < 0.3
    assert half == pytest.approx(0.5, abs=1e-12)


# Not Adam, whose momentum passes targets at a weight of 1 as well.
@pytest.mark.parametrize("optimizer", [SGD(0.005), RMSprop(0.005)], ids=name)
@pytest.mark.parametrize("weight", [2.0, 3.0, 10.0, 100.0])
def test_no_weight_takes_the_output_past_the_target(weight, optimizer):
    network = Network([Dense(16), Dense(16)], optimizer.slots, "float64", seed=1)
    network.add_inputs(INPUTS)
    network.add_outputs(1)
    twin = copy.deepcopy(network)
    engine, other = (Reference(n, SQUARED, optimizer) for n in (network, twin))
    left = []
    for h in stream(SQUARED, 300)[0]:
        target = np.sin(h[0]) * h[1]
        twin.copy(network)
        before = other.learn(h, target, weight)
        left.append(float((other.forward(h) - target)[0] / (before - target)[0]))
        engine.learn(h, target)
    # To first order a weight stops at the target. The network bends more than that where its first steps are large, but
    # no sample leaves a larger error than it found.
    assert all(-1.0 < part < 1.0 for part in left)
    assert sorted(left)[3] > -0.35


def test_more_than_100_counts_as_100():
    x, y = next(iter(datasets.Phishing()))
    models = [NormPropClassifier(seed=1) for _ in range(2)]
    for model, weight in zip(models, (100, 10**9), strict=True):
        model.learn_one(x, not y)
        model.learn_one(x, y, weight)
    assert bits(models[0]) == bits(models[1])


WEIGHTS = (1.0, 2.5, 0.3, 10.0, 0.0, 1.0, 30.0)


def walk(engine, optimizer, loss):
    optimizers = [OPTIMIZERS[optimizer](rate) for rate in AUTO_RATES[optimizer]]
    networks = [Network([Dense(6), Dense(5)], o.slots, "float64", seed=3) for o in optimizers]
    learner = Learner(Mixture(networks, optimizers), Unscaled(), None, loss, engine)
    learner.add_outputs(1 if loss in (SQUARED, HUBER) else 3)
    for i, (h, target) in enumerate(zip(*stream(loss, 60), strict=True)):
        learner.learn(dict(enumerate(h.tolist())), target, WEIGHTS[i % len(WEIGHTS)])
    for network in networks:
        network.settle(optimizers[0].decays)
    return learner.mixture.arrays()


@pytest.mark.parametrize("loss", [CLASSES, SQUARED, HUBER, LABELS], ids=name)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_engines_learn_weighted_samples_alike(optimizer, loss, monkeypatch):
    expected = walk("reference", optimizer, loss)
    for other in OTHERS:
        engine, _, instructions = other.partition(" ")
        monkeypatch.setenv("STREAMNORM_INSTRUCTIONS", instructions)
        arrays = walk(engine, optimizer, loss)
        for array in expected:
            # As in test_parity.py: 3e-11 was measured.
            np.testing.assert_allclose(arrays[array], expected[array], rtol=0.0, atol=1e-10, err_msg=array)


@TASKS
@pytest.mark.parametrize("auto", [False, True], ids=["one rate", "mixture"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_learning_graph_learns_weighted_samples(estimator, rows, optimizer, auto, tmp_path):
    rows = rows(200, features=8)
    rate = "auto" if auto else 0.01
    model = started(estimator, rows[:50], optimizer=optimizer, learning_rate=rate, dtype="float64")
    device = device_of(model, tmp_path / "m.onnx")
    side_by_side(model, device, rows[50:], tolerance=1e-9, weights=WEIGHTS)
    assert_same(model, device, tmp_path / "m.onnx", tolerance=1e-9)


def test_weighting_the_rare_class_raises_balanced_accuracy():
    """By the inverse of its frequency, which `river.imblearn` would bring about by drawing samples again and again."""
    plain, weighted = (NormPropClassifier(seed=1) for _ in range(2))
    scores = {model: metrics.BalancedAccuracy() for model in (plain, weighted)}
    for x, y in imbalanced(3_000):
        for model, weight in ((plain, 1.0), (weighted, 20.0 if y else 1.0)):
            scores[model].update(y, model.predict_one(x))
            model.learn_one(x, y, weight)
    # 0.627 and 0.668; 0.5 would be to say no always.
    assert scores[weighted].get() > scores[plain].get() + 0.02
