"""The anomaly detector in files: its score beside the live one's, what a device learns, and the way home."""

import numpy as np
import pytest
from models import bits
from river import datasets, preprocessing

import streamnorm
from streamnorm import NormPropAnomalyDetector, NormPropRegressor
from streamnorm.export import EdgeLearner, EdgeModel, to_c, to_onnx

SHUTTLE = [x for x, _ in datasets.Shuttle().take(1_200)]
FIRST, REST = SHUTTLE[:800], SHUTTLE[800:]


def learned(samples=FIRST, **arguments):
    detector = NormPropAnomalyDetector(**{"seed": 1, **arguments})
    for x in samples:
        detector.learn_one(x)
    return detector


@pytest.mark.parametrize(
    "arguments",
    [{}, {"learning_rate": 0.01, "activation": "relu", "dtype": "float64"}, {"hidden": ()}, {"standardize": False}],
    ids=["mixture", "one rate", "linear", "unscaled"],
)
def test_a_file_scores_as_the_model_does(arguments, tmp_path):
    scale = 100.0 if arguments.get("standardize") is False else 1.0
    samples = [{name: value / scale for name, value in x.items()} for x in SHUTTLE]
    detector = learned(samples[:800], **arguments)
    to_onnx(detector, tmp_path / "file.onnx")
    edge = EdgeModel(tmp_path / "file.onnx")
    assert edge.task == "anomaly detection"
    present = [*samples[800:], {"f1": 50.0 / scale}, {**samples[0], "f3": 1e6}, {}, {"unknown": 1.0}]
    # A float32 network, whose errors are divided by sds of a tenth or more.
    expected = [detector.score_one(x) for x in present]
    np.testing.assert_allclose([edge.score_one(x) for x in present], expected, rtol=0.0, atol=1e-5)


def test_a_batch_with_absent_features_in_any_runtime(tmp_path):
    import onnxruntime

    detector = learned()
    session = onnxruntime.InferenceSession(to_onnx(detector).SerializeToString())
    rows = np.array([[x[name] for name in detector.features_] for x in REST], np.float32)
    rows[::3, 4] = np.nan
    (scores,) = session.run(["score"], {"x": rows})
    lacking = [{n: v for n, v in x.items() if i % 3 or n != detector.features_[4]} for i, x in enumerate(REST)]
    np.testing.assert_allclose(scores, [detector.score_one(x) for x in lacking], rtol=0.0, atol=1e-5)


@pytest.mark.parametrize(
    "arguments",
    [{}, {"learning_rate": 0.005}, {"standardize": False, "hidden": (4,)}],
    ids=["mixture", "one", "unscaled"],
)
def test_a_device_learns_as_the_model_does_and_comes_home(arguments, tmp_path):
    scale = 100.0 if "hidden" in arguments else 1.0
    samples = [{name: value / scale for name, value in x.items()} for x in SHUTTLE]
    lacking = [{n: v for j, (n, v) in enumerate(x.items()) if i % 5 or j} for i, x in enumerate(samples[600:900])]
    detector = learned(samples[:600], dtype="float64", **arguments)
    path = tmp_path / "file.onnx"
    to_onnx(detector, path, learn=True)
    device = EdgeLearner(path)
    for x in lacking:
        # Sums of float64 in another order, amplified by the steps: see test_learning_graph.py.
        assert device.score_one(x) == pytest.approx(detector.score_one(x), abs=1e-7)
        device.learn_one(x)
        detector.learn_one(x)
    device.save(path)
    home = streamnorm.load_edge(path)
    assert EdgeLearner(path).score_one(samples[0]) == device.score_one(samples[0])
    assert home.features_ == detector.features_
    for key, array in home._arrays().items():
        if not key.endswith(".last"):  # Of idle units, whose state the file lets decay at once.
            np.testing.assert_allclose(array, detector._arrays()[key], rtol=0.0, atol=1e-6, err_msg=key)
    home.save(tmp_path / "model")
    assert bits(streamnorm.load(tmp_path / "model")) == bits(home)


@pytest.mark.parametrize("how", ["int8", "dynamic"])
def test_layers_in_integers_score_nearly_alike(how):
    import onnxruntime

    detector = learned(hidden=(64, 4, 64))
    session = onnxruntime.InferenceSession(to_onnx(detector, quantize=how).SerializeToString())
    (scores,) = session.run(["score"], {"x": np.array([[*x.values()] for x in REST], np.float32)})
    # Eight bits are a hundredth of an error's range; the score's slope is at most a few.
    assert np.mean(np.abs(scores - [detector.score_one(x) for x in REST])) < 0.05


def test_what_has_no_score_says_so(tmp_path):
    regressor = NormPropRegressor(seed=1)
    regressor.learn_one({"a": 1.0}, 2.0)
    to_onnx(regressor, tmp_path / "file.onnx")
    with pytest.raises(NotImplementedError, match="has no score: use predict_one"):
        EdgeModel(tmp_path / "file.onnx").score_one({"a": 1.0})
    to_onnx(learned(), tmp_path / "file.onnx")
    edge = EdgeModel(tmp_path / "file.onnx")
    for ask in (edge.predict_one, edge.predict_proba_one):
        with pytest.raises(NotImplementedError, match=r"an anomaly detector .*: use score_one"):
            ask(REST[0])


def test_what_is_not_exported_says_so(tmp_path):
    pipeline = preprocessing.StandardScaler() | NormPropAnomalyDetector(seed=1)
    for x in FIRST[:50]:
        pipeline.learn_one(x)
    with pytest.raises(ValueError, match="Export the detector, and run the steps in front"):
        to_onnx(pipeline)
    for learn in (False, True):
        with pytest.raises(ValueError, match="NormPropAnomalyDetector has no C yet"):
            to_c(learned(), tmp_path, learn=learn)
