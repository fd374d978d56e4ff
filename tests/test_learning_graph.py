"""The learning step as a graph, beside the live model: the same predictions before every step, the same arrays after.

In float64 both agree within 1e-9: each rounds 1e-16, in another order, and every step carries that on; 1e-11 was
measured. In float32 they round 6e-8, and after 5,000 steps SGD and Adam were 5e-6 apart in a prediction.

A constant feature is not in the long streams: RMSprop takes full steps on its weights however small their gradients
are, and there the engines of the library part from each other as well.
"""

import numpy as np
import onnx
import pytest
from devices import assert_arrays_are_close, device_of, settled
from onnx.reference import ReferenceEvaluator

import streamnorm
from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.activations import ACTIVATIONS
from streamnorm.export import to_onnx
from streamnorm.optim import SGD

RATES = {"sgd": 0.03, "rmsprop": 0.003, "adam": 0.003}


def stream(n, features=32, classes=3, missing=0.05, constant=0, seed=7):
    """Features of many means and scales, spiked now and then, missing now and then, some of them constant."""
    rng = np.random.default_rng(seed)
    mean, sd = 10.0 * rng.standard_normal(features), np.exp(rng.uniform(-3.0, 3.0, features))
    sd[:constant] = 0.0
    truth = rng.standard_normal((features, classes))
    for z in rng.standard_normal((n, features)):
        score = np.tanh(z) @ truth + rng.standard_normal(classes)
        z[rng.integers(features)] *= 1000.0 if rng.random() < 0.01 else 1.0
        x = {f"x{j}": float(mean[j] + sd[j] * z[j]) for j in np.flatnonzero(rng.random(features) >= missing)}
        target = 50.0 + 20.0 * score[0] * (100.0 if rng.random() < 0.005 else 1.0)
        yield x, int(score.argmax()), float(target)


def classified(n, **arguments):
    return [(x, label) for x, label, _ in stream(n, **arguments)]


def valued(n, **arguments):
    return [(x, target) for x, _, target in stream(n, **arguments)]


TASKS = pytest.mark.parametrize(("estimator", "rows"), [(NormPropClassifier, classified), (NormPropRegressor, valued)])
UNIT = 50.0  # Of the targets' size; differences of values are counted in it.


def started(estimator, rows, **arguments):
    model = estimator(**{"hidden": (16, 8), "seed": 1, **arguments})
    for x, y in rows:
        model.learn_one(x, y)
    return model


def live_prediction(model, x):
    if isinstance(model, NormPropClassifier):
        return [*model.predict_proba_one(x).values()]
    return [model.predict_one(x) / UNIT]


def side_by_side(model, device, rows, tolerance, weights=(1.0,)):
    """What the graph gives in a step is the prediction of before the step."""
    unit = UNIT if isinstance(model, NormPropRegressor) else 1.0
    live, graph = [], []
    for k, (x, y) in enumerate(rows):
        live.append(live_prediction(model, x))
        weight = weights[k % len(weights)]
        model.learn_one(x, y, weight)
        device.learn_one(x, y, weight)
        graph.append(device._session.prediction.ravel() / unit)
    np.testing.assert_allclose(np.array(graph), np.array(live), rtol=0, atol=tolerance)


def assert_same(model, device, path, tolerance):
    device.save(path)
    assert_arrays_are_close(streamnorm.load_edge(path), model, tolerance)


@pytest.mark.parametrize(
    ("estimator", "rows", "auto", "n"),
    [
        (NormPropClassifier, classified, True, 5_000),
        (NormPropRegressor, valued, False, 5_000),
        (NormPropClassifier, classified, False, 1_000),
        (NormPropRegressor, valued, True, 1_000),
    ],
)
@pytest.mark.parametrize("optimizer", RATES)
def test_float64(estimator, rows, auto, n, optimizer, tmp_path):
    rows = rows(50 + n)
    rate = "auto" if auto else RATES[optimizer]
    model = started(estimator, rows[:50], optimizer=optimizer, learning_rate=rate, dtype="float64")
    device = device_of(model, tmp_path / "m.onnx")
    side_by_side(model, device, rows[50:], tolerance=1e-9)
    assert_same(model, device, tmp_path / "m.onnx", tolerance=1e-9)


@pytest.mark.parametrize(
    ("estimator", "rows", "auto"), [(NormPropClassifier, classified, True), (NormPropRegressor, valued, False)]
)
@pytest.mark.parametrize("optimizer", RATES)
def test_5000_samples_in_float32(estimator, rows, auto, optimizer, tmp_path):
    rows = rows(5_050)
    model = started(estimator, rows[:50], optimizer=optimizer, learning_rate="auto" if auto else RATES[optimizer])
    device = device_of(model, tmp_path / "m.onnx")
    side_by_side(model, device, rows[50:], tolerance=5e-5)


@TASKS
@pytest.mark.parametrize("auto", [False, True], ids=["one rate", "mixture"])
@pytest.mark.parametrize("optimizer", RATES)
def test_onnx_reference_computes_the_same(estimator, rows, optimizer, auto):
    rows = rows(250, features=8)
    rate = "auto" if auto else RATES[optimizer]
    model = started(estimator, rows[:50], optimizer=optimizer, learning_rate=rate, dtype="float64")
    proto = to_onnx(model, learn=True)
    assert {node.domain for node in proto.graph.node} == {""}
    assert [(opset.domain, opset.version) for opset in proto.opset_import] == [("", 13)]
    onnx.checker.check_model(proto, full_check=True)
    names = [output.name for output in proto.graph.output]
    graph, state = ReferenceEvaluator(proto), {}
    unit = UNIT if estimator is NormPropRegressor else 1.0
    for x, y in rows[50:]:
        row = np.array([[x.get(name, np.nan) for name in model.features_]], np.float32)
        target = np.array([y if estimator is NormPropRegressor else model.classes_.index(y)])
        results = dict(zip(names, graph.run(None, {"x": row, "y": target, **state}), strict=True))
        live = live_prediction(model, x)
        np.testing.assert_allclose(results.pop(names[0]).ravel() / unit, live, rtol=0, atol=1e-9)
        state = {name.replace("next.", "state."): array for name, array in results.items()}
        model.learn_one(x, y)


def test_names_and_types():
    rows = classified(60, features=4)
    proto = to_onnx(started(NormPropClassifier, rows, optimizer="adam"), learn=True, spare_classes=2)

    def described(values):
        return {
            v.name: [v.type.tensor_type.elem_type, *(d.dim_value for d in v.type.tensor_type.shape.dim)] for v in values
        }

    FLOAT, DOUBLE, INT64 = onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE, onnx.TensorProto.INT64
    size = 16 * 4 + 2 * 16 + 8 * 16 + 2 * 8 + 5 * 8 + 5
    state = {
        **{name: [FLOAT, 3, 1, size] for name in ("theta", "m", "v")},
        "steps": [INT64, 3, 1, 1],
        "low": [FLOAT, 3, 1, 24],
        "high": [FLOAT, 3, 1, 24],
        **{name: [DOUBLE, 1, 4] for name in ("count", "mean", "variance")},
        "weights": [DOUBLE, 1, 3],
        "smoothed": [DOUBLE, 1, 3],
        "samples": [INT64, 1],
        "classes": [INT64, 1],
    }
    inputs, outputs = described(proto.graph.input), described(proto.graph.output)
    sample = {"x": [FLOAT, 1, 4], "y": [INT64, 1], "weight": [DOUBLE, 1]}
    assert list(inputs.items()) == [*sample.items(), *((f"state.{name}", kind) for name, kind in state.items())]
    prediction = {"probabilities": [DOUBLE, 1, 5]}
    assert list(outputs.items()) == [*prediction.items(), *((f"next.{name}", kind) for name, kind in state.items())]
    # All but the sample have a default: the file is complete.
    assert {array.name for array in proto.graph.initializer} >= inputs.keys() - {"x", "y"}


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(9,), (8, 6, 5)])
def test_activations(activation, hidden, tmp_path):
    rows = classified(250, features=6)
    model = started(NormPropClassifier, rows[:50], activation=activation, hidden=hidden, dtype="float64")
    device = device_of(model, tmp_path / "m.onnx")
    side_by_side(model, device, rows[50:], tolerance=1e-9)
    single = started(NormPropClassifier, rows[:50], activation=activation, hidden=hidden, learning_rate=0.003)
    device = device_of(single, tmp_path / "m.onnx")
    side_by_side(single, device, rows[50:], tolerance=1e-5)


@TASKS
@pytest.mark.parametrize(
    "arguments",
    [
        {"hidden": ()},
        {"hidden": (), "learning_rate": 0.01},
        {"standardize": False},
        {"standardize": False, "learning_rate": 0.01},
        {"fading_factor": 0.05},
        {"optimizer": "adam", "learning_rate": 1.0},
    ],
    ids=str,
)
def test_arguments(estimator, rows, arguments, tmp_path):
    rows = rows(350, features=5, constant=1, missing=0.2)
    model = started(estimator, rows[:50], dtype="float64", **arguments)
    device = device_of(model, tmp_path / "m.onnx")
    side_by_side(model, device, rows[50:], tolerance=1e-9, weights=(1.0, 0.0, 0.3, 40.0))
    assert_same(model, device, tmp_path / "m.onnx", tolerance=1e-9)


def test_squared_error(tmp_path):
    rows = valued(350, features=5)
    model = started(NormPropRegressor, rows[:50], loss="squared_error", dtype="float64")
    device = device_of(model, tmp_path / "m.onnx")
    side_by_side(model, device, rows[50:], tolerance=1e-9)
    assert_same(model, device, tmp_path / "m.onnx", tolerance=1e-9)


def test_a_hopeless_replica_starts_again_from_the_leader(tmp_path):
    rows = classified(1_020, features=8, missing=0.0)
    model = NormPropClassifier((8,), optimizer="sgd", dtype="float64", seed=1)
    model._learner.mixture.optimizers = (SGD(0.03), SGD(1e-6), SGD(0.02))  # The second learns nothing.
    model._learner.connect()
    for x, y in rows[:50]:
        model.learn_one(x, y)
    device = device_of(model, tmp_path / "m.onnx")
    second = {}
    for start, until in ((50, 980), (980, 1_020)):
        side_by_side(model, device, rows[start:until], tolerance=1e-9)
        assert_same(model, device, tmp_path / "m.onnx", tolerance=1e-9)
        weights = device._session.state["state.theta"][1].ravel()
        second[until] = weights[-27:].copy()  # The head: 3 x 8 weights, and 3 biases.
    assert np.abs(second[980]).max() < 1e-3
    assert np.abs(second[1_020]).max() > 0.1


@pytest.mark.parametrize("auto", [False, True], ids=["one rate", "mixture"])
@pytest.mark.parametrize("optimizer", RATES)
def test_no_step_without_an_error(optimizer, auto, tmp_path):
    # The target is constant: its standardised value is 0, and so is the output of a new network.
    rows = [(x, 5.0) for x, _ in valued(80, features=4)]
    rate = "auto" if auto else RATES[optimizer]
    model = started(NormPropRegressor, rows[:40], optimizer=optimizer, learning_rate=rate)
    device = device_of(model, tmp_path / "m.onnx")
    before = {name: array.copy() for name, array in device._session.state.items()}
    side_by_side(model, device, rows[40:], tolerance=0.0)
    after = device._session.state
    assert (after["state.steps"] == 0).all()
    for name in before.keys() & {"state.theta", "state.m", "state.v", "state.low", "state.high"}:
        np.testing.assert_array_equal(after[name], before[name])
    assert (after["state.count"] > before["state.count"]).all()


@pytest.mark.parametrize("auto", [False, True], ids=["one rate", "mixture"])
@pytest.mark.parametrize("optimizer", RATES)
def test_no_step_where_the_gradient_is_not_finite(optimizer, auto, tmp_path):
    rows = classified(70, features=4)
    rate = "auto" if auto else RATES[optimizer]
    model = started(NormPropClassifier, rows[:50], optimizer=optimizer, learning_rate=rate)
    for network in model._learner.mixture.networks:
        network.parameters[-1]["W"].value[:2] = [[1e25], [-1e25]]  # The square of what goes back is beyond float32.
    device = device_of(model, tmp_path / "m.onnx")
    before = settled(streamnorm.load_edge(tmp_path / "m.onnx"))
    for x, _ in rows[50:]:
        model.learn_one(x, 2)  # Never likely, so that there always is an error.
        device.learn_one(x, 2)
    assert_same(model, device, tmp_path / "m.onnx", tolerance=1e-6)
    after = settled(streamnorm.load_edge(tmp_path / "m.onnx"))
    for name in before:
        if name.startswith("network.0."):
            np.testing.assert_array_equal(after[name], before[name])
    assert (after["features.count"] > before["features.count"]).all()


@TASKS
def test_a_diverged_replica_starts_again_from_the_leader(estimator, rows, tmp_path):
    rows = rows(80, features=4)
    model = started(estimator, rows[:50], dtype="float64")
    device = device_of(model, tmp_path / "m.onnx")
    head = model._learner.mixture.networks[2].parameters[-1]["W"].value
    head[:] = np.inf
    state = device._session.state["state.theta"]
    state[2, 0, -head.size - len(head) : -len(head)] = np.inf
    model.learn_one(*rows[50])
    device.learn_one(*rows[50])
    side_by_side(model, device, rows[51:], tolerance=1e-9)
    assert_same(model, device, tmp_path / "m.onnx", tolerance=1e-9)


@pytest.mark.parametrize("auto", [False, True], ids=["one rate", "mixture"])
def test_there_is_no_such_class(auto):
    rows = classified(60, features=4)
    rate = "auto" if auto else 0.003
    proto = to_onnx(started(NormPropClassifier, rows, learning_rate=rate), learn=True)
    with pytest.raises(IndexError):
        ReferenceEvaluator(proto).run(None, {"x": np.zeros((1, 4), np.float32), "y": np.array([3])})


def test_what_is_infinite_is_absent(tmp_path):
    rows = classified(60, features=4, missing=0.0)
    proto = to_onnx(started(NormPropClassifier, rows), learn=True)
    absent, infinite = (
        ReferenceEvaluator(proto).run(None, {"x": np.array([[0.1, x, 0.2, 0.3]], np.float32), "y": np.array([1])})
        for x in (np.nan, np.inf)
    )
    for one, other in zip(absent, infinite, strict=True):
        np.testing.assert_array_equal(one, other)
    assert all(np.isfinite(array).all() for array in infinite)


def test_a_class_is_predicted_from_the_step_after_its_first_on():
    rows = [(x, y) for x, y in classified(100, features=4) if y < 2]
    proto = to_onnx(started(NormPropClassifier, rows), learn=True, spare_classes=1)
    probabilities, *_ = ReferenceEvaluator(proto).run(None, {"x": np.zeros((1, 4), np.float32), "y": np.array([2])})
    assert probabilities[0, 2] == 0.0
    assert probabilities.sum() == pytest.approx(1.0, abs=1e-12)


def test_exporting_changes_nothing():
    rows = classified(60, features=4)
    model, twin = (started(NormPropClassifier, rows, optimizer="adam") for _ in range(2))
    to_onnx(model, learn=True, spare_classes=3)
    for name, array in twin._arrays().items():
        np.testing.assert_array_equal(model._arrays()[name], array)
