"""Hidden layers in integers: int8 weights, uint8 activations. The head, which is small, stays float32.

With fixed scales a convolution in front does so as well: its filters are small, and for inputs one byte is too coarse.

Weights have a scale for each row and keep to +-64: AVX2 adds two products of uint8 and int8 in an int16, and would
cut off what is beyond 2 * 255 * 64. So every CPU gets the same sums, as with 127 only those with VNNI would.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from onnx import TensorProto, helper

from streamnorm.arguments import require_one_of
from streamnorm.estimator import CLIP, NormProp
from streamnorm.typing import Array

from .activations import OPERATORS
from .folded import Folded, FoldedConvolution, FoldedLayer, FoldedPool
from .graph import Graph
from .prediction import Affine, affine
from .sliding import activated, laid, pooled

LARGEST_WEIGHT = 64
# Beside it, what the weights sum up to finds its place in an int32.
LARGEST_BIAS = 2**30
# A row of zeros has a scale, too.
SMALLEST_SCALE = 1e-15
# From the smallest uint8 to the largest.
STEPS = 255


class Stored(NamedTuple):
    """What is left of a tensor once it is a uint8, whose unit is `scale` and whose 0 is at `zero`."""

    tensor: str
    scale: float
    zero: int


def static(graph: Graph, h: str, layers: list[Folded]) -> str:
    """Folded layers whose activations have fixed scales: the layers' own reach, and +-5 for the input.

    One byte would round inputs to 0.04 standard deviations, which costs more than all other rounding together. So the
    input is the sum of two: a coarse one, and what is left. Both meet the same weights.
    """
    front, hidden, head = _parts(layers)
    h = affine(graph, h, front)
    if front and isinstance(front[-1], FoldedConvolution):
        terms = [_stored(graph, h, *_scale(front[-1].reach))]
    else:
        scale, zero = 2.0 * CLIP / STEPS, 128
        coarse = _stored(graph, h, scale, zero)
        terms = [coarse, _stored(graph, graph.add("Sub", h, coarse.tensor), scale / STEPS, zero)]
    for layer in hidden:
        if isinstance(layer, FoldedPool):
            terms = [_stored(graph, pooled(graph, h, layer), scale, zero) for h, scale, zero in terms]
            continue
        if isinstance(layer, FoldedLayer) and layer.flattens:
            # Between uint8 and uint8 it is done on bytes.
            terms = [_stored(graph, graph.add("Flatten", h), scale, zero) for h, scale, zero in terms]
        W, b = _stored_parameters(graph, layer, terms[0].scale)
        z = _sums(graph, layer, terms[0].tensor, W, b)
        for term in terms[1:]:
            z = graph.add("Add", z, _sums(graph, layer, term.tensor, W))
        terms = [_stored(graph, _activated(graph, z, layer), *_scale(layer.reach))]
    return affine(graph, terms[0].tensor, [head])


def _parts(layers: list[Folded]) -> tuple[list[Folded], list[Folded], Folded]:
    """What stays float up to the first convolution, the layers behind, and the head."""
    *hidden, head = layers
    first = next((i for i, layer in enumerate(hidden) if not isinstance(layer, FoldedPool)), len(hidden))
    if first < len(hidden) and isinstance(hidden[first], FoldedConvolution):
        first += 1
    front, behind = hidden[:first], hidden[first:]
    if all(isinstance(layer, FoldedPool) for layer in behind):
        if any(isinstance(layer, FoldedConvolution) for layer in front):
            raise ValueError(
                "the one convolution of the model stays float32 with fixed scales, and there is no other layer to "
                'quantize: export it with quantize="dynamic" or None'
            )
        raise _nothing_to_quantize()
    return front, behind, head


def dynamic(graph: Graph, h: str, layers: list[Folded]) -> str:
    """Folded layers that scale their input by what is in it, for all rows of a batch alike."""
    *hidden, head = layers
    if all(isinstance(layer, FoldedPool) for layer in hidden):
        raise _nothing_to_quantize()
    for layer in hidden:
        if isinstance(layer, FoldedPool):
            h = pooled(graph, h, layer)
            continue
        if isinstance(layer, FoldedLayer) and layer.flattens:
            h = graph.add("Flatten", h)
        name = f"DynamicQuantizeLinear{len(graph.nodes)}"
        integers, scale, zero = (f"{name}.{part}" for part in ("integers", "scale", "zero"))
        graph.nodes.append(helper.make_node("DynamicQuantizeLinear", [h], [integers, scale, zero], name=name))
        W, scales = _rows(layer.weight)
        if isinstance(layer, FoldedConvolution):
            # Around it there are the input's zeros.
            products = graph.add("ConvInteger", integers, W, zero, **laid(layer))
            scales, b = (row.reshape(-1, *[1] * len(layer.slide.kernel)) for row in (scales, layer.bias))
        else:
            products, b = graph.add("MatMulInteger", integers, W.T.copy(), zero), layer.bias
        sums = graph.add("Cast", products, to=TensorProto.FLOAT)
        s = graph.add("Mul", sums, graph.add("Mul", scale, scales))
        h = _activated(graph, graph.add("Add", s, b), layer)
    return affine(graph, h, [head])


def _nothing_to_quantize() -> ValueError:
    return ValueError("a model with hidden=() has no layer to quantize: export it with quantize=None")


def _sums(graph: Graph, layer: FoldedLayer | FoldedConvolution, h: str, *parameters: str) -> str:
    if isinstance(layer, FoldedConvolution):
        return graph.add("Conv", h, *parameters, **laid(layer))
    return graph.add("Gemm", h, *parameters, transB=1)


def _activated(graph: Graph, z: str, layer: FoldedLayer | FoldedConvolution) -> str:
    if isinstance(layer, FoldedConvolution):
        return activated(graph, z, layer)
    return OPERATORS[layer.activation](graph, z)


def _scale(reach: tuple[float, float]) -> tuple[float, int]:
    """The scale of a uint8 for outputs within reach, and where its 0 is."""
    low, high = min(reach[0], 0.0), max(reach[1], 0.0)
    scale = max((high - low) / STEPS, SMALLEST_SCALE)
    return scale, round(-low / scale)


def _stored(graph: Graph, h: str, scale: float, zero: int) -> Stored:
    point: Array = np.array(zero, np.uint8)
    integers = graph.add("QuantizeLinear", h, scale, point)
    return Stored(graph.add("DequantizeLinear", integers, scale, point), scale, zero)


def _stored_parameters(graph: Graph, layer: FoldedLayer | FoldedConvolution, scale: float) -> tuple[str, str]:
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
    """Weights as int8 [fan_out, ...], and the rows' scales [fan_out], each as small as may be."""
    rows = weight.reshape(len(weight), -1)
    scales = np.maximum(np.abs(rows).max(axis=1) / LARGEST_WEIGHT, least)
    scales = np.maximum(scales, SMALLEST_SCALE).astype(np.float32)
    return np.rint(rows / scales[:, None]).astype(np.int8).reshape(weight.shape), scales


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
