"""Hidden layers in integers: int8 weights, uint8 activations. The head, which is small, stays float32.

Weights have a scale for each row and keep to +-64: AVX2 adds two products of uint8 and int8 in an int16, and would
cut off what is beyond 2 * 255 * 64. So every CPU gets the same sums, as with 127 only those with VNNI would.
"""

from __future__ import annotations

import numpy as np
from onnx import TensorProto, helper

from streamnorm.arguments import require_one_of
from streamnorm.estimator import CLIP, NormProp
from streamnorm.typing import Array

from .activations import OPERATORS
from .folded import Folded, FoldedLayer
from .graph import Graph
from .prediction import Affine, affine

LARGEST_WEIGHT = 64
# Beside it, what the weights sum up to finds its place in an int32.
LARGEST_BIAS = 2**30
# A row of zeros has a scale, too.
SMALLEST_SCALE = 1e-15
# From the smallest uint8 to the largest.
STEPS = 255


def static(graph: Graph, h: str, layers: list[Folded]) -> str:
    """Folded layers whose activations have fixed scales: the layers' own reach, and +-5 for the input.

    One byte would round inputs to 0.04 standard deviations, which costs more than all other rounding together. So the
    input is the sum of two: a coarse one, and what is left. Both meet the same weights.
    """
    hidden, head = _hidden_and_head(layers)
    scale, zero = 2.0 * CLIP / STEPS, 128
    coarse = _stored(graph, h, scale, zero)
    terms = [coarse, _stored(graph, graph.add("Sub", h, coarse), scale / STEPS, zero)]
    for layer in hidden:
        W, b = _stored_parameters(graph, layer, scale)
        z = graph.add("Gemm", terms[0], W, b, transB=1)
        for term in terms[1:]:
            z = graph.add("Add", z, graph.add("Gemm", term, W, transB=1))
        low, high = min(layer.reach[0], 0.0), max(layer.reach[1], 0.0)
        scale = max((high - low) / STEPS, SMALLEST_SCALE)
        terms = [_stored(graph, OPERATORS[layer.activation](graph, z), scale, round(-low / scale))]
    return graph.add("Gemm", *terms, head.weight, head.bias, transB=1)


def dynamic(graph: Graph, h: str, layers: list[Folded]) -> str:
    """Folded layers that scale their input by what is in it, for all rows of a batch alike."""
    hidden, head = _hidden_and_head(layers)
    for layer in hidden:
        name = f"DynamicQuantizeLinear{len(graph.nodes)}"
        integers, scale, zero = (f"{name}.{part}" for part in ("integers", "scale", "zero"))
        graph.nodes.append(helper.make_node("DynamicQuantizeLinear", [h], [integers, scale, zero], name=name))
        W, scales = _rows(layer.weight)
        sums = graph.add("Cast", graph.add("MatMulInteger", integers, W.T.copy(), zero), to=TensorProto.FLOAT)
        s = graph.add("Mul", sums, graph.add("Mul", scale, scales))
        h = OPERATORS[layer.activation](graph, graph.add("Add", s, layer.bias))
    return graph.add("Gemm", h, head.weight, head.bias, transB=1)


def _hidden_and_head(layers: list[Folded]) -> tuple[list[FoldedLayer], FoldedLayer]:
    dense = [layer for layer in layers if isinstance(layer, FoldedLayer)]
    if dense != layers:
        raise ValueError("a model with convolutions or pools is not quantized yet: export it with quantize=None")
    *hidden, head = dense
    if not hidden:
        raise ValueError("a model with hidden=() has no layer to quantize: export it with quantize=None")
    return hidden, head


def _stored(graph: Graph, h: str, scale: float, zero: int) -> str:
    """What is left of a tensor once it is a uint8."""
    point: Array = np.array(zero, np.uint8)
    return graph.add("DequantizeLinear", graph.add("QuantizeLinear", h, scale, point), scale, point)


def _stored_parameters(graph: Graph, layer: FoldedLayer, scale: float) -> tuple[str, str]:
    """Weights as int8 and bias as int32, in units of the sums over an input of that scale."""
    W, scales = _rows(layer.weight, np.abs(layer.bias) / (scale * LARGEST_BIAS))
    units = scale * scales
    b = np.rint(layer.bias / units).astype(np.int32)
    nothing = np.zeros(len(b), np.int32)
    return (
        graph.add("DequantizeLinear", W, scales, nothing.astype(np.int8), axis=0),
        graph.add("DequantizeLinear", b, units, nothing, axis=0),
    )


def _rows(weight: Array, least: Array | float = 0.0) -> tuple[Array, Array]:
    """Weights as int8 [fan_out, fan_in], and the rows' scales [fan_out], each as small as may be."""
    scales = np.maximum(np.abs(weight).max(axis=1) / LARGEST_WEIGHT, least)
    scales = np.maximum(scales, SMALLEST_SCALE).astype(np.float32)
    return np.rint(weight / scales[:, None]).astype(np.int8), scales


def arithmetic(model: NormProp, quantize: str | None) -> Affine:
    """How the layers of a model are computed; raises ValueError where it cannot be so."""
    if quantize is None:
        return affine
    require_one_of("quantize", quantize, QUANTIZED)
    if quantize == "int8" and not model.standardize:
        raise ValueError(
            'quantize="int8" takes inputs within 5 standard deviations, and the model has standardize=False: '
            'use quantize="dynamic"'
        )
    return QUANTIZED[quantize]


QUANTIZED: dict[str, Affine] = {"int8": static, "dynamic": dynamic}
