"""Several labels or targets at once in exported files: predicting, learning, and the way home."""

import math

import numpy as np
import onnx
import pytest
from devices import assert_arrays_are_close
from onnx.reference import ReferenceEvaluator
from river import compose, datasets, preprocessing

import streamnorm
from streamnorm import NormPropMultiLabelClassifier, NormPropMultiTargetRegressor
from streamnorm.export import EdgeLearner, EdgeModel, to_onnx

BOTH = pytest.mark.parametrize("estimator", [NormPropMultiLabelClassifier, NormPropMultiTargetRegressor])
UNITS = {"up": 1.0, "down": 1.0, "far": 7.0}


def stream(estimator, n, seed=2016):
    """Samples of which some features and some targets are missing."""
    rng = np.random.default_rng(seed)
    for _ in range(n):
        a, b, c, noise = rng.standard_normal(4).tolist()
        x = {name: value for name, value in {"a": a, "b": 1e3 + b, "c": c}.items() if rng.random() < 0.9}
        y = {"up": a - b, "down": c * a, "far": 100.0 + 7.0 * b + noise}
        if estimator is NormPropMultiLabelClassifier:
            y = {"up": a > b, "down": c > 0, "far": b + noise > 1}
        yield x, {name: value for name, value in y.items() if rng.random() < 0.7}


def learned(estimator, n=100, **arguments):
    model = estimator(**{"hidden": (8, 4), "seed": 1, **arguments})
    for x, y in stream(estimator, n):
        model.learn_one(x, y)
    return model


def numbers(model, x):
    """What a model says of a sample: a probability, or a value in standard deviations, by the name of the target."""
    if hasattr(model, "labels_") or "label" in getattr(model, "task", ""):
        return {label: p[True] for label, p in model.predict_proba_one(x).items()}
    return {name: value / UNITS.get(name, 1.0) for name, value in model.predict_one(x).items()}


def assert_alike(device, live, x, tolerance):
    expected = numbers(live, x)
    found = numbers(device, x)
    assert list(found) == list(expected)
    assert [*found.values()] == pytest.approx([*expected.values()], abs=tolerance)


@BOTH
@pytest.mark.parametrize(
    "arguments",
    [{}, {"which": "best"}, {"hidden": (), "learning_rate": 0.01}, {"standardize": False, "activation": "gelu"}],
    ids=str,
)
def test_a_file_that_predicts(estimator, arguments, tmp_path):
    arguments = dict(arguments)
    which = arguments.pop("which", "mixture")
    model = learned(estimator, 300, **({"learning_rate": 0.01} if which == "best" else {}), **arguments)
    to_onnx(model, tmp_path / "m.onnx", which=which)
    edge = EdgeModel(tmp_path / "m.onnx")
    assert edge.task == model._task
    assert edge.outputs_ == model._targets.names
    assert edge.classes_ == []
    for x, _ in stream(estimator, 100, seed=1):
        # A float32 network; values of a few standard deviations, "far" around 14 of them.
        assert_alike(edge, model, x, 1e-5 if estimator is NormPropMultiLabelClassifier else 1e-4)
        if estimator is NormPropMultiLabelClassifier:
            assert edge.predict_one(x) == model.predict_one(x)
        else:
            with pytest.raises(NotImplementedError, match="a multi-target regression has no probabilities"):
                edge.predict_proba_one(x)


def described(values):
    return {
        v.name: (v.type.tensor_type.elem_type, [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim])
        for v in values
    }


def test_the_outputs_of_a_file_that_predicts():
    FLOAT, INT64 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
    model = learned(NormPropMultiLabelClassifier)
    proto = to_onnx(model)
    shape = ["batch", 3]
    assert described(proto.graph.output) == {"label": (INT64, shape), "probabilities": (FLOAT, shape)}
    rows = np.array([[0.1, 1e3, 0.2], [2.0, 1e3 + 1, -0.5]], np.float32)
    label, probabilities = ReferenceEvaluator(proto).run(None, {"x": rows})
    for row, applies, p in zip(rows.tolist(), label.tolist(), probabilities.tolist(), strict=True):
        x = dict(zip(model.features_, row, strict=True))
        assert [bool(value) for value in applies] == [*model.predict_one(x).values()]
        assert p == pytest.approx([*numbers(model, x).values()], abs=1e-5)  # float32 against float64.
    proto = to_onnx(learned(NormPropMultiTargetRegressor))
    assert described(proto.graph.output) == {"values": (FLOAT, shape)}
    assert {p.key: p.value for p in proto.metadata_props}["targets"] == '["down", "far", "up"]'


@BOTH
@pytest.mark.parametrize("quantize", ["int8", "dynamic"])
def test_hidden_layers_in_integers(estimator, quantize, tmp_path):
    model = learned(estimator, 300, hidden=(64,))
    to_onnx(model, tmp_path / "m.onnx", quantize=quantize)
    edge = EdgeModel(tmp_path / "m.onnx")
    gaps = [
        abs(numbers(edge, x)[name] - value)
        for x, _ in stream(estimator, 100, seed=1)
        for name, value in numbers(model, x).items()
    ]
    assert max(gaps) < 0.2  # Eight bits: a few hundredths of a standard deviation, seldom more.
    assert max(gaps) > 1e-5  # They are integers indeed.


def test_a_pipeline(tmp_path):
    encode = (compose.SelectType(str) | preprocessing.OneHotEncoder()) + compose.SelectType(int)
    pipeline = encode | NormPropMultiTargetRegressor((8,), seed=1)
    for x, y in datasets.SolarFlare().take(300):
        pipeline.learn_one(x, y)
    to_onnx(pipeline, tmp_path / "m.onnx")
    edge = EdgeModel(tmp_path / "m.onnx")
    for x, _ in datasets.SolarFlare().take(50):
        # Float32, values of at most a few units.
        assert edge.predict_one(x) == pytest.approx(pipeline.predict_one(x), abs=1e-5)


@BOTH
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam"])
@pytest.mark.parametrize("rate", ["auto", 0.005])
def test_a_file_that_learns(estimator, optimizer, rate, tmp_path):
    n = 1_000 if optimizer == "rmsprop" else 300
    model = learned(estimator, 50, learning_rate=rate, optimizer=optimizer, dtype="float64")
    to_onnx(model, tmp_path / "m.onnx", learn=True)
    device = EdgeLearner(tmp_path / "m.onnx")
    for k, (x, y) in enumerate(stream(estimator, n, seed=1)):
        assert_alike(device, model, x, 1e-9)  # Float64 steps in another order of additions.
        weight = (0.0, 0.4, 2.5)[k % 3] if k % 10 == 0 else 1.0
        model.learn_one(x, y, w=weight)
        device.learn_one(x, y, w=weight)
    device.save(tmp_path / "m.onnx")
    home = streamnorm.load_edge(tmp_path / "m.onnx")
    assert home._state() == model._state()
    assert home._get_params() == model._get_params()
    assert_arrays_are_close(home, model)


@BOTH
def test_in_float32(estimator, tmp_path):
    model = learned(estimator, 50)
    to_onnx(model, tmp_path / "m.onnx", learn=True)
    device = EdgeLearner(tmp_path / "m.onnx")
    for x, y in stream(estimator, 500, seed=1):
        assert_alike(device, model, x, 1e-3)  # Two float32 networks, learning side by side from noise.
        model.learn_one(x, y)
        device.learn_one(x, y)


def test_squared_error(tmp_path):
    model = learned(NormPropMultiTargetRegressor, 50, loss="squared_error", dtype="float64")
    to_onnx(model, tmp_path / "m.onnx", learn=True)
    device = EdgeLearner(tmp_path / "m.onnx")
    for x, y in stream(NormPropMultiTargetRegressor, 200, seed=1):
        assert_alike(device, model, x, 1e-9)
        model.learn_one(x, y)
        device.learn_one(x, y)


@BOTH
def test_onnx_reference_learns_the_same(estimator):
    model = learned(estimator, 50, dtype="float64")
    proto = to_onnx(model, learn=True)
    onnx.checker.check_model(proto, full_check=True)
    names = [output.name for output in proto.graph.output]
    graph, state = ReferenceEvaluator(proto), {}
    for x, y in stream(estimator, 50, seed=1):
        row = np.array([[x.get(name, np.nan) for name in model.features_]], np.float32)
        target = np.array([[float(y.get(name, math.nan)) for name in model._targets.names]])
        with np.errstate(invalid="ignore"):  # Where no target is known, 0 / 0 shuts the gate.
            results = dict(zip(names, graph.run(None, {"x": row, "y": target, **state}), strict=True))
        told = results.pop(names[0]).ravel() / [1.0 if "prob" in names[0] else UNITS[n] for n in model._targets.names]
        assert told == pytest.approx([*numbers(model, x).values()], abs=1e-9)
        state = {name.replace("next.", "state."): array for name, array in results.items()}
        model.learn_one(x, y)


@BOTH
@pytest.mark.parametrize("optimizer", ["rmsprop", "adam"])
def test_a_spare_output_is_taken(estimator, optimizer, tmp_path):
    model = learned(estimator, 50, optimizer=optimizer, dtype="float64")
    to_onnx(model, tmp_path / "m.onnx", learn=True, spare_classes=3)
    device = EdgeLearner(tmp_path / "m.onnx")
    for k, (x, y) in enumerate(stream(estimator, 60, seed=1)):
        y |= {"later": k % 2, ("the", 2): k % 3 == 0} if k > 20 else {}
        assert_alike(device, model, x, 1e-9)
        model.learn_one(x, y)
        device.learn_one(x, y)
        if k == 30:
            device.save(tmp_path / "m.onnx")
            device = EdgeLearner(tmp_path / "m.onnx")
    assert device.outputs_ == [*model._targets.names]
    device.save(tmp_path / "m.onnx")
    home = streamnorm.load_edge(tmp_path / "m.onnx")
    assert home._targets.names == model._targets.names
    assert_arrays_are_close(home, model)


@BOTH
def test_no_room_is_left(estimator, tmp_path):
    to_onnx(learned(estimator), tmp_path / "m.onnx", learn=True, spare_classes=1)
    device = EdgeLearner(tmp_path / "m.onnx")
    before = {name: array.tobytes() for name, array in device._session.state.items()}
    with pytest.raises(ValueError, match=r"'zweit' is new, .* no room for it beside 'down'.*spare_classes=\.\.\."):
        device.learn_one({"a": 1.0}, {"erst": 1, "zweit": 0})
    with pytest.raises((TypeError, ValueError), match="'up' is"):
        device.learn_one({"a": 1.0}, {"up": "yes", "erst": 1})
    assert {name: array.tobytes() for name, array in device._session.state.items()} == before
    assert "erst" not in device.outputs_
    device.learn_one({"a": 1.0}, {"erst": 1})
    assert "erst" in device.predict_one({"a": 1.0})


@BOTH
def test_samples_without_targets_leave_the_learning_rates_of_a_file_that_learns(estimator, tmp_path):
    model = learned(estimator, 50, dtype="float64")
    to_onnx(model, tmp_path / "m.onnx", learn=True)
    device = EdgeLearner(tmp_path / "m.onnx")
    rates = model.learning_rates_
    for x, _ in stream(estimator, 20, seed=1):
        model.learn_one(x, {})
        device.learn_one(x, {})
    device.save(tmp_path / "m.onnx")
    home = streamnorm.load_edge(tmp_path / "m.onnx")
    assert home.learning_rates_ == model.learning_rates_ == rates
    assert_arrays_are_close(home, model)
