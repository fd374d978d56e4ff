"""Convolutions and pools as nodes of a graph, in float32."""

from __future__ import annotations

from typing import Any

from .activations import OPERATORS
from .folded import FoldedConvolution, FoldedPool, Slide
from .graph import Graph


def convolved(graph: Graph, h: str, layer: FoldedConvolution) -> str:
    """A convolution behind a tensor [batch, channels, *size]."""
    if layer.activation == "relu" and layer.shift:
        # max(u, 0) - s = max(u - s, -s): one node, which runtimes fuse with the convolution.
        return graph.add("Clip", _added(graph, h, layer, layer.shift), -layer.shift)
    return less(graph, OPERATORS[layer.activation](graph, _added(graph, h, layer)), layer.shift)


def pooled(graph: Graph, h: str, layer: FoldedPool) -> str:
    """A pool behind a tensor [batch, channels, *size]."""
    kind = "Max" if layer.maximum else "Average"
    if layer.slide.everywhere:
        return less(graph, graph.add(f"Global{kind}Pool", h), layer.shift)
    p = graph.add(f"{kind}Pool", h, kernel_shape=layer.slide.kernel, strides=layer.slide.strides)
    return less(graph, p, layer.shift)


def laid(slide: Slide) -> dict[str, Any]:
    """The attributes of a convolution."""
    return {"kernel_shape": slide.kernel, "strides": slide.strides, "pads": slide.pads}


def less(graph: Graph, tensor: str, shift: float) -> str:
    return graph.add("Sub", tensor, shift) if shift else tensor


def _added(graph: Graph, h: str, layer: FoldedConvolution, shift: float = 0.0) -> str:
    return graph.add("Conv", h, layer.weight, layer.bias - shift, **laid(layer.slide))
