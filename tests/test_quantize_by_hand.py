"""Layers in integers, worked out by hand."""

import numpy as np
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from streamnorm.export.fold import fold
from streamnorm.export.folded import FoldedLayer
from streamnorm.export.graph import Graph
from streamnorm.export.quantize import dynamic, static
from streamnorm.layers import Dense
from streamnorm.network import Network


def run(proto, x):
    session = ort.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})


def alone(add, layers):
    """The layers as a model of their own, and what the graph holds."""
    graph = Graph()
    graph.add("Identity", add(graph, "x", layers), output="o")
    x, o = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", n])
        for name, n in (("x", layers[0].weight.shape[1]), ("o", len(layers[-1].weight)))
    )
    graph_proto = helper.make_graph(graph.nodes, "layers", [x], [o], graph.constants)
    proto = helper.make_model(graph_proto, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    return proto, [numpy_helper.to_array(constant) for constant in graph.constants]


def integers(constants, dtype):
    """Those of the weights and biases; zero points are scalars or zeros."""
    return [array.tolist() for array in constants if array.dtype == dtype and array.any() and array.ndim]


HIDDEN = FoldedLayer(np.array([[0.31, -0.4], [0.0, -1.0]]), np.array([0.1, 0.2]), "relu", (0.0, 2.55))
HEAD = FoldedLayer(np.array([[2.0, -1.0]]), np.array([0.3]), "identity", (-np.inf, np.inf))
H = np.array([[0.8, -1.3]], np.float32)


def test_static_by_hand():
    """Rows have the units 0.4 / 64 and 1 / 64, inputs that of 10 / 255 and then of 10 / 255^2, outputs of 2.55 / 255.

    0.31 / 0.00625 = 49.6 becomes 50, and of the biases 0.1 * 64 / 0.4 * 25.5 = 408 stays, 0.2 * 64 * 25.5 = 326.4
    becomes 326. The inputs are 20.4 and -33.15 steps: 20 and -33, and of the rest 102 and -38.25 of the small ones.
    """
    proto, constants = alone(static, [HIDDEN, HEAD])
    assert integers(constants, np.int8) == [[[50, -64], [0, -64]]]
    assert integers(constants, np.int32) == [[408, 326]]
    h_1, h_2 = (20 + 102 / 255) / 25.5, (-33 - 38 / 255) / 25.5
    z = 50 * 0.00625 * h_1 - 0.4 * h_2 + 0.1, -h_2 + 326 / 64 / 25.5
    assert [round(value, 6) for value in z] == [0.869985, 1.499716]  # 87 and 150 steps of 0.01.
    (o,) = run(proto, H)
    assert o.item() == pytest.approx(2 * 0.87 - 1.5 + 0.3, abs=1e-6)  # Some float32 roundings.


def test_dynamic_by_hand():
    """From -1.3 to 0.8 in 255 steps the inputs are 97.14 and -157.86 of them, zero being the 158th from below."""
    proto, constants = alone(dynamic, [HIDDEN, HEAD])
    assert integers(constants, np.int8) == [[[50, 0], [-64, -64]]]
    h_1, h_2 = 97 * 2.1 / 255, -158 * 2.1 / 255
    (o,) = run(proto, H)
    expected = 2 * (50 * 0.00625 * h_1 - 0.4 * h_2 + 0.1) - (-h_2 + 0.2) + 0.3
    assert o.item() == pytest.approx(expected, abs=1e-6)  # Some float32 roundings.


def test_weights_keep_to_what_every_machine_adds_exactly():
    network = Network([Dense(64)], (), "float32", seed=1)
    network.add_inputs(300)
    network.add_outputs(3)
    for add in (static, dynamic):
        weights = [array for array in alone(add, fold(network))[1] if array.dtype == np.int8 and array.ndim == 2]
        assert [(np.abs(W).max(), W.size) for W in weights] == [(64, 64 * 300)]


@pytest.mark.parametrize("add", [static, dynamic])
def test_a_unit_that_is_all_bias_and_a_unit_that_is_nothing(add):
    """1e-12 beside a bias of 2 is less than one part of an int32, and a row of zeros has no scale of its own."""
    layer = FoldedLayer(np.array([[1e-12, 0.0], [0.0, 0.0], [0.5, 0.5]]), np.array([2.0, 0.0, 0.0]), "relu", (0.0, 2.0))
    nothing = FoldedLayer(np.zeros((2, 3)), np.zeros(2), "relu", (0.0, 0.0))
    head = FoldedLayer(np.array([[1.0, 1.0, 1.0]]), np.array([0.0]), "identity", (-np.inf, np.inf))
    (o,) = run(alone(add, [layer, head])[0], np.array([[0.5, 1.0]], np.float32))
    assert o.item() == pytest.approx(2.75, abs=0.01)  # Half a step of 2 / 255 for each of the three.
    (o,) = run(alone(add, [layer, nothing, HEAD])[0], np.array([[0.5, 1.0]], np.float32))
    assert o.item() == pytest.approx(0.3, abs=1e-6)
