"""Hidden layers at many points at once, in float64, for reports: arrays have a column for each point.

With the points last, what slides over positions takes them for more channels. Each layer has an `inner` value, which
decides how it bends: z of units, the values that a pool chooses from.
"""

from __future__ import annotations

from streamnorm.batch.largest import Largest
from streamnorm.batch.mean import Mean
from streamnorm.batch.units import Units
from streamnorm.layers import Affine, Pool
from streamnorm.network import Network

__all__ = ["Largest", "Layer", "Mean", "Units", "hidden"]

Layer = Units | Largest | Mean


def hidden(network: Network) -> list[Layer]:
    """The hidden layers of a network as it is now."""
    layers: list[Layer] = []
    for layer, parameters in zip(network.layers, network.parameters, strict=True):
        if isinstance(layer, Pool):
            layers.append(Largest(layer) if layer.maximum else Mean(layer))
        elif not isinstance(layer, Affine):
            layers.append(Units(layer, parameters))
    return layers
