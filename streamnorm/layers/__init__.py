"""Declarative layers: their shapes and initial values, nothing else. Engines do the arithmetic."""

from streamnorm.layers.affine import Affine
from streamnorm.layers.avg_pool import AvgPool
from streamnorm.layers.conv1d import Conv1d
from streamnorm.layers.conv2d import Conv2d
from streamnorm.layers.convolution import Convolution
from streamnorm.layers.dense import Dense
from streamnorm.layers.global_avg_pool import GlobalAvgPool
from streamnorm.layers.global_max_pool import GlobalMaxPool
from streamnorm.layers.max_pool import MaxPool
from streamnorm.layers.placement import DECLARED, Declared, Hidden, placed
from streamnorm.layers.pool import Pool

__all__ = [
    "DECLARED",
    "Affine",
    "AvgPool",
    "Conv1d",
    "Conv2d",
    "Convolution",
    "Declared",
    "Dense",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "Hidden",
    "Layer",
    "MaxPool",
    "Pool",
    "placed",
]

Layer = Hidden | Affine
