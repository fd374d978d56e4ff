"""The learning step of convolutions and pools as a graph, beside the live model: see test_learning_graph.py.

In float64 predictions before every step and arrays after all of them agree within 1e-9: each rounds 1e-16, in another
order, and every step carries that on; 1e-14 was measured. In float32, which rounds 6e-8, predictions were 4e-7 apart
after 200 steps, and arrays 6e-6.
"""

import json

import numpy as np
import onnx
import pytest
from devices import assert_arrays_are_close, device_of
from mutants import sealed_proto
from onnx.reference import ReferenceEvaluator
from sklearn.datasets import load_digits

import streamnorm
from streamnorm import (
    AvgPool,
    Conv1d,
    Conv2d,
    GlobalAvgPool,
    GlobalMaxPool,
    MaxPool,
    NormPropAnomalyDetector,
    NormPropClassifier,
    NormPropMultiLabelClassifier,
    NormPropMultiTargetRegressor,
    NormPropRegressor,
    SlidingWindow,
)
from streamnorm.engines.reference import _pooled, _unpooled
from streamnorm.export import EdgeLearner, to_onnx
from streamnorm.export.graph import Graph
from streamnorm.export.learning.patches import Patches
from streamnorm.export.learning.pooling import add_pooling
from streamnorm.export.learning.products import Single, Stacked
from streamnorm.export.session import open_session
from streamnorm.layers import Pool
from streamnorm.layers.grid import grid
from streamnorm.moments import Moments

UNIT = 50.0  # Of the targets' size; differences of values are counted in it.
WINDOW, IMAGE = (3, 20), (2, 7, 9)


def waves(n, shape=WINDOW, absent=0.1, seed=7):
    """Sines of a few frequencies, one for each class, in channels of other means and scales; now and then no window."""
    rng = np.random.default_rng(seed)
    places = sum(np.ogrid[tuple(map(slice, shape[1:]))])
    for k in range(n):
        y = int(rng.integers(3))
        phases = rng.uniform(0.0, 6.0, shape[0])
        window = np.stack([(3 * c + 1) * np.sin(0.4 * (y + 1) * places + p) + 10 * c for c, p in enumerate(phases)])
        window += rng.standard_normal(shape)
        window[rng.random(shape) < absent] = np.nan
        yield {} if absent and k % 17 == 5 else {"window": window}, y


TARGETS = {
    NormPropClassifier: lambda y: y,
    NormPropRegressor: lambda y: UNIT + 20.0 * y,
    NormPropMultiLabelClassifier: lambda y: {"even": y % 2 == 0, "last": y == 2},
    NormPropMultiTargetRegressor: lambda y: {"a": UNIT + 20.0 * y, "b": -UNIT * y},
}


def started(rows, hidden, shape, kind=NormPropClassifier, **arguments):
    model = kind(hidden, **{"input_shape": shape, "missing": "mean", "engine": "reference", "seed": 1, **arguments})
    for x, y in rows:
        model.learn_one(x, *target(kind, y))
    return model


def target(kind, y):
    return [TARGETS[kind](y)] if kind in TARGETS else []


def live_prediction(model, x):
    if isinstance(model, NormPropAnomalyDetector):
        return [model.score_one(x)]
    if isinstance(model, NormPropClassifier):
        return [*model.predict_proba_one(x).values()]
    if isinstance(model, NormPropMultiLabelClassifier):
        return [p[True] for p in model.predict_proba_one(x).values()]
    value = model.predict_one(x)
    return [v / UNIT for v in (value.values() if isinstance(value, dict) else [value])]


def side_by_side(model, device, rows, tolerance, weights=(1.0,)):
    """What the graph gives in a step is the prediction of before the step."""
    kind = type(model)
    unit = UNIT if kind in (NormPropRegressor, NormPropMultiTargetRegressor) else 1.0
    live, graph = [], []
    for k, (x, y) in enumerate(rows):
        live.append(live_prediction(model, x))
        weight = [weights[k % len(weights)]] if kind in TARGETS else []
        model.learn_one(x, *target(kind, y), *weight)
        device.learn_one(x, *target(kind, y), *weight)
        graph.append(device._session.prediction.ravel() / unit)
    np.testing.assert_allclose(np.array(graph), np.array(live), rtol=0, atol=tolerance)


def assert_same(model, device, path, tolerance):
    device.save(path)
    assert_arrays_are_close(streamnorm.load_edge(path), model, tolerance)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.onnx"


NETS = {
    "filters": ((Conv1d(4, 5),), WINDOW),
    "filters and units": ((Conv1d(4, 4), 6), WINDOW),
    "stride and valid": ((Conv1d(4, 4, stride=3), Conv1d(5, 3, stride=2, padding="valid"), 6), WINDOW),
    "sensor": ((Conv1d(4, 5), MaxPool(2), Conv1d(5, 3), GlobalMaxPool(), 6), WINDOW),
    "pools that overlap, and leave some out": ((Conv1d(4, 5), MaxPool(3, 2), AvgPool(4, 3), 6), WINDOW),
    "means": ((Conv1d(4, 5), AvgPool(2), Conv1d(5, 3), GlobalAvgPool()), WINDOW),
    "pool in front": ((MaxPool(2), AvgPool(2, 1), Conv1d(4, 3), 6), WINDOW),
    "pool alone": ((GlobalMaxPool(),), WINDOW),
    "units": ((6,), WINDOW),
    "head": ((), IMAGE),
    "image": ((Conv2d(4, 3), MaxPool(2), Conv2d(5, 2), MaxPool(2), 6), IMAGE),
    "image, all uneven": ((Conv2d(4, (3, 2), (2, 1)), MaxPool((2, 3), (1, 2)), Conv2d(5, (1, 3)), 6), IMAGE),
    "image, valid": ((Conv2d(4, 3, padding="valid"), GlobalAvgPool(), 6), IMAGE),
}


@pytest.mark.parametrize(("hidden", "shape"), NETS.values(), ids=NETS.keys())
def test_layers_with_weights_and_absent_values(hidden, shape, path):
    rows = [*waves(120, shape)]
    model = started(rows[:20], hidden, shape, dtype="float64", learning_rate=0.003)
    device = device_of(model, path)
    side_by_side(model, device, rows[20:], tolerance=1e-9, weights=(1.0, 0.0, 3.5, 0.5))
    assert_same(model, device, path, tolerance=1e-9)


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam"])
@pytest.mark.parametrize("rate", ["auto", 0.01])
def test_optimizers_and_mixtures(optimizer, rate, path):
    rows = [*waves(120, absent=0.0)]
    arguments = {"dtype": "float64", "optimizer": optimizer, "learning_rate": rate, "fading_factor": 0.01}
    model = started(rows[:20], NETS["sensor"][0], WINDOW, **arguments)
    device = device_of(model, path)
    side_by_side(model, device, rows[20:], tolerance=1e-9, weights=(1.0, 1.0, 2.5))
    assert_same(model, device, path, tolerance=1e-9)


def test_one_step_with_zeros_around_at_several_rates(path):
    rows = [*waves(60, (3, 1))]
    model = started(rows[:20], (Conv1d(4, 3), 6), (3, 1), dtype="float64")
    device = device_of(model, path)
    side_by_side(model, device, rows[20:], tolerance=1e-9)
    assert_same(model, device, path, tolerance=1e-9)


@pytest.mark.parametrize("activation", ["leaky_relu", "tanh", "gelu", "softplus"])
def test_activations(activation, path):
    rows = [*waves(60, IMAGE)]
    arguments = {"dtype": "float64", "activation": activation, "standardize": False}
    model = started(rows[:20], NETS["image"][0], IMAGE, **arguments)
    device = device_of(model, path)
    side_by_side(model, device, rows[20:], tolerance=1e-9)
    assert_same(model, device, path, tolerance=1e-9)


@pytest.mark.parametrize("kind", [*TARGETS, NormPropAnomalyDetector], ids=lambda kind: kind.__name__)
def test_tasks(kind, path):
    rows = [*waves(70)]
    model = started(rows[:20], NETS["sensor"][0], WINDOW, kind, dtype="float64")
    device = device_of(model, path)
    side_by_side(model, device, rows[20:], tolerance=1e-9)
    assert_same(model, device, path, tolerance=1e-9)


def test_an_image_in_float32(path):
    digits = load_digits()
    rows = [({"image": image[None]}, int(y)) for image, y in zip(digits.images, digits.target, strict=True)][:140]
    model = started(rows[:20], "image", (1, 8, 8))
    device = device_of(model, path)
    side_by_side(model, device, rows[20:], tolerance=1e-5)
    assert_same(model, device, path, tolerance=1e-4)


def test_the_file_is_what_the_standard_says(path):
    """onnx.reference is another reading of the operators than onnxruntime's."""
    rows = [*waves(30)]
    model = started(rows[:20], NETS["sensor"][0], WINDOW, dtype="float64", optimizer="adam")
    proto = to_onnx(model, learn=True)
    assert [d.dim_value for d in proto.graph.input[0].type.tensor_type.shape.dim] == [1, *WINDOW]
    evaluator = ReferenceEvaluator(proto)
    outputs = [output.name for output in proto.graph.output]
    state = {d.name: onnx.numpy_helper.to_array(d) for d in proto.graph.initializer if d.name.startswith("state.")}
    for x, y in rows[20:]:
        window = x.get("window", np.full(WINDOW, np.nan))
        given = {"x": window[None].astype(np.float32), "y": np.array([model.classes_.index(y)])}
        found = dict(zip(outputs, evaluator.run(None, given | state), strict=True))
        live = live_prediction(model, x)
        np.testing.assert_allclose(found["probabilities"].ravel(), live, rtol=0, atol=1e-9)
        model.learn_one(x, y)
        state = {name: found[name.replace("state", "next", 1)] for name in state}


def test_saved_resumed_and_home_again(path, tmp_path):
    rows = [*waves(100)]
    model = started(rows[:20], NETS["sensor"][0], WINDOW, dtype="float64")
    device = device_of(model, path, spare_classes=2)
    for x, y in rows[20:60]:
        device.learn_one(x, y)
        model.learn_one(x, y)
    device.save(path)
    resumed, home = EdgeLearner(path), streamnorm.load_edge(path)
    assert home.hidden == NETS["sensor"][0]
    assert home.input_shape == resumed.input_shape == WINDOW
    assert home.features_ == resumed.features_ == [0, 1, 2]
    for x, y in rows[60:]:
        for learner in (device, resumed, home, model):
            learner.learn_one(x, y)
    for name, array in device._session.state.items():
        np.testing.assert_array_equal(resumed._session.state[name], array, err_msg=name)
    assert_arrays_are_close(home, model, 1e-9)
    assert_same(model, resumed, tmp_path / "again.onnx", tolerance=1e-9)


def test_a_class_that_the_model_has_not_met(path):
    rows = [*waves(60)]
    model = started([row for row in rows[:30] if row[1] < 2], NETS["sensor"][0], WINDOW, dtype="float64")
    device = device_of(model, path, spare_classes=1)
    for x, y in rows[30:]:
        model.learn_one(x, y)
        device.learn_one(x, y)
    assert device.classes_ == model.classes_
    assert device.predict_proba_one(rows[0][0]) == pytest.approx(model.predict_proba_one(rows[0][0]), abs=1e-9)
    assert_same(model, device, path, tolerance=1e-9)


def test_behind_a_sliding_window(path):
    """Labels come now and then; what the window holds is what the file learns from."""
    rng = np.random.default_rng(3)
    model = started(waves(20), NETS["sensor"][0], WINDOW)
    device = SlidingWindow(WINDOW[1]) | device_of(model, path)
    live = SlidingWindow(WINDOW[1]) | model
    for step in range(60):
        x = {name: float(v) for name, v in zip("abc", rng.standard_normal(3), strict=True)}
        for pipeline in (live, device):
            pipeline.learn_one(x, step % 3)
        assert device.predict_proba_one(x) == pytest.approx(live.predict_proba_one(x), abs=1e-4)


@pytest.mark.parametrize(
    ("x", "error", "match"),
    [
        ({"window": np.zeros((20, 3))}, ValueError, r"has shape \(20, 3\), and the model takes \(3, 20\)"),
        ({"window": np.full(WINDOW, np.nan)}, ValueError, "not a finite number"),
        ({"window": [[0.0] * 20] * 3}, TypeError, "not a NumPy array of numbers"),
        ({"a": 1.0, "b": 2.0}, ValueError, "takes one array"),
    ],
    ids=["shape", "nan", "list", "features"],
)
def test_a_bad_sample_leaves_the_state_as_it_was(x, error, match, path):
    rows = [*waves(20, absent=0.0)]
    device = device_of(started(rows, NETS["sensor"][0], WINDOW, missing="error"), path)
    before = {name: array.copy() for name, array in device._session.state.items()}
    for call in (lambda: device.learn_one(x, 0), lambda: device.predict_one(x)):
        with pytest.raises(error, match=match):
            call()
    for name, array in device._session.state.items():
        np.testing.assert_array_equal(array, before[name], err_msg=name)


@pytest.mark.parametrize(
    ("open_it", "parameters"),
    [
        (EdgeLearner, {"input_shape": [3, 21]}),
        (EdgeLearner, {"input_shape": [2, 20]}),
        (streamnorm.load_edge, {"input_shape": [2, 20]}),
        (streamnorm.load_edge, {"input_shape": "3"}),
        (streamnorm.load_edge, {"input_shape": None}),
        (streamnorm.load_edge, {"hidden": [6]}),
    ],
    ids=lambda value: value.__name__ if callable(value) else str(value),
)
def test_damaged_metadata(open_it, parameters, path):
    proto = to_onnx(started(waves(20), NETS["sensor"][0], WINDOW), learn=True)
    props = {entry.key: entry.value for entry in proto.metadata_props}
    learning = json.loads(props["learning"])
    props["learning"] = json.dumps(learning | {"parameters": learning["parameters"] | parameters})
    onnx.helper.set_model_props(proto, props)
    path.write_bytes(sealed_proto(proto))
    with pytest.raises(ValueError, match=r"model\.onnx is damaged, or not a file that learns"):
        open_it(path)


@pytest.mark.parametrize("products", [Single(), Stacked()], ids=["one", "stacked"])
@pytest.mark.parametrize("maximum", [True, False], ids=["largest", "mean"])
@pytest.mark.parametrize(
    ("size", "kernel", "stride"),
    [((1, 7), (1, 2), (1, 2)), ((1, 7), (1, 3), (1, 1)), ((5, 4), (3, 2), (2, 2)), ((4, 4), (2, 2), (2, 2))],
    ids=["leaves out", "overlaps", "uneven", "tiles"],
)
def test_a_pool_of_equal_values(size, kernel, stride, maximum, products):
    """Of equal ones the first has been the largest."""
    pool = Pool(grid(size, kernel, stride, "valid"), maximum, Moments(0.3, 0.7))
    rng = np.random.default_rng(0)
    replicas, channels = (1 if isinstance(products, Single) else 3), 2
    h = rng.integers(0, 3, (replicas, size[0] * size[1], channels)).astype(np.float64)
    d = rng.standard_normal((replicas, pool.grid.positions, channels))
    graph = Graph(np.float64)
    pooling, output = add_pooling(graph, products, pool, Patches(pool.grid, channels), "h")
    back = pooling.back(graph, products, "d")
    given = {"h": h, "d": d} if replicas > 1 else {"h": h[0], "d": d[0]}
    found = run(graph, given, [output, back])
    for k in range(replicas):
        expected, trace = _pooled(pool, h[k].ravel())
        np.testing.assert_allclose(found[0].reshape(replicas, -1)[k], expected, rtol=0, atol=1e-15)
        np.testing.assert_allclose(found[1].reshape(replicas, -1)[k], _unpooled(pool, trace, d[k].ravel()), atol=1e-15)


def run(graph, given, outputs):
    code = onnx.TensorProto.DOUBLE
    inputs = [onnx.helper.make_tensor_value_info(name, code, array.shape) for name, array in given.items()]
    results = [onnx.helper.make_tensor_value_info(name, code, None) for name in outputs]
    proto = onnx.helper.make_model(
        onnx.helper.make_graph(graph.nodes, "g", inputs, results, graph.constants),
        opset_imports=[onnx.helper.make_opsetid("", 13)],
        ir_version=7,
    )
    return open_session(proto.SerializeToString()).run(outputs, given)
