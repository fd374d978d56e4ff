"""Convolutions and pools as nodes of a graph."""

from __future__ import annotations

from typing import Any

from .activations import OPERATORS
from .folded import FoldedConvolution, FoldedPool
from .graph import Graph


def convolved(graph: Graph, h: str, layer: FoldedConvolution) -> str:
    """A convolution in float32 behind a tensor [batch, channels, *size]."""
    return activated(graph, graph.add("Conv", h, layer.weight, layer.bias, **laid(layer)), layer)


def activated(graph: Graph, z: str, layer: FoldedConvolution) -> str:
    """What becomes of a convolution's sums."""
    if layer.floor:
        return graph.add("Clip", z, layer.floor)  # Runtimes take it into the convolution, as they do Relu.
    return _less(graph, OPERATORS[layer.activation](graph, z), layer.shift)


def laid(layer: FoldedConvolution) -> dict[str, Any]:
    """Where a convolution's filters are, as its node has it."""
    slide = layer.slide
    return {"kernel_shape": slide.kernel, "strides": slide.strides, "pads": slide.pads}


def pooled(graph: Graph, h: str, layer: FoldedPool) -> str:
    """A pool behind a tensor [batch, channels, *size]."""
    kind, slide = "Max" if layer.maximum else "Average", layer.slide
    if slide.everywhere:
        p = graph.add(f"Global{kind}Pool", h)
    else:
        p = graph.add(f"{kind}Pool", h, kernel_shape=slide.kernel, strides=slide.strides)
    return _less(graph, p, layer.shift)


def _less(graph: Graph, tensor: str, shift: float) -> str:
    return graph.add("Sub", tensor, shift) if shift else tensor
