"""Declarative layers: their shapes and initial values, nothing else. Engines do the arithmetic."""

from streamnorm.layers.affine import Affine
from streamnorm.layers.dense import Dense

__all__ = ["Affine", "Dense", "Layer"]

Layer = Dense | Affine
