"""Several targets of which some are not known, and inputs that are their own targets: the same in every engine."""

import numpy as np
import pytest

from streamnorm.engines import native
from streamnorm.layers import Dense
from streamnorm.learner import Learner
from streamnorm.losses import Huber, Reconstruction, SigmoidCrossEntropy, SquaredError
from streamnorm.mixture import Mixture
from streamnorm.network import Network
from streamnorm.optim import AUTO_RATES, OPTIMIZERS
from streamnorm.standardizer import Standardizer

INPUTS, TARGETS, SAMPLES = 5, 3, 1_100  # After 1,000 replicas that are far behind start again.
OTHERS = [f"native {instructions}" for instructions in native.instructions(8)] + ["autograd"]
ENGINES = ["reference", *OTHERS]
LOSSES = [Huber(), SquaredError(), SigmoidCrossEntropy(), Reconstruction()]


def name(value):
    return type(value).__name__


def build(engine, monkeypatch, loss, optimizer="rmsprop"):
    engine, _, instructions = engine.partition(" ")
    monkeypatch.setenv("STREAMNORM_INSTRUCTIONS", instructions)
    optimizers = [OPTIMIZERS[optimizer](rate) for rate in AUTO_RATES[optimizer]]
    networks = [Network([Dense(4), Dense(3)], o.slots, "float64", seed=3) for o in optimizers]
    target = Standardizer(0.0, 10.0, "float64") if type(loss) in (Huber, SquaredError) else None
    learner = Learner(Mixture(networks, optimizers), Standardizer(0.0, 5.0, "float32"), target, loss, engine)
    if not isinstance(loss, Reconstruction):
        learner.add_outputs(TARGETS)
    return learner


def stream(loss, samples=SAMPLES):
    rng = np.random.default_rng(2016)
    X = rng.standard_normal((samples, INPUTS)) @ rng.standard_normal((INPUTS, INPUTS)) + 3.0
    Y = np.sin(X[:, :TARGETS]) * X[:, 1 : TARGETS + 1] + rng.standard_t(2, (samples, TARGETS))
    if isinstance(loss, SigmoidCrossEntropy):
        Y = (Y > 0.0).astype(float)
    Y[rng.random(Y.shape) < 0.4] = np.nan
    for x, y, absent in zip(X.tolist(), Y.tolist(), rng.random(X.shape) < 0.2, strict=True):
        sample = {j: value for j, value in enumerate(x) if not absent[j]}
        yield sample, [] if isinstance(loss, Reconstruction) else y


def arrays(learner):
    for network, optimizer in zip(learner.mixture.networks, learner.mixture.optimizers, strict=True):
        network.settle(optimizer.decays)
    own = learner.mixture.arrays()
    return own | ({f"target.{key}": value for key, value in learner.target.arrays().items()} if learner.target else {})


@pytest.mark.parametrize("loss", LOSSES, ids=name)
@pytest.mark.parametrize("other", OTHERS)
def test_engines_agree(other, loss, monkeypatch):
    samples = 200 if other == "autograd" else SAMPLES
    learner, expected = build(other, monkeypatch, loss), build("reference", monkeypatch, loss)
    for x, y in stream(loss, samples):
        outputs = [*range(expected.mixture.fan_out)]
        told, right = learner.predict(x, outputs), expected.predict(x, outputs)
        np.testing.assert_allclose([*told.values()], [*right.values()], rtol=0.0, atol=1e-10)
        learner.learn(x, y, 1.0)
        expected.learn(x, y, 1.0)
    right = arrays(expected)
    for key, array in arrays(learner).items():
        # As in test_parity.py: roundings of 1e-16 in another order, amplified by the steps.
        np.testing.assert_allclose(array, right[key], rtol=0.0, atol=1e-10, err_msg=key)


@pytest.mark.parametrize("loss", LOSSES[:3], ids=name)
@pytest.mark.parametrize("engine", ENGINES)
def test_an_unknown_target_leaves_its_row_of_the_head_and_its_statistics(engine, loss, monkeypatch):
    learner = build(engine, monkeypatch, loss)
    for x, y in stream(loss, 50):
        learner.learn(x, y, 1.0)
    before = {key: array.copy() for key, array in learner.mixture.arrays().items()}
    count = learner.target.count.tolist() if learner.target else None
    learner.learn(x, [np.nan, 1.0, np.nan], 1.0)
    for key, array in learner.mixture.arrays().items():
        if key.endswith(("2.W", "2.b")):  # The head of each replica.
            assert np.array_equal(array[[0, 2]], before[key][[0, 2]])
            assert not np.array_equal(array[1], before[key][1])
    if count:
        assert learner.target.count.tolist() == [count[0], count[1] + 1, count[2]]


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_learned_where_no_target_is_known(engine, monkeypatch):
    learner = build(engine, monkeypatch, Huber())
    for x, y in stream(Huber(), 50):
        learner.learn(x, y, 1.0)
    before = [p.value.copy() for n in learner.mixture.networks for layer in n.parameters for p in layer.values()]
    counted = learner.standardizer.count.sum()
    learner.learn(x, [np.nan] * TARGETS, 1.0)
    after = [p.value for n in learner.mixture.networks for layer in n.parameters for p in layer.values()]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert learner.standardizer.count.sum() == counted + len(x)  # Its features are known all the same.


@pytest.mark.parametrize("engine", ENGINES)
def test_a_reconstruction_tells_how_far_off_each_input_is(engine, monkeypatch):
    learner = build(engine, monkeypatch, Reconstruction())
    for value in (1.0, 3.0):
        learner.learn({"a": value, "b": 10.0 * value}, [], 1.0)
    # Mean 2 and 20, standard deviation 1 and 10: what comes in is 2 and -1.
    head = learner.mixture.networks[0].parameters[-1]
    for network in learner.mixture.networks:
        network.parameters[-1]["W"].value[...] = 0.0
        network.parameters[-1]["b"].value[...] = [0.5, 0.25]
    assert head["b"].value.tolist() == [0.5, 0.25]
    learner.connect()
    told = learner.predict({"a": 4.0, "b": 10.0}, ["a", "b"])
    np.testing.assert_allclose([told["a"], told["b"]], [0.5 - 2.0, 0.25 + 1.0], rtol=0.0, atol=1e-12)
    assert learner.predict({"a": 4.0}, ["a", "b"])["b"] == 0.0


@pytest.mark.parametrize("loss", LOSSES, ids=name)
@pytest.mark.parametrize("engine", ENGINES)
def test_samples_without_a_target_say_nothing_of_the_learning_rates(engine, loss, monkeypatch):
    """Months without labels must not wear down what the mixture knows."""
    learner = build(engine, monkeypatch, loss)
    for x, y in stream(loss, 50):
        learner.learn(x, y, 1.0)
    mixture = learner.mixture
    before = mixture.weights.tolist(), mixture.smoothed.tolist(), mixture.samples.tolist()
    assert len(set(before[0])) == len(before[0])
    for x, _ in stream(loss, 20):
        empty = isinstance(loss, Reconstruction)  # Of which a sample without features has no targets.
        learner.learn({} if empty else x, [] if empty else [np.nan] * TARGETS, 1.0)
    assert (mixture.weights.tolist(), mixture.smoothed.tolist(), mixture.samples.tolist()) == before
