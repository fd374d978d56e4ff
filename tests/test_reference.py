"""The reference engine, against numbers worked out by hand and against finite differences."""

import math

import numpy as np
import pytest
from models import network_2_2_1

from streamnorm.activations import ACTIVATIONS
from streamnorm.engines.reference import Reference
from streamnorm.layers import Dense
from streamnorm.losses import CrossEntropy, Huber, SigmoidCrossEntropy, SquaredError
from streamnorm.network import Network
from streamnorm.optim import SGD

MEAN = 1 / math.sqrt(2 * math.pi)
SD = math.sqrt((1 - 1 / math.pi) / 2)


def test_one_step_by_hand():
    """h = (1, 2), target 0, squared error, SGD at 0.1.

    r = (5, 2), s = (11, -4), u = (2.2, -2), z = (0.5 * 2.2 + 0.1, -2 + 0.2) = (1.2, -1.8): unit 2 is off.
    a = ((1.2 - m) / d, -m / d), o = 2 a_1 - a_2 + 0.3, and delta = o.
    e_1 = 2 o / d, e_2 = 0, c = e_1 g_1 / r_1 = o / (5 d), dL/dw_1 = c (h - u_1 / r_1 w_1) = c (-0.32, 0.24).

    The squares of all gradients, divided by delta^2 = o^2: the head's a_1^2 + a_2^2 + 1, and for unit 1
    (2 / d)^2 (1 + 2.2^2 + (0.5 / 5)^2 (5 - 2.2^2)) = 4 / d^2 * 5.8416. Half of that times 0.1 shortens the step.
    """
    a_1, a_2 = (1.2 - MEAN) / SD, -MEAN / SD
    o = 2 * a_1 - a_2 + 0.3
    e = 2 * o / SD
    c = o / (5 * SD)
    rate = 0.1 / (1 + 0.05 * (a_1**2 + a_2**2 + 1 + 4 * 5.8416 / SD**2))
    network = network_2_2_1()
    engine = Reference(network, SquaredError(), SGD(0.1))

    assert engine.forward(np.array([1.0, 2.0])) == pytest.approx([o], rel=1e-14)
    engine.learn(np.array([1.0, 2.0]), 0.0)

    hidden, head = network.parameters
    # The same few operations in another order: a rounding or two.
    np.testing.assert_allclose(
        hidden["W"].value, [[3.0 + 0.32 * rate * c, 4.0 - 0.24 * rate * c], [0.0, -2.0]], rtol=1e-14
    )
    np.testing.assert_allclose(hidden["g"].value, [0.5 - 2.2 * rate * e, 1.0], rtol=1e-14)
    np.testing.assert_allclose(hidden["b"].value, [0.1 - rate * e, 0.2], rtol=1e-14)
    np.testing.assert_allclose(head["W"].value, [[2.0 - rate * o * a_1, -1.0 - rate * o * a_2]], rtol=1e-14)
    np.testing.assert_allclose(head["b"].value, [0.3 - rate * o], rtol=1e-14)
    assert network.step == 1


@pytest.mark.parametrize("loss", [CrossEntropy(), SquaredError(), Huber()], ids=lambda loss: type(loss).__name__)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_are_central_differences(activation, loss):
    rng = np.random.default_rng(7)
    outputs, target = (3, 1) if isinstance(loss, CrossEntropy) else (1, 0.7)
    network = Network([Dense(5, activation), Dense(4, activation)], SGD.slots, "float64", seed=7)
    network.add_inputs(6)
    network.add_outputs(outputs)
    for array in (parameter.value for parameters in network.parameters for parameter in parameters.values()):
        array += rng.normal(scale=0.3, size=array.shape)
    engine = Reference(network, loss, SGD())
    h = rng.standard_normal(6)

    for parameters, gradients in zip(network.parameters, engine.gradients(h, target)[1], strict=True):
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
    _, gradients = Reference(network, SquaredError(), SGD()).gradients(np.array([1.0, 2.0]), 0.0)
    assert (gradients[0]["W"] * network.parameters[0]["W"].value).sum(axis=1) == pytest.approx([0.0, 0.0], abs=1e-14)


def test_half_a_weight_is_half_a_step():
    start, half, whole = (network_2_2_1() for _ in range(3))
    Reference(half, SquaredError(), SGD(0.01)).learn(np.array([1.0, 2.0]), 0.0, weight=0.5)
    Reference(whole, SquaredError(), SGD(0.01)).learn(np.array([1.0, 2.0]), 0.0)
    for before, a, b in zip(start.parameters, half.parameters, whole.parameters, strict=True):
        for name in before:
            middle = 0.5 * (before[name].value + b[name].value)
            np.testing.assert_allclose(a[name].value, middle, rtol=1e-14)


def test_a_linear_step_never_overshoots_by_more_than_it_set_out_to_mend():
    for rate in (1e-3, 1e-2, 0.1, 1.0):
        network = Network([], SGD.slots, "float64", seed=1)
        network.add_inputs(3)
        network.add_outputs(1)
        engine = Reference(network, SquaredError(), SGD(rate))
        errors = []
        for _ in range(50):
            errors.append(abs(engine.forward(np.array([3.0, -40.0, 500.0]))[0] - 7.0))
            engine.learn(np.array([3.0, -40.0, 500.0]), 7.0)
        assert (np.diff(errors) < 0.0).all()


def test_without_an_error_nothing_moves():
    network = network_2_2_1()
    network.parameters[-1]["W"].value[:] = 0.0
    before = [array.copy() for _, array in network.arrays()]
    Reference(network, SquaredError(), SGD(0.1)).learn(np.array([1.0, 2.0]), 0.3)
    for (_, array), old in zip(network.arrays(), before, strict=True):
        np.testing.assert_array_equal(array, old)
    assert network.step == 0


def test_the_log_loss_of_a_class_without_a_chance_is_finite():
    """softmax(1000, 0) gives the second class 0 in float64; its log loss is 1000."""
    assert CrossEntropy().value(np.array([1000.0, 0.0]), 1) == 1000.0
    assert CrossEntropy().value(np.array([0.0, 0.0]), 1) == pytest.approx(math.log(2.0), rel=1e-15)
    assert SigmoidCrossEntropy().value(np.array([1000.0, -1000.0]), np.array([0.0, 1.0])) == 2000.0
