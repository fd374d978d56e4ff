"""Contributions of features: against a linear model worked out by hand, against torch's integrated gradients in many
steps, and summing to what they explain, wherever the sample lies."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from models import NATIVE, bits
from river import datasets

from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.activations import ACTIVATIONS
from streamnorm.engines.network_module import network_module
from streamnorm.explanation import contributions
from streamnorm.layers import Dense
from streamnorm.mixture import Mixture
from streamnorm.network import Network

STREAMS = {NormPropClassifier: datasets.Phishing, NormPropRegressor: datasets.TrumpApproval}
ESTIMATORS = pytest.mark.parametrize("estimator", STREAMS, ids=lambda estimator: estimator.__name__)


def trained(estimator, n=300, **arguments):
    model = estimator(**{"hidden": (16, 16), "seed": 1, **arguments})
    for x, y in STREAMS[estimator]().take(n):
        model.learn_one(x, y)
    return model, x


def wild(activation, depth=3):
    """A replica pair far from where learning starts: gains, biases and weights as they fall."""
    rng = np.random.default_rng(5)
    networks = [Network([Dense(12, activation) for _ in range(depth)], (), "float64", seed) for seed in (1, 2)]
    for network in networks:
        network.add_inputs(6)
        network.add_outputs(3)
        for layer in network.parameters:
            for parameter in layer.values():
                parameter.value += rng.standard_normal(parameter.value.shape)
    mixture = Mixture(networks, [])
    mixture.weights[:] = (0.3, 0.7)
    return mixture


def output_of(module, h):
    with torch.no_grad():
        return module(torch.from_numpy(h)).numpy()


def test_a_linear_model_by_hand():
    model = NormPropRegressor(hidden=(), learning_rate=0.1, seed=1, dtype="float64")
    for x, y in (({"a": 0.0, "b": 1.0}, 10.0), ({"a": 4.0, "b": 3.0}, 30.0)):
        model.learn_one(x, y)
    # Means 2 and 2, sd 2 and 1; the target's sd is 10.
    model._learner.mixture.networks[0].parameters[0]["W"].value[:] = [[0.5, -0.25]]
    explained = model.explain_one({"b": 4.0, "a": 3.0, "unknown": 7.0})
    assert [*explained] == ["a", "b"]
    assert explained == pytest.approx({"a": 10.0 * 0.5 * 0.5, "b": 10.0 * -0.25 * 2.0}, rel=1e-12)
    assert model.explain_one({"b": 4.0}) == pytest.approx({"b": -5.0}, rel=1e-12)
    assert model.explain_one({}) == {}


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_torch_integrates_the_same(activation):
    mixture, h = wild(activation), np.random.default_rng(6).standard_normal(6)
    expected = np.zeros(6)
    steps = 20_000
    for share, network in zip(mixture.weights, mixture.networks, strict=True):
        way = ((torch.arange(steps, dtype=torch.float64) + 0.5) / steps)[:, None] * torch.from_numpy(h)
        way.requires_grad_()
        torch.autograd.backward(network_module(network)(way)[:, 1].sum())
        expected += share * h * way.grad.mean(dim=0).numpy()
    # The midpoint rule in 20,000 steps: 1e-9 for what is smooth, 1e-4 where a kink falls into a step.
    np.testing.assert_allclose(contributions(mixture, h, output=1), expected, rtol=0.0, atol=2e-3)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@settings(max_examples=25, deadline=None)
@given(h=st.lists(st.floats(-5.0, 5.0), min_size=6, max_size=6), output=st.integers(0, 2), depth=st.integers(1, 4))
def test_contributions_sum_to_the_difference(activation, h, output, depth):
    mixture, h = wild(activation, depth), np.array(h)
    parts = contributions(mixture, h, output)
    difference = sum(
        share * (output_of(network_module(network), h) - output_of(network_module(network), np.zeros(6)))[output]
        for share, network in zip(mixture.weights, mixture.networks, strict=True)
    )
    assert parts.sum() == pytest.approx(difference, rel=0.0, abs=1e-6 * (np.abs(parts).sum() + 1e-9))


@ESTIMATORS
def test_explaining_changes_nothing(estimator):
    model, x = trained(estimator)
    before, prediction = bits(model), model.predict_one(x)
    model.explain_one({**x, "unknown": 1.0})
    assert bits(model) == before
    assert model.predict_one(x) == prediction


@ESTIMATORS
@pytest.mark.parametrize("engine", ["autograd", NATIVE])
def test_engines_explain_alike(estimator, engine):
    explained = [trained(estimator, 100, engine=name, dtype="float64") for name in ("reference", engine)]
    one, other = (model.explain_one(x) for model, x in explained)
    # What 100 samples of learning differ by, see test_parity.py.
    assert one == pytest.approx(other, rel=1e-7, abs=1e-9)


def test_a_regression_in_the_unit_of_its_target():
    model, x = trained(NormPropRegressor)
    moved = model.predict_one(x) - model.predict_one({})
    # predict_one computes in float32.
    assert sum(model.explain_one(x).values()) == pytest.approx(moved, rel=1e-4)


def test_the_predicted_class_or_a_named_one():
    model = NormPropClassifier(seed=1)
    assert model.explain_one({"a": 1.0}) == {}
    model, x = trained(NormPropClassifier, learning_rate=0.005)
    # Two classes: the logarithm of the odds, between the sample and the mean.
    explained = {label: sum(model.explain_one(x, label).values()) for label in (True, False)}
    (p, q), (p0, q0) = ([proba[label] for label in (True, False)] for proba in map(model.predict_proba_one, (x, {})))
    assert explained[True] - explained[False] == pytest.approx(np.log(p / q) - np.log(p0 / q0), rel=1e-4)
    assert model.explain_one(x) == model.explain_one(x, model.predict_one(x))


def test_errors_are_those_of_a_prediction():
    model, x = trained(NormPropClassifier)
    with pytest.raises(ValueError, match="'spam' is none of the outputs: "):
        model.explain_one(x, "spam")
    with pytest.raises(ValueError, match="is nan, not a finite number"):
        model.explain_one({**x, next(iter(x)): float("nan")})
