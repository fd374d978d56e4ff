"""The reference engine with convolutions and pools, against numbers worked out by hand, differences and torch."""

import math

import numpy as np
import pytest
import torch

from streamnorm import AvgPool, Conv1d, Conv2d, GlobalAvgPool, GlobalMaxPool, MaxPool
from streamnorm.activations import ACTIVATIONS
from streamnorm.engines.reference import Reference
from streamnorm.layers import placed
from streamnorm.layers.placement import size_of
from streamnorm.losses import CrossEntropy, SquaredError
from streamnorm.network import Network
from streamnorm.optim import SGD

MEAN = 1 / math.sqrt(2 * math.pi)
SD = math.sqrt((1 - 1 / math.pi) / 2)


def network_of(hidden, shape, outputs, activation="relu"):
    height, width = size_of(shape)
    network = Network(placed(hidden, shape, activation), (), "float64", 7, height * width)
    network.add_inputs(shape[0])
    network.add_outputs(outputs)
    return network


def test_one_step_by_hand():
    """Two filters of two steps on h = (1, 2, 1): patches (1, 2) and (2, 1). Target 0, squared error, SGD at 0.1.

    Filter 1 is (3, 4), gain 0.5, bias 0.1: u = (11, 10) / 5 and z = (1.2, 1.1). Filter 2 is (0, -2), gain 1, bias 0.2:
    u = (-2, -1), z = (-1.8, -0.8), off at both positions and so idle: a = q = -m / d.
    The head (2, -1, 1, 3) has position by position: o = 2 a_1 - q + a_2 + 3 q + 0.3, and delta = o.
    e = (2, 1) o / d for filter 1, so dL/db = 3 o / d, dL/dg = (2 * 2.2 + 2) o / d = 6.4 o / d, and dL/dw =
    o / d * 0.5 / 5 * [2 ((1, 2) - 2.2 / 5 (3, 4)) + (2, 1) - 2 / 5 (3, 4)] = o / d (0.016, -0.012).

    The squares of all gradients, divided by o^2: the head's a_1^2 + a_2^2 + 2 q^2 + 1, and the filter's
    (9 + 40.96 + 0.0004) / d^2. Half of that times 0.1 shortens the step.
    """
    a_1, a_2, q = (1.2 - MEAN) / SD, (1.1 - MEAN) / SD, -MEAN / SD
    o = 2 * a_1 + a_2 + 2 * q + 0.3
    rate = 0.1 / (1 + 0.05 * (a_1**2 + a_2**2 + 2 * q**2 + 1 + 49.9604 / SD**2))
    step = rate * o / SD
    network = network_of((Conv1d(2, 2, padding="valid"),), (1, 3), outputs=1)
    filters, head = network.parameters
    filters["W"].value[:] = [[3.0, 4.0], [0.0, -2.0]]
    filters["g"].value[:] = [0.5, 1.0]
    filters["b"].value[:] = [0.1, 0.2]
    head["W"].value[:] = [[2.0, -1.0, 1.0, 3.0]]
    head["b"].value[:] = [0.3]
    engine = Reference(network, SquaredError(), SGD(0.1))

    assert engine.forward(np.array([1.0, 2.0, 1.0])) == pytest.approx([o], rel=1e-14)
    engine.learn(np.array([1.0, 2.0, 1.0]), 0.0)

    # The same few operations in another order: a rounding or two.
    np.testing.assert_allclose(filters["W"].value, [[3.0 - 0.016 * step, 4.0 + 0.012 * step], [0.0, -2.0]], rtol=1e-14)
    np.testing.assert_allclose(filters["g"].value, [0.5 - 6.4 * step, 1.0], rtol=1e-14)
    np.testing.assert_allclose(filters["b"].value, [0.1 - 3.0 * step, 0.2], rtol=1e-14)
    by_position = np.array([2.0, -1.0, 1.0, 3.0]) - rate * o * np.array([a_1, q, a_2, q])
    np.testing.assert_allclose(head["W"].value, [by_position], rtol=1e-14)
    np.testing.assert_allclose(head["b"].value, [0.3 - rate * o], rtol=1e-14)
    assert network.last[0].tolist() == [1, 0]
    np.testing.assert_allclose(network.reach[0], [[0.0, -1.8], [1.2, 0.0]], rtol=1e-14)


NETS = {
    "1-D same": ((2, 7), (Conv1d(3, 4, stride=2),)),
    "1-D valid": ((2, 7), (Conv1d(3, 3, stride=2, padding="valid"), 4)),
    "1-D max": ((2, 9), (Conv1d(4, 3), MaxPool(3, stride=2), Conv1d(3, 2))),
    "1-D avg": ((2, 9), (Conv1d(4, 3), AvgPool(3, stride=2), Conv1d(3, 2))),
    "1-D global max": ((2, 9), (Conv1d(4, 3), Conv1d(3, 2), GlobalMaxPool(), 4)),
    "1-D global avg": ((2, 9), (Conv1d(4, 3), Conv1d(3, 2), GlobalAvgPool(), 4)),
    "2-D same": ((2, 4, 5), (Conv2d(3, (2, 3), stride=(2, 1)), 4)),
    "2-D valid": ((2, 4, 5), (Conv2d(3, (2, 3), stride=(1, 2), padding="valid"), 4)),
    "2-D max": ((1, 6, 5), (Conv2d(4, 3), MaxPool((2, 3), stride=1), Conv2d(3, 2))),
    "2-D avg": ((1, 6, 5), (Conv2d(4, 3), AvgPool(2), Conv2d(3, 2), GlobalMaxPool())),
}


@pytest.mark.parametrize(("shape", "hidden"), NETS.values(), ids=NETS)
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_gradients_are_central_differences(activation, shape, hidden):
    rng = np.random.default_rng(7)
    network = network_of(hidden, shape, 3, activation)
    for array in (parameter.value for parameters in network.parameters for parameter in parameters.values()):
        array += rng.normal(scale=0.3, size=array.shape)
    loss = CrossEntropy()
    engine = Reference(network, loss, SGD())
    h = rng.standard_normal(network.fan_in)
    for parameters, gradients in zip(network.parameters, engine.gradients(h, 1)[1], strict=True):
        assert parameters.keys() == gradients.keys()
        for name, parameter in parameters.items():
            numeric = np.zeros_like(parameter.value)
            for index in np.ndindex(numeric.shape):
                at = parameter.value[index]
                parameter.value[index] = at + 1e-5
                above = loss.value(engine.forward(h), 1)
                parameter.value[index] = at - 1e-5
                below = loss.value(engine.forward(h), 1)
                parameter.value[index] = at
                numeric[index] = (above - below) / 2e-5
            # Truncation is of order (1e-5)^2, rounding 1e-16 / 1e-5.
            np.testing.assert_allclose(gradients[name], numeric, rtol=1e-6, atol=1e-9, err_msg=name)


def output_of(hidden, shape, h):
    """What stands in front of the head, channels first: the head hands on all that it gets."""
    layers = placed(hidden, shape, "relu")
    n = layers[-1].grid.positions * shape[0]
    network = network_of(hidden, shape, n)
    network.parameters[-1]["W"].value[:] = np.eye(n)
    output = Reference(network, SquaredError(), SGD()).forward(h.transpose(1, 2, 0).ravel())
    return output.reshape(*layers[-1].grid.out, shape[0]).transpose(2, 0, 1)


@pytest.mark.parametrize("size", [2, 3, (1, 4), (3, 2)], ids=str)
@pytest.mark.parametrize("stride", [None, 1, 2, (3, 1)], ids=str)
def test_local_pools_are_torchs(size, stride):
    h = np.random.default_rng(7).standard_normal((3, 7, 8))
    t = torch.from_numpy(h)
    # Sums of 6 numbers, in another order.
    np.testing.assert_array_equal(
        output_of((MaxPool(size, stride),), h.shape, h), torch.nn.functional.max_pool2d(t, size, stride)
    )
    np.testing.assert_allclose(
        output_of((AvgPool(size, stride),), h.shape, h), torch.nn.functional.avg_pool2d(t, size, stride), atol=1e-15
    )


def test_global_pools_by_hand():
    """On the input itself, as two normals for its 2 x 2 positions: E max = 1/sqrt(pi); a mean has sd 1/sqrt(2)."""
    h = np.array([[[1.0, -2.0], [0.5, 3.0]], [[-1.0, -2.0], [-0.5, -4.5]]])
    mean, sd = 1.0 / math.sqrt(math.pi), math.sqrt(1.0 - 1.0 / math.pi)
    # The constants are a sum of 200,000 terms, 1e-7 of which is missing.
    largest = output_of((GlobalMaxPool(),), h.shape, h).ravel()
    assert largest == pytest.approx([(3.0 - mean) / sd, (-0.5 - mean) / sd], rel=1e-6)
    means = output_of((GlobalAvgPool(),), h.shape, h).ravel()
    assert means == pytest.approx([0.625 * math.sqrt(2.0), -2.0 * math.sqrt(2.0)], rel=1e-14)


def test_a_pool_of_units_behind_a_convolution_has_the_activations_constants():
    """What a global pool subtracts depends on what made the values, not on what comes next."""
    for activation in ACTIVATIONS:
        _, pool = placed((Conv1d(3, 2), GlobalMaxPool()), (1, 16), activation)
        (alone,) = placed((GlobalMaxPool(),), (1, 16), activation)
        assert (pool.moments == alone.moments) == (activation == "identity")
