"""The report on a model's layers: what NormProp promises where learning starts, and torch's numbers after it."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
import torch
from models import bits
from river import datasets

from streamnorm import NormPropClassifier
from streamnorm.engines.network_module import network_module
from streamnorm.health import layers
from streamnorm.layers import Dense
from streamnorm.network import Network


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
def test_at_the_start_mean_0_and_sd_1(activation):
    network = Network([Dense(64, activation)], (), "float64", seed=1)
    network.add_inputs(32)
    h = np.random.default_rng(7).standard_normal((20_000, 32))
    (layer,) = layers(network, h / network.parameters[0]["g"].value[0])  # The gain of 1 / 1.21 taken off again.
    # 20,000 samples, 64 units that are not independent: 0.01 is more than three standard errors.
    assert layer["mean"] == pytest.approx(0.0, abs=0.01)
    assert layer["sd"] == pytest.approx(1.0, abs=0.01)
    assert layer["dead"] == 0.0
    assert layer["gain"] == pytest.approx((1 / 1.2112, 1 / 1.2112), abs=0.01)
    assert layer["norm"] == pytest.approx((1.0, 1.0), abs=1e-12)


def test_torch_finds_the_same_after_learning(tmp_path):
    model = NormPropClassifier((16, 8), dtype="float64", seed=1)
    stream = [*datasets.ImageSegments().take(500)]
    for x, y in stream:
        model.learn_one(x, y)
    before, learner = bits(model), model._learner
    report = model.health(x for x, _ in stream[:100])
    assert bits(model) == before
    assert (report["samples"], report["learning_rates"]) == (100, model.learning_rates_)
    network = learner.mixture.networks[learner.mixture.leader]
    h = torch.tensor([[x[name] for name in model.features_] for x, _ in stream[:100]], dtype=torch.float32).double()
    mean, inverse_sd = (torch.from_numpy(a) for a in (learner.standardizer.center, learner.standardizer.inverse_sd))
    a = ((h - mean) * inverse_sd).clamp(-5.0, 5.0).float().double()
    module = network_module(network)
    for k, layer in enumerate(report["layers"]):
        with torch.no_grad():
            a = module[2 * k + 1](module[2 * k](a))
        assert layer["mean"] == pytest.approx(float(a.mean()), rel=1e-9)
        assert layer["sd"] == pytest.approx(float(a.var(dim=0, correction=0).mean().sqrt()), rel=1e-9)
        norms, gains = module[2 * k].weight.detach().norm(dim=1), module[2 * k].gain.detach()
        assert layer["norm"] == pytest.approx((float(norms.min()), float(norms.max())), rel=1e-12)
        assert layer["gain"] == (float(gains.min()), float(gains.max()))


def test_dead_units_by_hand_and_the_picture(tmp_path):
    model = NormPropClassifier((4,), learning_rate=0.01, seed=1)
    for x, y in datasets.Phishing().take(50):
        model.learn_one(x, y)
    network = model._learner.mixture.networks[0]
    network.parameters[0]["b"].value[:1] = -1e6
    network.reach[0][1, :1] = 0.0
    for report in (model.health(), model.health([x])):
        assert report["layers"][0]["dead"] >= 0.25
    assert model.health()["layers"][0]["dead"] == 0.25
    assert model.health()["layers"][0]["mean"] is None
    report = model.health([x])
    report.to_svg(tmp_path / "health.svg")
    picture = ET.parse(tmp_path / "health.svg").getroot()
    words = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "layer 1: 4" in words
    assert f"{report['layers'][0]['dead']:.0%}" in words


def test_samples_may_come_from_a_loop_that_learns():
    model = NormPropClassifier((4,), seed=1)

    def learning():
        for i, (x, y) in enumerate(datasets.Phishing().take(10)):
            model.learn_one({**x, f"new {i}": 1.0}, y)
            yield x

    assert model.health(learning())["samples"] == 10


@pytest.mark.parametrize("samples", [3, {"a": 1.0}])
def test_one_sample_is_not_several(samples):
    with pytest.raises(TypeError, match="health looks at several samples: give it a list of dicts, not"):
        NormPropClassifier().health(samples)
