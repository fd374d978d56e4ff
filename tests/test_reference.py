"""The reference engine, against numbers worked out by hand and against finite differences."""

import math

import numpy as np
import pytest

from streamnorm.activations import ACTIVATIONS
from streamnorm.engines.reference import Reference
from streamnorm.layers import Dense
from streamnorm.losses import CrossEntropy, Huber, SquaredError
from streamnorm.network import Network
from streamnorm.optim import SGD

MEAN = 1 / math.sqrt(2 * math.pi)
SD = math.sqrt((1 - 1 / math.pi) / 2)


def network_2_2_1() -> Network:
    network = Network([Dense(2, "relu")], SGD.slots, "float64", seed=1)
    network.add_inputs(2)
    network.add_outputs(1)
    hidden, head = network.parameters
    hidden["W"].value[:] = [[3.0, 4.0], [0.0, -2.0]]
    hidden["g"].value[:] = [0.5, 1.0]
    hidden["b"].value[:] = [0.1, 0.2]
    head["W"].value[:] = [[2.0, -1.0]]
    head["b"].value[:] = [0.3]
    return network


def test_one_step_by_hand():
    """h = (1, 2), target 0, squared error, SGD at 0.1.

    r = (5, 2), s = (11, -4), u = (2.2, -2), z = (0.5 * 2.2 + 0.1, -2 + 0.2) = (1.2, -1.8): unit 2 is off.
    a = ((1.2 - m) / d, -m / d), o = 2 a_1 - a_2 + 0.3, and e_o = o.
    e_1 = 2 o / d, e_2 = 0, c = e_1 g_1 / r_1 = o / (5 d), dL/dw_1 = c (h - u_1 / r_1 w_1) = c (-0.32, 0.24).
    """
    a_1, a_2 = (1.2 - MEAN) / SD, -MEAN / SD
    o = 2 * a_1 - a_2 + 0.3
    e = 2 * o / SD
    c = o / (5 * SD)
    network = network_2_2_1()
    engine = Reference(network, SquaredError(), SGD(0.1))

    assert engine.forward(np.array([1.0, 2.0])) == pytest.approx([o], rel=1e-14)
    engine.learn(np.array([1.0, 2.0]), 0.0)

    hidden, head = network.parameters
    # The same few operations in another order: a rounding or two.
    np.testing.assert_allclose(hidden["W"].value, [[3.0 + 0.032 * c, 4.0 - 0.024 * c], [0.0, -2.0]], rtol=1e-14)
    np.testing.assert_allclose(hidden["g"].value, [0.5 - 0.22 * e, 1.0], rtol=1e-14)
    np.testing.assert_allclose(hidden["b"].value, [0.1 - 0.1 * e, 0.2], rtol=1e-14)
    np.testing.assert_allclose(head["W"].value, [[2.0 - 0.1 * o * a_1, -1.0 - 0.1 * o * a_2]], rtol=1e-14)
    np.testing.assert_allclose(head["b"].value, [0.3 - 0.1 * o], rtol=1e-14)
    assert network.step == 1


@pytest.mark.parametrize("loss", [CrossEntropy(), SquaredError(), Huber()], ids=lambda loss: type(loss).__name__)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_are_central_differences(activation, loss):
    rng = np.random.default_rng(7)
    outputs, target = (3, 1) if isinstance(loss, CrossEntropy) else (1, 0.7)
    network = Network([Dense(5, activation), Dense(4, activation)], SGD.slots, "float64", seed=7)
    network.add_inputs(6)
    network.add_outputs(outputs)
    for _, array in network.arrays():
        array += rng.normal(scale=0.3, size=array.shape)
    engine = Reference(network, loss, SGD())
    h = rng.standard_normal(6)

    for parameters, gradients in zip(network.parameters, engine.gradients(h, target), strict=True):
        for name, parameter in parameters.items():
            numeric = np.zeros_like(parameter.value)
            for index in np.ndindex(numeric.shape):
                at = parameter.value[index]
                parameter.value[index] = at + 1e-5
                above = loss.value(engine.forward(h), target)
                parameter.value[index] = at - 1e-5
                below = loss.value(engine.forward(h), target)
                parameter.value[index] = at
                numeric[index] = (above - below) / 2e-5
            # Truncation is of order (1e-5)^2, rounding 1e-16 / 1e-5.
            np.testing.assert_allclose(gradients[name], numeric, rtol=1e-6, atol=1e-9, err_msg=name)


def test_the_weight_gradient_is_orthogonal_to_its_row():
    network = network_2_2_1()
    gradients = Reference(network, SquaredError(), SGD()).gradients(np.array([1.0, 2.0]), 0.0)
    assert (gradients[0]["W"] * network.parameters[0]["W"].value).sum(axis=1) == pytest.approx([0.0, 0.0], abs=1e-14)


def test_a_sample_weight_scales_the_gradient():
    engine = Reference(network_2_2_1(), SquaredError(), SGD())
    once, thrice = (engine.gradients(np.array([1.0, 2.0]), 0.0, weight) for weight in (1.0, 3.0))
    np.testing.assert_allclose(thrice[0]["W"], 3.0 * once[0]["W"], rtol=1e-14)
