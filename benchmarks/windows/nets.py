"""The layers that an estimator of ours declares, in torch, with another normalisation or with none."""

from __future__ import annotations

import torch
from torch import nn

from streamnorm.layers import Conv1d, Conv2d, Declared, GlobalMaxPool, MaxPool

GROUPS = 4
# Over all of a sample, with a gain and a bias for each channel: LayerNorm is GroupNorm with one group.
NORMS = {
    "ReLU": lambda channels: [],
    "LayerNorm": lambda channels: [nn.GroupNorm(1, channels)],
    "GroupNorm": lambda channels: [nn.GroupNorm(GROUPS, channels)],
}


def net(hidden: tuple[Declared, ...], shape: tuple[int, ...], n_classes: int, norm: str) -> nn.Sequential:
    """Hidden layers with He's initial weights, each with its normalisation in front of ReLU, and torch's own head."""
    layers: list[nn.Module] = []
    images = len(shape) == 3
    for layer in hidden:
        out = nn.Sequential(*layers)(torch.zeros(1, *shape)).shape
        if isinstance(layer, MaxPool):
            layers.append((nn.MaxPool2d if images else nn.MaxPool1d)(layer.size, layer.stride))
        elif isinstance(layer, GlobalMaxPool):
            layers.append((nn.AdaptiveMaxPool2d if images else nn.AdaptiveMaxPool1d)(1))
        elif isinstance(layer, Conv1d | Conv2d):
            kind = nn.Conv2d if images else nn.Conv1d
            convolution = kind(out[1], layer.filters, layer.kernel, layer.stride, padding=layer.padding)
            layers += [he(convolution), *NORMS[norm](layer.filters), nn.ReLU()]
        else:
            dense = nn.Linear(out[1:].numel(), layer)
            layers += [nn.Flatten(), he(dense), *NORMS[norm](layer), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(hidden[-1], n_classes))


def he(layer: nn.Module) -> nn.Module:
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    nn.init.zeros_(layer.bias)
    return layer
