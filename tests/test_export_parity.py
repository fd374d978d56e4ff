"""One model, four ways to its prediction: live, onnxruntime, onnx.reference, EdgeModel.

All agree within 1e-5, for a value beyond 1 relative to it. The file is float32 (rounding 6e-8), and so is the live
network; but folded weights are other numbers, rounded elsewhere, and a logit of 10 over three layers gathers some
tens of such roundings: measured differences are 1e-7 to 2e-6. One wrong constant or one lost mean costs 1e-3 and more.
"""

import math
import random

import numpy as np
import onnxruntime as ort
import pytest
from onnx.reference import ReferenceEvaluator
from river import datasets

from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.activations import ACTIVATIONS
from streamnorm.export import EdgeModel, to_onnx

TOLERANCE = 1e-5


def trained(model, stream):
    for x, y in stream:
        model.learn_one(x, y)
    return model


def assert_parity(model, samples, path):
    """Live model, both runtimes and the edge model agree on every sample."""
    proto = to_onnx(model, path)
    edge = EdgeModel(path)
    columns = np.array([[x[name] for name in model.features_] for x in samples]).astype(np.float32)
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    runtimes = [session.run(None, {"x": columns}), ReferenceEvaluator(proto).run(None, {"x": columns})]
    if isinstance(model, NormPropRegressor):
        live = np.array([model.predict_one(x) for x in samples])
        close = {"rtol": TOLERANCE, "atol": TOLERANCE}
        for (value,) in runtimes:
            assert value.dtype == np.float32
            np.testing.assert_allclose(value, live, **close)
        np.testing.assert_allclose([edge.predict_one(x) for x in samples], live, **close)
        return
    live = np.array([[*model.predict_proba_one(x).values()] for x in samples])
    labels = [model.predict_one(x) for x in samples]
    for label, probabilities in runtimes:
        assert probabilities.dtype == np.float32
        assert label.tolist() == labels
        np.testing.assert_allclose(probabilities, live, rtol=0, atol=TOLERANCE)
    assert [edge.predict_one(x) for x in samples] == labels
    probabilities = [edge.predict_proba_one(x) for x in samples]
    assert all(list(p) == model.classes_ for p in probabilities)
    np.testing.assert_allclose([[*p.values()] for p in probabilities], live, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("hidden", [(), (64, 64), (8, 4, 4)])
@pytest.mark.parametrize(
    ("estimator", "stream"),
    [
        (NormPropClassifier, datasets.Phishing()),  # bool labels
        (NormPropClassifier, datasets.ImageSegments()),  # str labels
        (NormPropRegressor, datasets.TrumpApproval()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_streams_of_river(estimator, stream, hidden, tmp_path):
    rows = list(stream.take(500))
    assert_parity(trained(estimator(hidden, seed=1), rows), [x for x, _ in rows], tmp_path / "m.onnx")


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations(activation, tmp_path):
    rows = list(datasets.ImageSegments().take(500))
    model = NormPropClassifier((8, 4, 4), activation=activation, seed=1)
    assert_parity(trained(model, rows), [x for x, _ in rows], tmp_path / "m.onnx")


def shifted_stream(mean, scale, n=400):
    """Two features of a given mean and scale, one plain, one constant; spikes far outside now and then."""
    rng = random.Random(7)
    for _ in range(n):
        a, b, c = (rng.gauss(0, 1) for _ in range(3))
        spike = 1e3 if rng.random() < 0.02 else 1.0
        x = {"a": mean + scale * a * spike, "b": mean - scale * b, "c": c, "constant": mean}
        yield x, math.tanh(a + 2 * c) - b / 2


SCALES = (1e-6, 1e-3, 1.0, 1e3, 1e6)
MEANS = (0.0, 1.0, -1e3, 1e6)


@pytest.mark.parametrize("mean", MEANS)
@pytest.mark.parametrize("scale", SCALES)
def test_feature_means_and_scales(mean, scale, tmp_path):
    rows = list(shifted_stream(mean, scale))
    samples = [x for x, _ in rows]
    classifier = trained(NormPropClassifier((16, 16), seed=1), [(x, y > 0) for x, y in rows])
    regressor = trained(NormPropRegressor((16, 16), seed=1), rows)
    assert_parity(classifier, samples, tmp_path / "classifier.onnx")
    assert_parity(regressor, samples, tmp_path / "regressor.onnx")


@pytest.mark.parametrize(("mean", "scale"), [(1e6, 1.0), (-1e6, 1e3), (0.0, 1e-6)])
def test_target_means_and_scales(mean, scale, tmp_path):
    rows = [(x, mean + scale * y) for x, y in shifted_stream(0.0, 1.0)]
    assert_parity(trained(NormPropRegressor((16,), seed=1), rows), [x for x, _ in rows], tmp_path / "m.onnx")


@pytest.mark.parametrize(("mean", "scale"), [(0.0, 1.0), (1e6, 1e-3), (1e6, 1.0), (1e6, 1e3)])
def test_float64_model(mean, scale, tmp_path):
    rows = [(x, y > 0) for x, y in shifted_stream(mean, scale)]
    model = trained(NormPropClassifier((16, 16), dtype="float64", seed=1), rows)
    assert_parity(model, [x for x, _ in rows], tmp_path / "m.onnx")


def test_without_standardizer(tmp_path):
    rows = list(shifted_stream(0.0, 1.0))
    beyond = [{"a": 1e30, "b": -2e6, "c": 0.0, "constant": 1.0}, {"a": 1e6, "b": 1.0, "c": -1.0, "constant": 0.0}]
    model = trained(NormPropClassifier((16,), standardize=False, seed=1), [(x, int(y > 0)) for x, y in rows])
    assert_parity(model, [x for x, _ in rows] + beyond, tmp_path / "m.onnx")


def test_features_and_classes_that_came_later(tmp_path):
    rows = list(datasets.ImageSegments().take(400))
    first = list(rows[0][0])[:5]
    model = trained(NormPropClassifier((8,), seed=1), [({name: x[name] for name in first}, y) for x, y in rows[:10]])
    assert_parity(trained(model, rows), [x for x, _ in rows], tmp_path / "m.onnx")
