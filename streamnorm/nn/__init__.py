"""NormProp layers as torch modules, for people who build their own architecture."""

from streamnorm.nn.linear import Linear
from streamnorm.nn.normalized_activation import NormalizedActivation

__all__ = ["Linear", "NormalizedActivation"]
