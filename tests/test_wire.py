"""The wire format, read and changed without the onnx package, against what onnx makes of it."""

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from streamnorm.export import wire
from streamnorm.export.subgraph import subgraph

ARRAYS = {
    "a": np.arange(6, dtype=np.float32).reshape(2, 3),
    "long name " * 30: np.array([-1, 2**40]),
    "b": np.array([[np.pi]]),
    "empty": np.zeros((0, 3)),
    "scalar": np.array(7.0),
}


def model(arrays=ARRAYS, props=None):
    nodes = [
        helper.make_node("Add", ["x", "a"], ["sum"]),
        helper.make_node("Mul", ["sum", "sum"], ["square"]),
        helper.make_node("Sub", ["x", "default"], ["difference"]),
    ]
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2, 3]) for name in ("x", "unused", "default")]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2, 3]) for name in ("square", "difference")]
    constants = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    constants.append(numpy_helper.from_array(np.ones((2, 3), np.float32), "default"))
    proto = helper.make_model(
        helper.make_graph(nodes, "g", inputs, outputs, constants),
        opset_imports=[helper.make_opsetid("", 13)],
        ir_version=7,
    )
    helper.set_model_props(proto, props or {"key": "value", "empty": "", "größe": "ü" * 200})
    return proto


def test_arrays_are_those_that_onnx_reads():
    found = wire.initializers(model().SerializeToString())
    assert list(found) == [*ARRAYS, "default"]
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_writing_an_array_changes_nothing_else():
    content = bytearray(model().SerializeToString())
    wire.initializers(content)["a"][1, 2] = -5.0
    changed = model(ARRAYS | {"a": np.array([[0, 1, 2], [3, 4, -5]], np.float32)})
    assert bytes(content) == changed.SerializeToString()


def test_bytes_that_are_not_ours_to_write_stay():
    with pytest.raises(ValueError, match="read-only"):
        wire.initializers(model().SerializeToString())["a"][:] = 0.0


def test_arrays_of_other_types_are_stepped_over():
    assert "text" not in wire.initializers(model({"text": np.array(["a"], object)}).SerializeToString())


@given(st.dictionaries(st.text(), st.text(), min_size=1), st.text(), st.data())
def test_metadata_is_replaced_where_it_stands(props, value, data):
    key = data.draw(st.sampled_from(list(props)))
    content = model(props=props).SerializeToString()
    assert wire.metadata(content) == props
    assert wire.with_metadata(content, key, value) == model(props=props | {key: value}).SerializeToString()
    assert wire.with_metadata(content, key, props[key]) == content


def test_a_part_of_a_graph():
    part = onnx.load_from_string(subgraph(model().SerializeToString(), "square"))
    onnx.checker.check_model(part, full_check=True)
    assert [node.op_type for node in part.graph.node] == ["Add", "Mul"]
    assert [value.name for value in part.graph.input] == ["x"]
    assert [value.name for value in part.graph.output] == ["square"]
    assert [array.name for array in part.graph.initializer] == ["a"]
    # A default has gone, what it was the default of is an input.
    other = onnx.load_from_string(subgraph(model().SerializeToString(), "difference"))
    assert [value.name for value in other.graph.input] == ["x", "default"]
    assert not other.graph.initializer


def test_no_cut_makes_anything_but_a_value_error():
    content = model().SerializeToString()
    whole = 0
    for end in range(len(content)):
        try:
            wire.initializers(content[:end])
            wire.metadata(content[:end])
            whole += 1  # A file that ends between two fields is one, with less in it.
        except ValueError:
            pass
    assert whole < 12


@given(st.binary(max_size=60))
def test_no_bytes_make_anything_but_a_value_error(content):
    try:
        wire.initializers(content)
        wire.metadata(content)
    except ValueError:
        pass


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x3a\x05ab", "byte 0 is cut short"),
        (b"\x0b", "byte 0 starts a field of the unknown kind 3"),
        (b"\xff" * 20, "number at byte 0 has no end"),
        (b"\x3a\x0a\x2a\x08\x08\x03\x10\x01\x4a\x00\x42\x00", "shape \\[3\\] has 0 bytes"),
    ],
)
def test_what_is_wrong_is_said(content, words):
    with pytest.raises(ValueError, match=words):
        wire.initializers(content)
