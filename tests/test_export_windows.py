"""Files of models that take arrays: the same as the live model, also at the borders, in any runtime."""

import json
import math

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from mutants import sealed_proto
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun
from river import compose, preprocessing
from test_edge import loaded_modules
from windows import learned, waves

import streamnorm
from streamnorm import (
    AvgPool,
    Conv1d,
    Conv2d,
    GlobalAvgPool,
    MaxPool,
    NormPropAnomalyDetector,
    NormPropClassifier,
    NormPropMultiLabelClassifier,
    NormPropMultiTargetRegressor,
    NormPropRegressor,
    SlidingWindow,
)
from streamnorm.activations import ACTIVATIONS
from streamnorm.export import EdgeModel, fold, to_onnx

SERIES, IMAGE = (3, 20), (2, 9, 8)
SENSOR = (Conv1d(4, 5), MaxPool(2), Conv1d(6, 3), streamnorm.GlobalMaxPool(), 8)
NETWORKS = {
    "sensor": (SENSOR, SERIES),
    "convolutions alone": ((Conv1d(4, 5), Conv1d(3, 4), Conv1d(5, 3)), SERIES),
    "strides": ((Conv1d(4, 4, stride=3), Conv1d(6, 2, stride=3), 8), SERIES),
    "strides beyond the kernel": ((Conv1d(4, 2, stride=3), Conv1d(3, 1, stride=2), 4), SERIES),
    "valid": ((Conv1d(4, 5, padding="valid"), MaxPool(3, 2), Conv1d(6, 3, stride=2, padding="valid"), 8), SERIES),
    "means": ((Conv1d(4, 3), AvgPool(3, 2), Conv1d(6, 3), GlobalAvgPool(), 8), SERIES),
    "a pool in front": ((AvgPool(2), Conv1d(4, 3), Conv1d(4, 3), 4), SERIES),
    "a global pool in front": ((streamnorm.GlobalMaxPool(), Conv1d(4, 3), 4), SERIES),
    "behind a global pool": (
        (Conv1d(4, 3), MaxPool(2), streamnorm.GlobalMaxPool(), Conv1d(5, 3), Conv1d(3, 2)),
        SERIES,
    ),
    "image": ((Conv2d(4, 3), MaxPool(2), Conv2d(6, (2, 3)), AvgPool((2, 1)), 8), IMAGE),
    "image, strides": ((Conv2d(4, (3, 2), stride=(1, 2)), Conv2d(3, 5, stride=3), streamnorm.GlobalMaxPool()), IMAGE),
    "image of one row": ((Conv2d(4, (1, 3)), Conv2d(3, (1, 3)), 4), (2, 1, 9)),
    "dense": ((8, 6), SERIES),
    "no hidden layer": ((), IMAGE),
}


def classifier(hidden, shape, n=40, **arguments):
    own = {"learning_rate": 0.003, "dtype": "float64", "seed": 1, **arguments}
    return learned(NormPropClassifier(hidden, input_shape=shape, **own), waves(shape, n))


def stacked(samples):
    return np.stack([x["window"] for x, _ in samples]).astype(np.float32)


def run(proto, x):
    return ort.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": x})


def logits(model, samples):
    """Those of a live model, up to a constant."""
    return np.log([[*model.predict_proba_one(x).values()] for x, _ in samples])


def operators(proto):
    return [node.op_type for node in proto.graph.node]


class GlobalMaxPool(OpRun):
    """Along any dimensions. That of the evaluator is right for images alone."""

    op_domain = ""

    def _run(self, x):
        return (x.max(axis=tuple(range(2, x.ndim)), keepdims=True),)


# A logit of some units in float32, over four layers; measured are 1e-7 to 1e-6.
TOLERANCE = 2e-6


@pytest.mark.parametrize(
    ("name", "activation"),
    [(name, "relu") for name in NETWORKS]
    + [(name, "silu") for name in ("convolutions alone", "means", "behind a global pool", "image")],
)
def test_logits_are_those_of_the_live_model(name, activation):
    hidden, shape = NETWORKS[name]
    model, samples = classifier(hidden, shape, activation=activation), waves(shape, 12, seed=1)
    expected = logits(model, samples)
    proto = to_onnx(model)
    onnx.checker.check_model(proto, full_check=True)
    assert [(opset.domain, opset.version) for opset in proto.opset_import] == [("", 13)]
    label, probabilities = run(proto, stacked(samples))
    np.testing.assert_allclose(np.log(probabilities), expected, rtol=0, atol=TOLERANCE)
    assert label.tolist() == [model.predict_one(x) for x, _ in samples]
    reference = ReferenceEvaluator(proto, new_ops=[GlobalMaxPool])
    _, probabilities = reference.run(None, {"x": stacked(samples[:2])})
    np.testing.assert_allclose(np.log(probabilities), expected[:2], rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_zeros_around_are_means(activation, monkeypatch):
    model, samples = classifier(SENSOR, SERIES, activation=activation), waves(SERIES, 12, seed=1)
    expected = logits(model, samples)
    _, probabilities = run(to_onnx(model), stacked(samples))
    np.testing.assert_allclose(np.log(probabilities), expected, rtol=0, atol=TOLERANCE)
    # Without the shift the zeros are something else, unless the mean is 0 anyway.
    monkeypatch.setattr(fold, "ROUNDING", math.inf)
    _, probabilities = run(to_onnx(model), stacked(samples))
    wrong = np.abs(np.log(probabilities) - expected).max()
    assert wrong < TOLERANCE if activation in ("tanh", "identity") else wrong > 1e-2


def test_fold_by_hand():
    """Two filters (3, 4) and (0, -5) with g = 1 and b = 0: W' is (0.6, 0.8), (0, -1).

    Behind them is ReLU, whose m is subtracted for the padded filter (1, 2, 2) over two channels, |w| = 3 sqrt 2: its
    bias stays 0, and its W' / d is (1, 2, 2) / (3 sqrt 2 d).
    """
    m, d = 1 / math.sqrt(2 * math.pi), math.sqrt((1 - 1 / math.pi) / 2)
    model = NormPropClassifier(
        (Conv1d(2, 2, padding="valid"), Conv1d(1, 3)), input_shape=(1, 6), seed=1, dtype="float64"
    )

    network = model._learner.mixture.networks[0]
    first, second, _ = network.parameters
    first["W"].value[:], first["g"].value[:] = [[3.0, 4.0], [0.0, -5.0]], 1.0
    # Inside the channels of a step stand together.
    second["W"].value[:], second["g"].value[:] = [[1.0, 1.0, 2.0, 2.0, 2.0, 2.0]], 1.0
    one, two, _ = fold.fold(network, dimensions=1)
    # A rounding or two.
    np.testing.assert_allclose(one.weight, [[[0.6, 0.8]], [[0.0, -1.0]]], rtol=1e-15)
    np.testing.assert_allclose([*one.bias, one.floor], [-m, -m, -m], rtol=1e-15)
    np.testing.assert_allclose(two.weight, np.array([2 * [[1.0, 2.0, 2.0]]]) / (math.sqrt(18.0) * d), rtol=1e-15)
    assert two.bias.tolist() == [0.0]
    assert (one.slide.pads, two.slide.pads) == ([0, 0], [1, 1])


def test_no_node_of_the_normalisation_is_left():
    first, head = ["Sub", "Mul", "Clip"], ["Gemm", "Softmax", "ArgMax", "Gather"]
    pooled = ["Conv", "Clip", "MaxPool", "Conv", "Relu", "GlobalMaxPool", "Flatten", "Gemm", "Relu"]
    assert operators(to_onnx(classifier(SENSOR, SERIES, n=3))) == [*first, *pooled, *head]
    valid = (Conv2d(4, 3, padding="valid"), AvgPool(2), Conv2d(4, 2, padding="valid"), GlobalAvgPool())
    plain = ["Conv", "Relu", "AveragePool", "Conv", "Relu", "GlobalAveragePool", "Flatten"]
    assert operators(to_onnx(classifier(valid, IMAGE, n=3))) == [*first, *plain, *head]
    tanh = ["Conv", "Tanh", "Conv", "Tanh", "Flatten"]
    own = {"activation": "tanh", "standardize": False}
    assert operators(to_onnx(classifier((Conv1d(4, 3), Conv1d(4, 3)), SERIES, n=3, **own))) == ["Clip", *tanh, *head]


@pytest.mark.parametrize(("hidden", "shape"), [(SENSOR, SERIES), (NETWORKS["image"][0], IMAGE)])
def test_inputs_outputs_and_metadata(hidden, shape):
    model = classifier(hidden, shape)
    proto = to_onnx(model)
    (x,) = proto.graph.input
    assert [dim.dim_param or dim.dim_value for dim in x.type.tensor_type.shape.dim] == ["batch", *shape]
    about = ("features", "input_shape", "absent")
    props = {entry.key: json.loads(entry.value) for entry in proto.metadata_props if entry.key in about}
    means = model._learner.standardizer.mean
    assert props == {"features": [*range(shape[0])], "input_shape": [*shape], "absent": pytest.approx(means.tolist())}
    for batch in (0, 1, 7):
        outputs = run(proto, np.zeros((batch, *shape), np.float32))
        assert [output.shape for output in outputs] == [(batch,), (batch, 3)]


@pytest.mark.parametrize("name", ["sensor", "image", "dense"])
def test_the_edge_model(name, tmp_path):
    hidden, shape = NETWORKS[name]
    model, samples = classifier(hidden, shape, learning_rate="auto", dtype="float32"), waves(shape, 12, seed=1)
    to_onnx(model, tmp_path / "model.onnx")
    edge = EdgeModel(tmp_path / "model.onnx")
    assert (edge.features_, edge.input_shape, edge.texts_) == (model.features_, shape, [])
    # As for rows, see test_export_parity; {} is no window, which counts as the mean.
    for x in [x for x, _ in samples] + [{}]:
        assert edge.predict_proba_one(x) == pytest.approx(model.predict_proba_one(x), rel=0, abs=1e-5)
        assert edge.predict_one(x) == model.predict_one(x)
    X = np.stack([x["window"] for x, _ in samples])
    assert edge.predict_many(X) == model.predict_many(X).tolist()
    assert edge.predict_many(X[:0]) == []


@pytest.mark.parametrize(
    "x",
    [
        {"window": np.zeros((20, 3))},
        {"window": np.full(SERIES, np.nan)},
        {"window": np.full(SERIES, -np.inf)},
        {"window": np.zeros(SERIES, object)},
        {"window": [1.0, 2.0]},
        {"a": 1.0, "b": 2.0},
        np.zeros(SERIES),
    ],
    ids=["shape", "nan", "inf", "objects", "list", "features", "array"],
)
def test_what_is_no_sample_raises_as_in_the_live_model(x, tmp_path):
    model = classifier((streamnorm.GlobalMaxPool(),), SERIES, n=3)
    to_onnx(model, tmp_path / "model.onnx")
    edge = EdgeModel(tmp_path / "model.onnx")
    before = edge.predict_proba_one({})
    with pytest.raises((TypeError, ValueError)) as live:
        model.predict_one(x)
    with pytest.raises(type(live.value)) as error:
        edge.predict_one(x)
    assert str(error.value) == str(live.value)
    if isinstance(x, dict) and len(x) == 1:
        with pytest.raises(type(live.value), match=r"^X|^row 0"):
            edge.predict_many([*x.values()] if isinstance(x["window"], list) else np.stack([*x.values()]))
    assert edge.predict_proba_one({}) == before


@pytest.mark.parametrize("estimator", [NormPropClassifier, NormPropRegressor, NormPropAnomalyDetector])
def test_a_model_that_has_seen_nothing(estimator):
    with pytest.raises(ValueError, match="call learn_one before"):
        to_onnx(estimator(SENSOR, input_shape=SERIES))


def test_many_rows_of_features_are_not_for_predict_many(tmp_path):
    model = learned(NormPropClassifier((4,), seed=1), [({"a": 1.0}, True), ({"a": 2.0}, False)])
    to_onnx(model, tmp_path / "model.onnx")
    with pytest.raises(NotImplementedError, match="dicts of features"):
        EdgeModel(tmp_path / "model.onnx").predict_many(np.zeros((2, 1)))


@pytest.mark.parametrize("hidden", [SENSOR, (8,)], ids=["convolutions", "dense"])
def test_missing_values(hidden, tmp_path):
    samples = waves(SERIES, 40)
    for i, (x, _) in enumerate(samples[1::2]):
        x["window"][i % 3, 3 : 6 + i % 9] = np.nan
    model = learned(NormPropClassifier(hidden, input_shape=SERIES, missing="mean", seed=1), samples)
    to_onnx(model, tmp_path / "model.onnx")
    edge = EdgeModel(tmp_path / "model.onnx")
    for x in [x for x, _ in samples] + [{}, {"none": np.full(SERIES, np.nan)}]:
        assert edge.predict_proba_one(x) == pytest.approx(model.predict_proba_one(x), rel=0, abs=1e-5)
    assert edge.predict_many(np.stack([x["window"] for x, _ in samples])) == [model.predict_one(x) for x, _ in samples]


# Of each task what it learns from a class, and its prediction as numbers.
TASKS = {
    "regression": (NormPropRegressor, lambda y: 10.0 * ord(y), lambda model, x: model.predict_one(x)),
    "several labels": (
        NormPropMultiLabelClassifier,
        lambda y: {"is a": y == "a", "is b": y == "b"},
        lambda model, x: [p[True] for p in model.predict_proba_one(x).values()],
    ),
    "several targets": (
        NormPropMultiTargetRegressor,
        lambda y: {"near": 1.0 * (y == "a"), "far": 100.0 * (y == "b")},
        lambda model, x: [*model.predict_one(x).values()],
    ),
}


@pytest.mark.parametrize("which", ["mixture", "best"])
@pytest.mark.parametrize("task", TASKS)
def test_tasks(task, which, tmp_path):
    estimator, target, told = TASKS[task]
    own = {"input_shape": SERIES, "seed": 1, "learning_rate": "auto" if which == "mixture" else 0.005}
    model = learned(estimator(SENSOR, **own), [(x, target(y)) for x, y in waves(SERIES, 40)])
    to_onnx(model, tmp_path / "model.onnx", which)
    edge = EdgeModel(tmp_path / "model.onnx")
    for x in [x for x, _ in waves(SERIES, 12, seed=1)] + [{}]:
        # Relative, for values beyond 1, as for rows.
        assert told(edge, x) == pytest.approx(told(model, x), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("missing", ["error", "mean"])
@pytest.mark.parametrize("hidden", [(Conv2d(4, 3), MaxPool(2), 8), (8, 3)], ids=["convolution", "dense"])
def test_anomalies(hidden, missing, tmp_path):
    detector = NormPropAnomalyDetector(hidden, input_shape=IMAGE, missing=missing, seed=1)
    for x, _ in waves(IMAGE, 60):
        detector.learn_one(x)
    to_onnx(detector, tmp_path / "model.onnx")
    edge = EdgeModel(tmp_path / "model.onnx")
    samples = [x for x, _ in waves(IMAGE, 12, seed=1)]
    samples[0]["window"][1, 2:5] += 40.0
    if missing == "mean":
        samples[1]["window"][0, 3:, 2] = np.nan
    scores = [detector.score_one(x) for x in [*samples, {}]]
    assert max(scores) - min(scores) > 0.3
    # As for rows.
    assert [edge.score_one(x) for x in [*samples, {}]] == pytest.approx(scores, rel=0, abs=1e-5)


def test_an_image_that_is_not_standardised(tmp_path):
    """Two channels, and another height."""
    own = {"input_shape": IMAGE, "standardize": False, "missing": "mean", "seed": 1}
    samples = waves(IMAGE, 20)
    samples[3][0]["window"][1, 2:5] = np.nan
    model = learned(NormPropClassifier((Conv2d(4, 3), 8), **own), samples)
    to_onnx(model, tmp_path / "model.onnx")
    edge = EdgeModel(tmp_path / "model.onnx")
    for x in [x for x, _ in samples] + [{}]:
        assert edge.predict_proba_one(x) == pytest.approx(model.predict_proba_one(x), rel=0, abs=1e-5)


def steps(n):
    return [({"z": math.sin(0.3 * i), "a": math.cos(0.2 * i)}, i // 20 % 2 == 0) for i in range(n)]


def test_the_window_of_a_pipeline_is_its_input(tmp_path):
    own = {"input_shape": (2, 12), "seed": 1}
    model = learned(SlidingWindow(12) | NormPropClassifier(SENSOR, **own), steps(100))
    to_onnx(model, tmp_path / "model.onnx")
    edge = EdgeModel(tmp_path / "model.onnx")
    assert edge.features_ == model["SlidingWindow"].channels_ == ["a", "z"]
    window = model["SlidingWindow"] | edge
    for x, _ in steps(12):
        assert window.predict_proba_one(x) == pytest.approx(model.predict_proba_one(x), rel=0, abs=1e-5)
    scaled = preprocessing.TargetStandardScaler(NormPropRegressor((Conv1d(4, 3), 8), **own))
    model = learned(SlidingWindow(12) | scaled, [(x, 100.0 + x["a"]) for x, _ in steps(100)])
    to_onnx(model, tmp_path / "model.onnx")
    window = model["SlidingWindow"].transform_one({})
    assert EdgeModel(tmp_path / "model.onnx").predict_one(window) == pytest.approx(model.predict_one({}), rel=1e-5)


def test_what_selects_channels_leaves_no_trace(tmp_path):
    own = {"input_shape": (2, 12), "seed": 1}
    model = compose.Discard("clock") | SlidingWindow(12) | NormPropClassifier(SENSOR, **own)
    learned(model, [({**x, "clock": i}, y) for i, (x, y) in enumerate(steps(100))])
    to_onnx(model, tmp_path / "model.onnx")
    edge = EdgeModel(tmp_path / "model.onnx")
    assert edge.features_ == ["a", "z"]
    window = model["SlidingWindow"].transform_one({})
    assert edge.predict_proba_one(window) == pytest.approx(model.predict_proba_one({"clock": 0}), rel=0, abs=1e-5)


def same(x):
    return x


def test_steps_that_are_not_exact_on_a_window(tmp_path):
    model = NormPropClassifier((Conv1d(4, 3), 8), input_shape=(2, 12), seed=1)
    nested = preprocessing.StandardScaler() | (SlidingWindow(12) | model.clone())
    behind = SlidingWindow(12) | compose.FuncTransformer(same) | model.clone()
    front = preprocessing.StandardScaler() | SlidingWindow(12) | model.clone()
    for pipeline, match in (
        (front, "StandardScaler stands in front of SlidingWindow, and has moved while the window was filled"),
        (nested, "StandardScaler stands in front of .*SlidingWindow, and has moved while the window was filled"),
        (behind, r"same stands in front of .*input_shape=\(2, 12\).*: only a SlidingWindow may stand there"),
    ):
        learned(pipeline, steps(30))
        with pytest.raises(ValueError, match=match):
            to_onnx(pipeline, tmp_path / "model.onnx")
    learned(SlidingWindow(12) | model, steps(30))
    with pytest.raises(ValueError, match="makes windows of 0 channels and 12 steps, which is not what is behind it"):
        to_onnx(SlidingWindow(12) | model, tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("input_shape", "[2, 20]"),
        ("input_shape", "[3, 21]"),
        ("input_shape", "[3]"),
        ("input_shape", "[3, 1.5]"),
        ("input_shape", "[3, 1000000000]"),
        ("input_shape", '"3"'),
        ("absent", "[0.0, 0.0]"),
        ("absent", "[null, null, null]"),
        ("features", '["a", "b"]'),
    ],
)
def test_changed_metadata(key, value, tmp_path):
    path = tmp_path / "model.onnx"
    proto = to_onnx(classifier((streamnorm.GlobalMaxPool(),), SERIES, n=3))
    onnx.helper.set_model_props(proto, {entry.key: entry.value for entry in proto.metadata_props} | {key: value})
    path.write_bytes(sealed_proto(proto))
    with pytest.raises(ValueError, match=r"model\.onnx is damaged, or not a file of streamnorm\.export\.to_onnx"):
        EdgeModel(path)


def test_what_the_device_needs(tmp_path):
    path = tmp_path / "model.onnx"
    to_onnx(classifier(SENSOR, SERIES, n=3), path)
    code = f"EdgeModel({str(path)!r}).predict_many(numpy.zeros((2, 3, 20)))"
    loaded = loaded_modules(f"import numpy; from streamnorm.export import EdgeModel; {code}")
    assert not loaded & {"river", "onnx", "torch", "pandas", "narwhals"}
