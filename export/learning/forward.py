"""From the standardised input to the network's output, with what the way back needs."""

from __future__ import annotations

from typing import NamedTuple

from streamnorm.layers import Affine, Convolution, Layer, Pool
from streamnorm.layers.grid import Grid, grid

from ..graph import Graph
from .layout import Layout
from .patches import Patches
from .pooling import Pooling, add_pooling
from .products import Products
from .units import Units, add_units
from .weighted import Weighted


class Forward(NamedTuple):
    """The output, the hidden layers on the way, and the head."""

    output: str
    hidden: list[Units | Pooling]
    head: Weighted

    @property
    def units(self) -> list[Units]:
        """The hidden layers that learn."""
        return [layer for layer in self.hidden if isinstance(layer, Units)]


def add_forward(graph: Graph, products: Products, theta: str, layout: Layout, h: str) -> Forward:
    """Nodes of the forward pass, from the flat parameters."""
    pieces = iter(graph.split(theta, layout.sizes, axis=-1))
    hidden: list[Units | Pooling] = []
    for layer, shapes, (positions, channels) in zip(layout.layers, layout.shapes, layout.inputs, strict=True):
        patches = Patches(_grid(layer, positions), channels)
        own = {name: next(pieces) for name in shapes}
        if isinstance(layer, Pool):
            pooling, h = add_pooling(graph, products, layer, patches, h)
            hidden.append(pooling)
            continue
        fan_out, fan_in = shapes["W"]
        W = products.shaped(graph, own["W"], fan_in, fan_out)
        weighted = Weighted(patches, patches.gather(graph, products, h, patches.number, fan_in), W)
        if isinstance(layer, Affine):
            output = products.affine(graph, weighted.h, W, own["b"])
        else:
            units, h = add_units(graph, products, layer.activation, weighted, own["g"], own["b"])
            hidden.append(units)
    return Forward(output, hidden, weighted)


def _grid(layer: Layer, positions: int) -> Grid:
    """To a layer without one all of its input is one patch."""
    whole = 1, positions
    return layer.grid if isinstance(layer, Convolution | Pool) else grid(whole, whole, (1, 1), "valid")
