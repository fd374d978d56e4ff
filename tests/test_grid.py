"""Where patches lie, against torch's unfold and fold, TensorFlow's rule and ONNX's SAME_UPPER."""

import numpy as np
import onnxruntime
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from streamnorm.layers.grid import grid


@st.composite
def situations(draw):
    size, kernel, stride = (draw(st.tuples(st.integers(1, most), st.integers(1, most))) for most in (9, 5, 4))
    padding = draw(st.sampled_from(["same", "valid"]))
    if padding == "valid":
        kernel = min(kernel[0], size[0]), min(kernel[1], size[1])
    return size, kernel, stride, padding, draw(st.integers(1, 3))


def zeros_by_tensorflow(n, kernel, stride, padding):
    """How many zeros stand in front and behind, as TensorFlow documents it."""
    if padding == "valid":
        return 0, 0
    total = max(kernel - stride if n % stride == 0 else kernel - n % stride, 0)
    return total // 2, total - total // 2


def channels_first(h, size):
    return torch.from_numpy(h.reshape(*size, -1)).movedim(-1, 0)[None]


@settings(max_examples=60, deadline=None)
@given(situations(), st.integers(0, 2**32 - 1))
def test_gather_is_unfold_and_scatter_is_fold(situation, seed):
    size, kernel, stride, padding, channels = situation
    where = grid(size, kernel, stride, padding)
    rng = np.random.default_rng(seed)
    h = rng.integers(-9, 10, size[0] * size[1] * channels).astype(float)
    (top, below), (left, right) = (zeros_by_tensorflow(*n, padding) for n in zip(size, kernel, stride, strict=True))
    padded = torch.nn.functional.pad(channels_first(h, size), (left, right, top, below))
    expected = torch.nn.functional.unfold(padded, kernel, stride=stride)[0]  # [channels * area, positions]
    patches = where.gather(h)
    assert patches.shape == (where.positions, where.area, channels)
    np.testing.assert_array_equal(patches.transpose(2, 1, 0).reshape(expected.shape), expected)

    patches = rng.integers(-9, 10, patches.shape).astype(float)
    columns = torch.from_numpy(patches.transpose(2, 1, 0).reshape(1, *expected.shape).copy())
    folded = torch.nn.functional.fold(columns, padded.shape[-2:], kernel, stride=stride)[0]
    inside = folded[:, top : top + size[0], left : left + size[1]]
    np.testing.assert_array_equal(where.scatter(patches), inside.movedim(0, -1).reshape(-1))


@settings(max_examples=60, deadline=None)
@given(situations(), st.integers(0, 2**32 - 1))
def test_scatter_is_the_transpose_of_gather(situation, seed):
    """<gather(h), P> = <h, scatter(P)>, in whole numbers and so exactly."""
    size, kernel, stride, padding, channels = situation
    where = grid(size, kernel, stride, padding)
    rng = np.random.default_rng(seed)
    h = rng.integers(-9, 10, size[0] * size[1] * channels).astype(float)
    patches = rng.integers(-9, 10, (where.positions, where.area, channels)).astype(float)
    assert np.vdot(where.gather(h), patches) == np.vdot(h, where.scatter(patches))


# Where a stride leaves out two values or more, ONNX's formula has negative padding, and TensorFlow's has none.
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3, 6])
@pytest.mark.parametrize("steps", [7, 8])
def test_same_is_onnxs_same_upper(steps, kernel, stride):
    rng = np.random.default_rng(steps)
    # Whole numbers: float32 adds them without a rounding, in whatever order.
    window, filters = (rng.integers(-9, 10, shape).astype(np.float32) for shape in [(2, steps), (3, 2, kernel)])
    node = helper.make_node("Conv", ["h", "W"], ["z"], auto_pad="SAME_UPPER", strides=[stride])
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, array.shape)
        for name, array in [("h", window[None]), ("W", filters)]
    ]
    outputs = [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)]
    model = helper.make_model(
        helper.make_graph([node], "g", inputs, outputs), opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (expected,) = session.run(None, {"h": window[None], "W": filters})

    where = grid((1, steps), (1, kernel), (1, stride), "same")
    W = filters.transpose(0, 2, 1).reshape(3, -1)  # A filter of the network is channels last.
    z = where.gather(window.T.ravel()).reshape(where.positions, -1) @ W.T
    np.testing.assert_array_equal(z.T, expected[0])


def test_a_kernel_that_does_not_fit():
    with pytest.raises(ValueError, match=r"a kernel of 3 x 9 does not fit into 8 x 8 positions"):
        grid((8, 8), (3, 9), (1, 1), "valid")


def test_longer_strides_than_the_input_are_one_patch():
    """Whatever the stride: there is as much memory as for one of the input's size."""
    for padding in ("same", "valid"):
        assert grid((4, 5), (3, 3), (10**30, 10**30), padding) == grid((4, 5), (3, 3), (4, 5), padding)
