"""A forecaster that goes on learning from its file: beside the live model, through `save`, and home again."""

import math
import re

import numpy as np
import onnxruntime
import pytest
from click.testing import CliRunner
from devices import assert_arrays_are_close
from models import bits
from test_imports import HEAVY, modules_after

import streamnorm
from streamnorm import NormPropForecaster, NormPropRegressor
from streamnorm.cli.app import app
from streamnorm.export import EdgeForecaster, EdgeForecastLearner, EdgeLearner, EdgeModel, seal, to_onnx, wire

FIRST, ALL = 60, 1_060


def series(n=ALL):
    rng = np.random.default_rng(1)
    t = np.arange(n)
    return (100.0 + 10.0 * np.sin(2.0 * np.pi * t / 7.0) + 0.3 * rng.normal(size=n).cumsum()).tolist()


SERIES = series()


def day(i):
    """Features of a step, of which one is absent at times."""
    return {"sin": math.sin(i / 5.0), 2: i % 3} if i % 11 else {2: 1}


def nothing(i):
    return None


def learned(features=nothing, n=FIRST, **arguments):
    small = {"lags": 5, "horizon": 4, "season": 7, "hidden": (8,), "learning_rate": 0.01, "seed": 1}
    model = NormPropForecaster(**small | arguments)
    for i, y in enumerate(SERIES[:n]):
        model.learn_one(y, features(i))
    return model


def ahead(features, i, horizon):
    return None if features is nothing else [features(j) for j in range(i, i + horizon)]


def device_of(model, path, **arguments):
    to_onnx(model, path, learn=True, **arguments)
    return EdgeForecastLearner(path)


def memory(device):
    """All that learning changes, as values that can be compared."""
    arrays = device._session.state | device._series.arrays()
    return {name: array.tobytes() for name, array in arrays.items()}, list(device._series.beside.steps)


def side_by_side(model, device, features, stop, tolerance):
    """Each value learned by both, and every now and then forecast by both, further than the horizon."""
    for i in range(FIRST, stop):
        if i % 5 == 0:
            xs = ahead(features, i, 6)
            # The series is about 100.
            np.testing.assert_allclose(device.forecast(6, xs), model.forecast(6, xs), rtol=0.0, atol=100.0 * tolerance)
        model.learn_one(SERIES[i], features(i))
        device.learn_one(SERIES[i], features(i))


@pytest.mark.parametrize(
    ("features", "arguments"),
    [
        (nothing, {}),
        (nothing, {"season": None, "optimizer": "adam"}),
        (day, {"hidden": (), "optimizer": "sgd", "loss": "squared_error"}),
        (day, {"learning_rate": "auto", "fading_factor": 0.01}),
        (day, {"standardize": False, "hidden": (6, 5), "activation": "gelu"}),
    ],
    ids=["values", "no season", "linear", "mixture", "unscaled"],
)
def test_1000_values_in_float64_and_home_again(features, arguments, tmp_path):
    model = learned(features, dtype="float64", **arguments)
    device = device_of(model, tmp_path / "file.onnx")
    # Sums of float64 in another order, amplified by the steps; 1e-15 was measured.
    side_by_side(model, device, features, ALL, tolerance=1e-9)
    device.save(tmp_path / "file.onnx")
    home = streamnorm.load_edge(tmp_path / "file.onnx")
    assert home._get_params() == model._get_params()
    assert home._state() == model._state()
    # Single weights part faster than what they predict together; 1e-9 was measured in the worst.
    assert_arrays_are_close(home, model, tolerance=1e-7)
    # The network has a part in it.
    assert np.abs(home._series.naive.trust).max() > 0.1


def test_1000_values_in_float32(tmp_path):
    model = learned(day, learning_rate="auto")
    device = device_of(model, tmp_path / "file.onnx")
    # Two float32 networks, learning side by side; 1e-8 was measured.
    side_by_side(model, device, day, ALL, tolerance=1e-6)


@pytest.mark.parametrize("features", [nothing, day])
def test_saved_and_home_bit_for_bit(features, tmp_path):
    here, there = tmp_path / "here.onnx", tmp_path / "there.onnx"
    device = device_of(learned(features, learning_rate="auto"), here)
    for i in range(FIRST, 200):
        device.learn_one(SERIES[i], features(i))
    device.save(here)
    again, home = EdgeForecastLearner(here), streamnorm.load_edge(here)
    assert memory(again) == memory(device)
    assert again.forecast(9, ahead(features, 200, 9)) == device.forecast(9, ahead(features, 200, 9))
    # Home and away again: the file is as it was, all arrays of the network and of the series.
    to_onnx(home, there, learn=True)
    before, after = (wire.initializers(seal.read(path)) for path in (here, there))
    assert {name: array.tobytes() for name, array in before.items()} == {n: a.tobytes() for n, a in after.items()}
    home.save(tmp_path / "model")
    assert bits(streamnorm.load(tmp_path / "model")) == bits(home)


def test_the_best_rate_alone(tmp_path):
    model = learned(learning_rate="auto", dtype="float64")
    leader = model._learner.mixture.leader
    rate = [*model.learning_rates_][leader]
    device = device_of(model, tmp_path / "file.onnx", which="best")
    model._learner.mixture.weights[:] = np.eye(3)[leader]
    # float64, the same numbers in another order.
    np.testing.assert_allclose(device.forecast(4), model.forecast(4), rtol=1e-12)
    device.learn_one(100.0)
    device.save(tmp_path / "file.onnx")
    assert streamnorm.load_edge(tmp_path / "file.onnx").learning_rate == rate


def test_large_values_keep_their_digits(tmp_path):
    model = learned(n=0, dtype="float64")
    for y in SERIES[:FIRST]:
        model.learn_one(1e9 + y)
    device = device_of(model, tmp_path / "file.onnx")
    for y in SERIES[FIRST:100]:
        # float64 knows billions to 1e-7.
        np.testing.assert_allclose(device.forecast(4), model.forecast(4), rtol=0.0, atol=1e-5)
        model.learn_one(1e9 + y)
        device.learn_one(1e9 + y)


def test_features_that_the_file_does_not_know_are_ignored(tmp_path):
    known, strange = (device_of(learned(), tmp_path / "file.onnx") for _ in range(2))
    for i in range(FIRST, FIRST + 20):
        known.learn_one(SERIES[i])
        strange.learn_one(SERIES[i], {"unseen": i})
    assert memory(strange) == memory(known)
    assert strange.forecast(4, [{"unseen": 1.0}] * 4) == known.forecast(4)
    known, strange = (device_of(learned(day), tmp_path / "file.onnx") for _ in range(2))
    known.learn_one(1.0, {"sin": 0.5})
    strange.learn_one(1.0, {"sin": 0.5, "unseen": 1.0})
    assert memory(strange) == memory(known)
    strange.save(tmp_path / "file.onnx")
    assert streamnorm.load_edge(tmp_path / "file.onnx")._series.beside.steps[-1] == {"sin": 0.5}


def test_forecasting_and_what_raises_change_nothing(tmp_path):
    device = device_of(learned(day), tmp_path / "file.onnx")
    before = memory(device)
    device.forecast(6, [day(i) for i in range(6)])
    for y, x, error, message in (
        (math.nan, None, ValueError, "the value of the series is nan, not a finite number"),
        ("3", None, TypeError, "the text '3', not a number"),
        (3.0, {"sin": math.inf}, ValueError, "feature 'sin' is inf, not a finite number"),
        (3.0, {"unseen": "text"}, TypeError, "feature 'unseen' is the text 'text'"),
        (3.0, [1.0], TypeError, "is a dict of features"),
    ):
        with pytest.raises(error, match=message):
            device.learn_one(y, x)
    for horizon, xs, message in (
        (0, None, "horizon is an int of 1 or more, not 0"),
        (4, None, "give the forecast xs"),
        (4, [{}], "xs has the features of 1 steps, and the horizon is 4"),
    ):
        with pytest.raises(ValueError, match=message):
            device.forecast(horizon, xs)
    assert memory(device) == before


def test_what_a_learning_file_cannot_be_is_an_error():
    with pytest.raises(ValueError, match="has learned no window of the series yet"):
        to_onnx(NormPropForecaster(), learn=True)
    with pytest.raises(ValueError, match="a NormPropForecaster has none"):
        to_onnx(learned(), learn=True, spare_classes=1)
    with pytest.raises(ValueError, match="is not quantized"):
        to_onnx(learned(), learn=True, quantize="int8")


def test_every_file_says_what_opens_it(tmp_path):
    regressor = NormPropRegressor(seed=1)
    regressor.learn_one({"a": 1.0}, 2.0)
    forecasting, learning, other = (tmp_path / f"{name}.onnx" for name in ("forecasting", "learning", "other"))
    to_onnx(learned(), forecasting)
    to_onnx(learned(), learning, learn=True)
    to_onnx(regressor, other, learn=True)
    for device, path, message in (
        (EdgeModel, forecasting, "open it with EdgeForecaster"),
        (EdgeModel, learning, "open it with EdgeForecastLearner"),
        (EdgeLearner, learning, "open it with EdgeForecastLearner"),
        (EdgeForecaster, learning, "open it with EdgeForecastLearner"),
        (EdgeForecastLearner, other, "open it with EdgeLearner"),
        (EdgeForecastLearner, forecasting, "learn=True"),
    ):
        with pytest.raises(ValueError, match=message):
            device(path)


def test_the_command_tells_what_is_in_the_files(tmp_path):
    def shown(path):
        result = CliRunner().invoke(app, ["info", str(path)])
        if result.exit_code:
            return result.output
        return dict(line.split(maxsplit=1) for line in result.output.splitlines())

    model, path = learned(day), tmp_path / "file.onnx"
    to_onnx(model, path)
    found = shown(path)
    assert (found["model"], found["ahead"]) == ("forecast, exported to ONNX", "4 steps")
    assert found["features"].startswith("8: ")  # Two beside each step.
    to_onnx(model, path, learn=True)
    found = shown(path)
    assert (found["model"], found["ahead"]) == ("forecast, exported to ONNX, goes on learning", "4 steps")
    assert found["features"].startswith("19: ")  # And 5 lags, 6 seasonal changes.
    path.write_bytes(path.read_bytes()[:-1] + b"0")
    assert "was changed or damaged" in shown(path)
    model.save(tmp_path / "model")
    assert shown(tmp_path / "model")["ahead"] == "4: 1, 2, 3, 4"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("naive.shares", -1.0, "shares of the naive forecasts are not above 0"),
        ("history.values", 1e300, "larger than any that is taken"),
        ("history.values", math.nan, "history.values is not"),
        ("beside", math.inf, "is inf, not a finite number"),
    ],
)
def test_a_series_that_learning_cannot_have_left_is_refused(name, value, message, tmp_path):
    path = tmp_path / "file.onnx"
    device_of(learned(day), path)
    content = seal.unsealed(path.read_bytes())
    array = wire.initializers(content)[f"series.{name}"].copy()
    array.flat[0] = value
    path.write_bytes(seal.sealed(wire.with_arrays(content, {f"series.{name}": array})))
    for opened in (EdgeForecastLearner, streamnorm.load_edge):
        with pytest.raises(ValueError, match=re.escape(message)):
            opened(path)


def test_a_device_loads_numpy_and_onnxruntime_alone(tmp_path):
    path = str(tmp_path / "file.onnx")
    to_onnx(learned(day), path, learn=True)
    code = f"""
from streamnorm.export import EdgeForecastLearner
device = EdgeForecastLearner({path!r})
device.learn_one(100.0, {{"sin": 0.5}})
device.forecast(5, [{{}}] * 5)
device.save({path!r})
"""
    loaded = modules_after(code)
    assert {"numpy", "onnxruntime"} <= loaded
    assert {"river", *HEAVY} & loaded == {"onnxruntime"}


def test_the_graph_in_onnxruntime_alone(tmp_path):
    """What is a network's in the file, any runtime can run: the correction, before the step."""
    model = learned(dtype="float64")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # Defaults among the inputs are meant so.
    content = to_onnx(model, learn=True).SerializeToString()
    session = onnxruntime.InferenceSession(content, options)
    row = np.arange(len(model.features_), dtype=np.float32)[np.newaxis]
    shown = dict(zip(model.features_, row[0].tolist(), strict=True))
    (values,) = session.run(["values"], {"x": row, "y": np.zeros((1, 4))})
    # float64, a few dozen operations.
    np.testing.assert_allclose(values[0], model._correction(shown), rtol=1e-9)
