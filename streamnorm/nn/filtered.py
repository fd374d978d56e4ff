"""Unit filters on a grid."""

from __future__ import annotations

import torch

from streamnorm.layers.dense import SMALLEST_NORM
from streamnorm.layers.grid import Grid


def filtered(h: torch.Tensor, weight: torch.Tensor, gain: torch.Tensor, bias: torch.Tensor, grid: Grid) -> torch.Tensor:
    r"""$z_{ip} = g_i \, w_i \cdot h_p / \|w_i\| + b_i$ [..., filters, *grid.out] for the patches $h_p$ of images.

    Parameters
    ----------
    h
        [..., channels, height, width], with one axis in front of them or none.
    weight
        [filters, channels, *grid.kernel].
    gain, bias
        [filters].
    grid
        Where the patches are.

    """
    (height, width), (top, left), (below, right) = grid.size, grid.before, grid.padded
    padded = torch.nn.functional.pad(h, (left, right - width - left, top, below - height - top))
    norm = torch.linalg.vector_norm(weight.flatten(1), dim=1).clamp_min(SMALLEST_NORM)
    u = torch.nn.functional.conv2d(padded, weight, stride=grid.stride) / norm[:, None, None]
    z: torch.Tensor = gain[:, None, None] * u + bias[:, None, None]
    return z
