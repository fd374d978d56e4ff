"""Every engine walks the same path: reference, native and autograd, sample by sample."""

import functools
import itertools

import numpy as np
import pytest
from river import datasets

from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.activations import ACTIVATIONS
from streamnorm.engines import native
from streamnorm.layers import Dense
from streamnorm.learner import Learner
from streamnorm.losses import CrossEntropy, Huber, SigmoidCrossEntropy, SquaredError
from streamnorm.mixture import Mixture
from streamnorm.network import Network
from streamnorm.optim import AUTO_RATES, OPTIMIZERS
from streamnorm.unscaled import Unscaled

INPUTS = 6
OTHERS = [f"native {instructions}" for instructions in native.instructions(8)] + ["autograd"]


def stream(loss, samples):
    rng = np.random.default_rng(2016)
    h = rng.standard_normal((samples, INPUTS))
    if isinstance(loss, CrossEntropy):
        return h, np.argmax(h[:, :3] * h[:, 3:], axis=1).tolist()
    if isinstance(loss, SigmoidCrossEntropy):
        return h, (h[:, :3] * h[:, 3:] > 0.0).astype(float).tolist()
    return h, (np.sin(h[:, 0]) * h[:, 1] + rng.standard_t(2, samples)).tolist()


def walk(engine, depth, activation, optimizer, loss, samples, rates):
    layers = [Dense(6 - i, activation) for i in range(depth)]
    optimizers = [OPTIMIZERS[optimizer](rate) for rate in rates]
    networks = [Network(layers, o.slots, "float64", seed=3) for o in optimizers]
    learner = Learner(Mixture(networks, optimizers), Unscaled(), None, loss, engine)
    learner.add_outputs(1 if isinstance(loss, Huber | SquaredError) else 3)
    for h, target in zip(*stream(loss, samples), strict=True):
        learner.learn(dict(enumerate(h.tolist())), target, 1.0)
    for network in networks:
        network.settle(optimizers[0].decays)
    return learner.mixture.arrays()


@functools.cache
def reference(*setting):
    return walk("reference", *setting)


def assert_same_path(other, monkeypatch, *setting):
    engine, _, instructions = other.partition(" ")
    monkeypatch.setenv("STREAMNORM_INSTRUCTIONS", instructions)
    arrays, expected = walk(engine, *setting), reference(*setting)
    assert arrays.keys() == expected.keys()
    for name, array in expected.items():
        # All round every operation to 1e-16 in an order of their own; 2,000 steps amplify that by about 10^3.
        np.testing.assert_allclose(arrays[name], array, rtol=0.0, atol=1e-10, err_msg=name)


def one_rate(optimizer):
    return (OPTIMIZERS[optimizer]().learning_rate,)


DEPTHS = [(0, "relu"), (1, "relu"), (3, "relu"), (4, "relu"), *((2, name) for name in ACTIVATIONS)]
REST = [(depth, name) for depth in (1, 3, 4) for name in ACTIVATIONS if name != "relu"]
CLASSES, LABELS, SQUARED, HUBER = CrossEntropy(), SigmoidCrossEntropy(), SquaredError(), Huber()


def name(value):
    return "-".join(map(str, value)) if isinstance(value, tuple) else type(value).__name__


@pytest.mark.parametrize("loss", [CLASSES, SQUARED, HUBER], ids=name)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("layers", DEPTHS, ids=name)
@pytest.mark.parametrize("other", OTHERS)
def test_same_parameters_after_2000_samples(other, layers, optimizer, loss, monkeypatch):
    assert_same_path(other, monkeypatch, *layers, optimizer, loss, 2_000, one_rate(optimizer))


# The rest of the product: at 2,000 samples it would take torch another ten minutes, and it crosses nothing new.
@pytest.mark.parametrize("loss", [CLASSES, SQUARED, LABELS], ids=name)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("layers", REST, ids=name)
@pytest.mark.parametrize("other", OTHERS)
def test_same_parameters_after_200_samples(other, layers, optimizer, loss, monkeypatch):
    assert_same_path(other, monkeypatch, *layers, optimizer, loss, 200, one_rate(optimizer))


@pytest.mark.parametrize("loss", [CLASSES, SQUARED, HUBER, LABELS], ids=name)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("other", OTHERS)
def test_same_mixture_after_1500_samples(other, optimizer, loss, monkeypatch):
    samples = 200 if other == "autograd" else 1_500  # After 1,000 replicas that are far behind start again.
    assert_same_path(other, monkeypatch, 2, "relu", optimizer, loss, samples, AUTO_RATES[optimizer])


@pytest.mark.parametrize("loss", [CLASSES, HUBER], ids=name)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_learner_may_change_its_engine_between_samples(optimizer, loss):
    """Units that are idle under one engine wake under another, with the state that they would have had."""
    layers, method = [Dense(6), Dense(5)], OPTIMIZERS[optimizer]()
    network = Network(layers, method.slots, "float64", seed=3)
    learner = Learner(Mixture([network], [method]), Unscaled(), None, loss, "reference")
    learner.add_outputs(1 if isinstance(loss, Huber) else 3)
    engines = itertools.cycle([other.partition(" ")[0] for other in OTHERS] + ["reference"])
    for i, (h, target) in enumerate(zip(*stream(loss, 500), strict=True)):
        if i % 7 == 0:
            learner.engine = next(engines)
            learner.connect()
        learner.learn(dict(enumerate(h.tolist())), target, 1.0)
    network.settle(method.decays)
    expected = reference(2, "relu", optimizer, loss, 500, (method.learning_rate,))
    for name, array in learner.mixture.arrays().items():
        if name.endswith("steps") or ".0." in name:  # The walk's layers are 6 and 5 units wide as well.
            np.testing.assert_allclose(array, expected[name], rtol=0.0, atol=1e-10, err_msg=name)


# In float32 a rounding is 6e-8, and steps amplify it as they amplify any small difference.
@pytest.mark.parametrize("learning_rate", [0.003, "auto"])
@pytest.mark.parametrize(
    ("estimator", "samples"),
    [(NormPropClassifier, datasets.Phishing()), (NormPropRegressor, datasets.TrumpApproval())],
    ids=name,
)
@pytest.mark.parametrize("instructions", native.instructions(4))
def test_same_predictions_in_float32(instructions, estimator, samples, learning_rate, monkeypatch):
    monkeypatch.setenv("STREAMNORM_INSTRUCTIONS", instructions)
    fast, slow = (estimator((16, 16), learning_rate, engine=engine, seed=1) for engine in ("native", "reference"))
    for x, y in samples.take(500):
        if estimator is NormPropClassifier:
            p, q = fast.predict_proba_one(x), slow.predict_proba_one(x)
            assert p == pytest.approx(q, rel=0.0, abs=1e-3)
        else:
            assert fast.predict_one(x) == pytest.approx(slow.predict_one(x), rel=1e-4)
        fast.learn_one(x, y)
        slow.learn_one(x, y)
