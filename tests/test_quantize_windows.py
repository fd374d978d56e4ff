"""Convolutions in integers, against the live model and in the kernels that onnxruntime chooses."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from sklearn.datasets import load_digits
from windows import learned, waves

from streamnorm import AvgPool, Conv1d, Conv2d, GlobalMaxPool, MaxPool, NormPropClassifier
from streamnorm.export import EdgeModel, to_onnx

DIGITS = load_digits()
SHAPE = (3, 20)


def run(proto, x, optimized=None):
    options = ort.SessionOptions()
    options.log_severity_level = 3  # That an optimised graph is for this machine alone is no news.
    if optimized:
        options.optimized_model_filepath = str(optimized)
    session = ort.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})


def kernels(path):
    """The nodes of an optimised graph that multiply."""
    operators = [node.op_type for node in onnx.load(path).graph.node]
    return [name for name in operators if any(part in name for part in ("Conv", "Gemm", "MatMul"))]


@pytest.fixture(scope="module")
def digits():
    """A model that has learned a third of the digits, and what it says of the next third."""
    hidden = (Conv2d(8, 3), Conv2d(8, 3), MaxPool(2), Conv2d(16, 3), AvgPool(2), 32)
    images = DIGITS.images[:, None]
    model = NormPropClassifier(hidden, learning_rate=0.003, input_shape=(1, 8, 8), seed=1)
    learned(model, [({"image": image}, int(y)) for image, y in zip(images[:600], DIGITS.target[:600], strict=True)])
    held_out = [{"image": image} for image in images[600:1200]]
    p = np.array([[*model.predict_proba_one(x).values()] for x in held_out])
    return model, images[600:1200].astype(np.float32), p


# Between what is zero around an image and what is not, ReLU leaves the sums of integer kernels. One alone is float.
KERNELS = {
    "int8": ["Conv", "QLinearConv", "QLinearConv", "QGemm", "Gemm"],
    "dynamic": ["ConvInteger", "ConvInteger", "ConvInteger", "DynamicQuantizeMatMul", "Gemm"],
}


@pytest.mark.parametrize("quantize", KERNELS)
def test_digits(quantize, digits, tmp_path):
    model, images, p = digits
    proto = to_onnx(model, tmp_path / "model.onnx", quantize=quantize)
    assert [(opset.domain, opset.version) for opset in proto.opset_import] == [("", 13)]
    label, probabilities = run(proto, images, tmp_path / "optimized.onnx")
    assert kernels(tmp_path / "optimized.onnx") == KERNELS[quantize]
    # Measured: the same label for 0.997, errors of 0.005 in the mean and 0.03 at most. Scales that are wrong by a tenth
    # cost 0.08 in the mean, and the label of 0.03.
    assert np.mean(label == np.array(model.classes_)[p.argmax(axis=1)]) >= 0.98
    error = np.abs(probabilities - p).max(axis=1)
    assert error.mean() < 0.008
    assert error.max() < 0.08
    edge = EdgeModel(tmp_path / "model.onnx")
    _, alone = run(proto, images[:1])  # Since images of a batch share their dynamic scale.
    assert [*edge.predict_proba_one({"image": images[0]}).values()] == pytest.approx(alone[0].tolist(), abs=1e-6)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "silu", "tanh"])
@pytest.mark.parametrize("quantize", KERNELS)
@pytest.mark.parametrize(
    "hidden",
    [
        (Conv1d(8, 5), Conv1d(8, 3), GlobalMaxPool(), 16),
        (MaxPool(2), Conv1d(8, 3, stride=2), Conv1d(8, 3, padding="valid")),
        (AvgPool(2), 16, 8),
    ],
    ids=["same", "strides", "dense"],
)
def test_windows_of_any_activation(hidden, quantize, activation):
    model = NormPropClassifier(hidden, learning_rate=0.005, activation=activation, input_shape=SHAPE, seed=1)
    learned(model, waves(SHAPE, 90))
    windows = [x for x, _ in waves(SHAPE, 60, seed=1)]
    x = np.stack([window["window"] for window in windows]).astype(np.float32)
    _, probabilities = run(to_onnx(model, quantize=quantize), x)
    live = np.array([[*model.predict_proba_one(window).values()] for window in windows])
    # As of rows in test_quantize.py, but for what a batch that shares its scale adds.
    error = np.abs(probabilities - live).max(axis=1)
    assert error.mean() < 0.012
    assert error.max() < 0.1


def test_what_cannot_be_quantized():
    one = learned(NormPropClassifier((Conv1d(4, 3), GlobalMaxPool()), input_shape=SHAPE, seed=1), waves(SHAPE, 3))
    with pytest.raises(
        ValueError, match=r'the one convolution of the model stays float32 .* quantize="dynamic" or None'
    ):
        to_onnx(one, quantize="int8")
    assert to_onnx(one, quantize="dynamic")
    pool = learned(NormPropClassifier((MaxPool(2),), input_shape=SHAPE, seed=1), waves(SHAPE, 3))
    for quantize in KERNELS:
        with pytest.raises(ValueError, match="has no layer to quantize: export it with quantize=None"):
            to_onnx(pool, quantize=quantize)
