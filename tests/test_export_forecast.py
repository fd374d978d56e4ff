"""A forecaster's file gives what the live model forecasts; what it cannot do is an error."""

import math
from collections import deque

import numpy as np
import onnxruntime
import pytest
from mutants import sealed_proto
from river import compose, datasets

from streamnorm import NormPropForecaster, NormPropRegressor
from streamnorm.export import EdgeForecaster, EdgeModel, to_c, to_onnx

SERIES = [float(y) for _, y in datasets.AirlinePassengers()]
# The file's network is float32; the forecasts are some hundreds.
CLOSE = {"rtol": 1e-5, "atol": 0.0}


def month(i):
    return {"sin": math.sin(i * math.pi / 6), 2: i % 5}


def learned(features=None, values=SERIES, **arguments):
    model = NormPropForecaster(**{"lags": 3, "horizon": 4, "season": 6, "hidden": (8,), "seed": 1, **arguments})
    for i, y in enumerate(values):
        model.learn_one(y, features(i) if features else None)
    return model


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"season": None},
        {"season": 12, "horizon": 15},
        {"hidden": ()},
        {"learning_rate": "auto", "optimizer": "adam", "dtype": "float64"},
        {"standardize": False, "activation": "gelu"},
    ],
    ids=str,
)
@pytest.mark.parametrize("features", [None, month], ids=["values", "features"])
def test_the_file_forecasts_as_the_model(features, arguments, tmp_path):
    model = learned(features, SERIES[:100], **{"learning_rate": 0.01, **arguments})
    xs = [month(i) for i in range(100, 100 + model.horizon)] if features else None
    to_onnx(model, tmp_path / "model.onnx")
    edge = EdgeForecaster(tmp_path / "model.onnx")
    assert edge.horizon == model.horizon
    told = edge.forecast(SERIES[:100], xs)
    np.testing.assert_allclose(told, model.forecast(model.horizon, xs), **CLOSE)
    # The network has a part in it.
    naive = model._series.naive
    assert not np.allclose(told, naive.mean(naive.forecasts(np.array(SERIES[:100]), 100)), **CLOSE)


def test_a_feature_that_is_absent_ahead_counts_as_its_mean(tmp_path):
    model = learned(month, learning_rate=0.01)
    to_onnx(model, tmp_path / "model.onnx")
    xs = [{"sin": 0.5}, {}, {2: 3, "unseen": 1.0}, month(3)]
    np.testing.assert_allclose(
        EdgeForecaster(tmp_path / "model.onnx").forecast(SERIES, xs), model.forecast(4, xs), **CLOSE
    )


def test_features_that_appear_late_find_their_columns(tmp_path):
    model = learned(lambda i: month(i) if i > 70 else {"z": i % 3}, learning_rate=0.01)
    to_onnx(model, tmp_path / "model.onnx")
    xs = [{**month(i), "z": 1.0} for i in range(4)]
    np.testing.assert_allclose(
        EdgeForecaster(tmp_path / "model.onnx").forecast(SERIES, xs), model.forecast(4, xs), **CLOSE
    )


def test_differences_of_large_values_keep_their_digits(tmp_path):
    values = [1e9 + y for y in SERIES]
    model = learned(values=values, learning_rate=0.01)
    to_onnx(model, tmp_path / "model.onnx")
    told = EdgeForecaster(tmp_path / "model.onnx").forecast(values)
    # To 1e-3 of passengers where the values are in billions, which a float32 knows to 64.
    np.testing.assert_allclose(told, model.forecast(4), rtol=0.0, atol=1e-3)


@pytest.mark.parametrize("features", [None, month], ids=["values", "features"])
def test_further_than_the_horizon_and_less_far(features, tmp_path):
    model = learned(features, learning_rate=0.01)
    to_onnx(model, tmp_path / "model.onnx")
    edge = EdgeForecaster(tmp_path / "model.onnx")
    for horizon in (2, 4, 11):
        xs = [month(i) for i in range(horizon)] if features else None
        np.testing.assert_allclose(edge.forecast(SERIES, xs, horizon=horizon), model.forecast(horizon, xs), **CLOSE)
    with pytest.raises(ValueError, match="horizon is an int of 1 or more, not 0"):
        edge.forecast(SERIES, horizon=0)


def test_a_batch_is_its_rows():
    model = learned(learning_rate=0.01)
    proto = to_onnx(model)
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    needed = model._series.history.needed
    rows = np.array([SERIES[i : i + needed] for i in range(5)])
    (told,) = session.run(["forecast"], {"values": rows})
    assert told.shape == (5, 4)
    for row, forecast in zip(rows, told, strict=True):
        (alone,) = session.run(["forecast"], {"values": row[None]})
        # Kernels for several rows may sum in another order.
        np.testing.assert_allclose(forecast, alone[0], **CLOSE)


def test_the_best_replica_alone(tmp_path):
    model = learned(learning_rate="auto")
    leader = model._learner.mixture.leader
    to_onnx(model, tmp_path / "model.onnx", which="best")
    model._learner.mixture.weights[:] = np.eye(3)[leader]
    np.testing.assert_allclose(EdgeForecaster(tmp_path / "model.onnx").forecast(SERIES), model.forecast(4), **CLOSE)


def test_what_a_file_cannot_do_is_an_error(tmp_path):
    model = learned()
    with pytest.raises(ValueError, match="has learned no window"):
        to_onnx(NormPropForecaster())
    for export in (lambda: to_c(model, tmp_path / "c"), lambda: to_onnx(compose.Select("sin") | model)):
        with pytest.raises(TypeError, match="neither in a pipeline nor in C"):
            export()
    to_onnx(model, tmp_path / "model.onnx")
    with pytest.raises(ValueError, match="it is a forecaster's: open it with EdgeForecaster"):
        EdgeModel(tmp_path / "model.onnx")
    edge = EdgeForecaster(tmp_path / "model.onnx")
    with pytest.raises(ValueError, match="looks at the latest 10 values, and there are 9"):
        edge.forecast(SERIES[:9])
    with pytest.raises(ValueError, match="the value of the series is nan, not a finite number"):
        edge.forecast([*SERIES, math.nan])
    to_onnx(learned(month), tmp_path / "model.onnx")
    edge = EdgeForecaster(tmp_path / "model.onnx")
    with pytest.raises(ValueError, match="give the forecast xs, a dict of features for each of the 4 steps ahead"):
        edge.forecast(SERIES)
    with pytest.raises(ValueError, match="xs has the features of 1 steps, and the horizon is 4"):
        edge.forecast(SERIES, [{}])


@pytest.mark.parametrize("features", [None, month], ids=["values", "features"])
@pytest.mark.parametrize(
    ("step", "match"),
    [(3, "is a dict of features, not 3"), ({"sin": "high"}, "'sin' is the text 'high'"), ({"new": math.inf}, "'new'")],
    ids=["no dict", "a text", "infinite"],
)
def test_features_ahead_are_checked_as_by_the_model(features, step, match, tmp_path):
    model = learned(features)
    to_onnx(model, tmp_path / "model.onnx")
    for forecast in (
        lambda xs: model.forecast(4, xs),
        lambda xs: EdgeForecaster(tmp_path / "model.onnx").forecast(SERIES, xs),
    ):
        with pytest.raises((TypeError, ValueError), match=match):
            forecast([{}, step, {}, {}])


def test_huge_features_ahead_and_a_deque_of_values(tmp_path):
    model = learned(month, learning_rate=0.01)
    to_onnx(model, tmp_path / "model.onnx")
    edge = EdgeForecaster(tmp_path / "model.onnx")
    xs = [{"sin": 1e200}, {2: -1e39}, {}, month(3)]  # Beyond a float32.
    told = edge.forecast(deque(SERIES, maxlen=edge.needed), xs)
    np.testing.assert_allclose(told, model.forecast(4, xs), **CLOSE)


@pytest.mark.parametrize(
    "props", [{"needed": "1000000000000"}, {"horizon": "1000000000000"}, {"features": "[]"}], ids=str
)
def test_metadata_that_does_not_fit_the_graph_is_refused_before_it_is_believed(props, tmp_path):
    proto = to_onnx(learned(month))
    for entry in proto.metadata_props:
        entry.value = props.get(entry.key, entry.value)
    (tmp_path / "model.onnx").write_bytes(sealed_proto(proto))
    with pytest.raises(ValueError, match="not as wide as its metadata says"):
        EdgeForecaster(tmp_path / "model.onnx")


def test_a_file_of_another_model_is_refused(tmp_path):
    model = NormPropRegressor(seed=1)
    model.learn_one({"a": 1.0}, 1.0)
    to_onnx(model, tmp_path / "model.onnx")
    with pytest.raises(ValueError, match="or not the file of a forecaster"):
        EdgeForecaster(tmp_path / "model.onnx")
