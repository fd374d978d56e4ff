"""Values and derivatives of the activations, against torch."""

import numpy as np
import pytest
import torch

from streamnorm.activations import ACTIVATIONS
from streamnorm.nn import NormalizedActivation

POINTS = np.concatenate([np.linspace(-40.0, 40.0, 4001), [-1e4, 1e4]])  # holds 0, where relu has its kink


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_function_and_derivative_are_torchs(name):
    f = ACTIVATIONS[name]
    z = torch.tensor(POINTS, requires_grad=True)
    a = NormalizedActivation(name)(z)
    a.sum().backward()
    # Both sides round a handful of operations on numbers of order |z|.
    np.testing.assert_allclose((f.function(POINTS) - f.moments.mean) / f.moments.sd, a.detach(), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(f.derivative(POINTS) / f.moments.sd, z.grad, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_float32_stays_float32(name):
    z = POINTS.astype(np.float32)
    assert ACTIVATIONS[name].function(z).dtype == np.float32
    assert ACTIVATIONS[name].derivative(z).dtype == np.float32
