"""A forecaster whose filters slide along its lags."""

import copy

import numpy as np
import pytest
from models import NATIVE, bits
from mutants import edited
from river import datasets

import streamnorm
from streamnorm import AvgPool, Conv1d, GlobalMaxPool, MaxPool, NormPropForecaster
from streamnorm.engines.reference import Reference
from streamnorm.export import to_onnx

HIDDEN = (Conv1d(4, 5), GlobalMaxPool(), 8)
VALUES = [y for _, y in datasets.AirlinePassengers()]


def learned(n=100, **arguments):
    model = NormPropForecaster(**{"hidden": HIDDEN, "horizon": 3, "seed": 1, **arguments})
    for y in VALUES[:n]:
        model.learn_one(y)
    return model


@pytest.mark.parametrize("season", [None, 12])
@pytest.mark.parametrize("engine", [NATIVE, "reference"])
def test_what_filters_see_by_hand(season, engine):
    model = learned(season=season, engine=engine, learning_rate=0.01, dtype="float64")
    latest = np.array(VALUES[87:100])
    channels = [latest - latest[-1], latest - np.array(VALUES[75:88])][: 2 if season else 1]
    assert model.features_ == [*range(len(channels))]
    standardizer = model._learner.standardizer
    z = (np.float32(channels) - standardizer.center[:, None]) * standardizer.inverse_sd[:, None]
    h = np.float32(np.clip(z, -5.0, 5.0)).T.ravel().astype(float)
    (network,) = model._learner.mixture.networks
    target, naive = model._learner.target, model._series.naive
    correction = target.mean + target.sd * Reference(network, None, None).forward(h)
    mean = naive.mean(naive.forecasts(model._series.history.values, 100))
    # The engines agree to 1e-10, of forecasts of some hundreds.
    assert model.forecast(3) == pytest.approx((mean + naive.trust * correction).tolist(), rel=1e-10)


@pytest.mark.parametrize("hidden", [HIDDEN, "sensor", (MaxPool(2), AvgPool(2)), (Conv1d(2, 3, 2, "valid"), 4)], ids=str)
def test_saved_and_copied_it_goes_on_bit_for_bit(hidden, tmp_path):
    model = learned(60, hidden=hidden, season=12)
    model.save(tmp_path / "model")
    others = [streamnorm.load(tmp_path / "model"), copy.deepcopy(model)]
    for y in VALUES[60:]:
        for each in (model, *others):
            each.learn_one(y)
    assert all(bits(other) == bits(model) for other in others)
    assert all(other.forecast(7) == model.forecast(7) for other in others)
    assert bits(model.clone()) == bits(learned(0, hidden=hidden, season=12))


def test_features_beside_the_values_have_no_place():
    model = learned()
    before, series = bits(model), model._series.history.values.copy()
    for call in (lambda: model.learn_one(1.0, {"holiday": 1}), lambda: model.forecast(1, [{"holiday": 1}])):
        with pytest.raises(ValueError, match="features beside the values have no place in a window"):
            call()
    assert bits(model) == before
    np.testing.assert_array_equal(model._series.history.values, series)
    assert model.forecast(2, [{}, {}]) == model.forecast(2)


@pytest.mark.parametrize(
    ("hidden", "message"),
    [
        ("image", r"hidden='image' needs .*, not \(1, 13\)"),
        ("nonsense", "hidden is one of 'sensor', 'image'"),
        (None, "hidden is a tuple of layer widths"),
        ((MaxPool(14),), "a kernel of 14 does not fit into 13 positions"),
        ((8, GlobalMaxPool()), "has no positions to go along"),
    ],
)
def test_layers_that_have_no_place(hidden, message):
    with pytest.raises(ValueError, match=message):
        NormPropForecaster(hidden=hidden)


def test_it_is_not_exported_yet():
    for learn in (False, True):
        with pytest.raises(ValueError, match="filters slide along the values cannot be exported yet: give it widths"):
            to_onnx(learned(), learn=learn)


@pytest.mark.parametrize(
    "wild",
    [
        {"parameters": {"lags": 10**9}},
        {"parameters": {"lags": "12"}},
        {"parameters": {"season": 12}},
        {"parameters": {"season": 0.5}},
        {"parameters": {"input_shape": [1, 13]}},
        {"parameters": {"hidden": [8]}},
        {"parameters": {"hidden": "image"}},
        {"state": {"features": ["lag 1"]}},
        {"state": {"features": [0, 1]}},
        {"state": {"beside": [[["holiday"], [1.0]]]}},
    ],
    ids=str,
)
def test_a_file_with_wild_contents_is_refused(wild, tmp_path):
    learned(40).save(tmp_path / "model")
    content = (tmp_path / "model").read_bytes()
    for part, values in wild.items():
        content = edited(content, lambda _, about, part=part, values=values: about[part].update(values))
    (tmp_path / "model").write_bytes(content)
    with pytest.raises(ValueError, match="is not a streamnorm model, or is damaged"):
        streamnorm.load(tmp_path / "model")
