"""Quantized files against the float32 file, and in the kernels that onnxruntime chooses."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import version_converter
from onnx.reference import ReferenceEvaluator
from river import compose, datasets

import streamnorm
from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.activations import ACTIVATIONS
from streamnorm.export import EdgeModel, to_onnx

QUANTIZED = ["int8", "dynamic"]


def trained(estimator, stream, n=500, **arguments):
    model = estimator(**{"seed": 1, **arguments})
    for x, y in stream.take(n):
        model.learn_one(x, y)
    return model


def segments(**arguments):
    return trained(NormPropClassifier, datasets.ImageSegments(), **arguments)


def rows(model, stream, n=500):
    return np.array([[x[name] for name in model.features_] for x, _ in stream.take(n)], np.float32)


def run(proto, x, optimized=None):
    options = ort.SessionOptions()
    options.log_severity_level = 3  # That an optimised graph is for this machine alone is no news.
    if optimized:
        options.optimized_model_filepath = str(optimized)
    session = ort.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})


def test_a_resumed_model_leaves_as_the_same_file(tmp_path):
    model = segments()
    model.save(tmp_path / "model")
    resumed = streamnorm.load(tmp_path / "model")
    for network, other in zip(model._learner.mixture.networks, resumed._learner.mixture.networks, strict=True):
        for reach, its in zip(network.reach, other.reach, strict=True):
            assert reach.any()
            np.testing.assert_array_equal(reach, its)
    assert to_onnx(resumed, quantize="int8") == to_onnx(model, quantize="int8")


# Seven bits for weights and eight for activations: measured are means up to 0.006, and single samples up to 0.03. A
# scale that is wrong by a tenth, or a lost bias, costs 0.02 in the mean.
MEAN, LARGEST = 0.008, 0.06


@pytest.mark.parametrize("which", ["mixture", "best"])
@pytest.mark.parametrize("stream", [datasets.ImageSegments(), datasets.Phishing()], ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("quantize", QUANTIZED)
def test_probabilities_are_close_to_those_of_the_float_file(quantize, stream, which, tmp_path):
    model = trained(NormPropClassifier, stream)
    x = rows(model, stream, 1_000)
    label, probabilities = run(to_onnx(model, which=which), x)
    proto = to_onnx(model, tmp_path / "model.onnx", which, quantize=quantize)
    its_label, its_probabilities = run(proto, x)
    error = np.abs(its_probabilities - probabilities).max(axis=1)
    assert error.mean() < MEAN
    assert error.max() < LARGEST
    assert np.mean(its_label == label) > 0.985
    edge = EdgeModel(tmp_path / "model.onnx")
    for i, (sample, _) in enumerate(stream.take(3)):
        _, p = run(proto, x[i : i + 1])  # Alone, since rows of a batch share their dynamic scale.
        assert [*edge.predict_proba_one(sample).values()] == pytest.approx(p[0].tolist(), abs=1e-6)


@pytest.mark.parametrize("quantize", QUANTIZED)
def test_values_are_close_to_those_of_the_float_file(quantize):
    model = trained(NormPropRegressor, datasets.TrumpApproval(), n=1_000)
    x = rows(model, datasets.TrumpApproval(), 1_000)
    (value,), (its_value,) = run(to_onnx(model), x), run(to_onnx(model, quantize=quantize), x)
    # In standard deviations of the target.
    error = np.abs(its_value - value) / model._learner.target.sd[0]
    assert error.mean() < 0.01
    assert error.max() < 0.1


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_runs_in_integer_kernels(activation, tmp_path):
    model = segments(hidden=(16, 16), learning_rate=0.005, activation=activation)
    x = rows(model, datasets.ImageSegments())
    _, probabilities = run(to_onnx(model), x)
    # The input's two bytes and the second layer; both layers. The one float product is the head's.
    for quantize, kernels in (("int8", 3 * ["QGemm"]), ("dynamic", 2 * ["DynamicQuantizeMatMul"])):
        proto = to_onnx(model, quantize=quantize)
        onnx.checker.check_model(proto, full_check=True)
        assert [(opset.domain, opset.version) for opset in proto.opset_import] == [("", 13)]
        _, its_probabilities = run(proto, x, tmp_path / "optimized.onnx")
        assert np.abs(its_probabilities - probabilities).max(axis=1).mean() < MEAN
        operators = [node.op_type for node in onnx.load(tmp_path / "optimized.onnx").graph.node]
        assert [name for name in operators if "Gemm" in name or "MatMul" in name] == [*kernels, "Gemm"]


@pytest.mark.parametrize("activation", ["relu", "gelu", "tanh"])
@pytest.mark.parametrize("quantize", QUANTIZED)
def test_the_specification_says_the_same(quantize, activation):
    model = segments(hidden=(16, 16), activation=activation)
    x = rows(model, datasets.ImageSegments())
    proto = to_onnx(model, quantize=quantize)
    # The evaluator knows DequantizeLinear from opset 19 on; what is used of it has been the same since 13.
    _, expected = ReferenceEvaluator(version_converter.convert_version(proto, 19)).run(None, {"x": x})
    # Where a float lies between two integers a last digit decides: one step of an activation in 255, now and then.
    error = np.abs(run(proto, x)[1] - expected)
    assert error.mean() < 1e-5
    assert error.max() < 5e-3


def test_the_file_is_a_third_of_the_size():
    model = segments(hidden=(256, 256), learning_rate=0.005, n=10)
    size = {quantize: to_onnx(model, quantize=quantize).ByteSize() for quantize in (None, *QUANTIZED)}
    # A byte for four, and a few numbers for each unit.
    assert max(size["int8"], size["dynamic"]) < size[None] / 3


@pytest.mark.parametrize("quantize", QUANTIZED)
def test_a_pipeline_is_quantized_as_its_model_is(quantize):
    pipeline = compose.Select("region-centroid-col", "hue-mean") | NormPropClassifier((16,), seed=1)
    for x, y in datasets.ImageSegments().take(200):
        pipeline.learn_one(x, y)
    operators = [node.op_type for node in to_onnx(pipeline, quantize=quantize).graph.node]
    alone = [node.op_type for node in to_onnx(pipeline["NormPropClassifier"], quantize=quantize).graph.node]
    assert operators[-len(alone) :] == alone


def test_what_cannot_be_quantized(tmp_path):
    path = tmp_path / "model.onnx"
    for quantize in ("int4", "", 8):
        with pytest.raises(ValueError, match=f"quantize is one of 'int8', 'dynamic', not {quantize!r}"):
            to_onnx(segments(n=10), path, quantize=quantize)
    for quantize in QUANTIZED:
        with pytest.raises(ValueError, match=r"hidden=\(\) has no layer to quantize: export it with quantize=None"):
            to_onnx(segments(n=10, hidden=()), path, quantize=quantize)
    with pytest.raises(ValueError, match="a file that learns is not quantized"):
        to_onnx(segments(n=10), path, learn=True, quantize="dynamic")
    unscaled = segments(n=10, standardize=False)
    with pytest.raises(ValueError, match='standardize=False: use quantize="dynamic"'):
        to_onnx(unscaled, path, quantize="int8")
    assert not path.exists()
    to_onnx(unscaled, path, quantize="dynamic")
    assert EdgeModel(path).classes_ == unscaled.classes_
