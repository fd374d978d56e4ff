from __future__ import annotations

from collections.abc import Callable

import torch

from streamnorm.activations import ACTIVATIONS, LEAKY_SLOPE
from streamnorm.moments import moments
from streamnorm.typing import Array

# softplus as torch has it turns linear above 20, with a step of 2e-9.
_FUNCTIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": torch.relu,
    "leaky_relu": lambda z: torch.nn.functional.leaky_relu(z, LEAKY_SLOPE),
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "gelu": torch.nn.functional.gelu,
    "silu": torch.nn.functional.silu,
    "softplus": lambda z: torch.logaddexp(z, torch.zeros_like(z)),
    "identity": lambda z: z,
}


class NormalizedActivation(torch.nn.Module):
    r"""Activation shifted and scaled to mean 0 and variance 1: $a = (f(z) - m_f) / d_f$.

    Parameters
    ----------
    activation
        A name (see `streamnorm.activations`), or any smooth elementwise function of tensors: its moments under a
        standard normal input then come from Gauss-Hermite quadrature.

    Attributes
    ----------
    mean, sd
        The constants $m_f$ and $d_f$.

    Raises
    ------
    ValueError
        For a name that is not known, or a function that has no variance.

    Examples
    --------
    >>> import torch
    >>> activation = NormalizedActivation(torch.sin)
    >>> activation.mean, activation.sd
    (0.0, 0.657520)
    >>> _ = torch.manual_seed(42)
    >>> activation(torch.randn(1_000_000)).std().item()
    1.00

    """

    def __init__(self, activation: str | Callable[[torch.Tensor], torch.Tensor] = "relu") -> None:
        super().__init__()
        if callable(activation):
            self._function = activation
            self.mean, self.sd = moments(lambda z: _on_array(activation, z))
        elif activation in _FUNCTIONS:
            self._function = _FUNCTIONS[activation]
            self.mean, self.sd = ACTIVATIONS[activation].moments
        else:
            raise ValueError(f"activation is one of {', '.join(_FUNCTIONS)} or a function, not {activation!r}")

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return (self._function(z) - self.mean) / self.sd


def _on_array(function: Callable[[torch.Tensor], torch.Tensor], z: Array) -> Array:
    with torch.no_grad():
        values: Array = function(torch.from_numpy(z.copy())).numpy()
    return values
