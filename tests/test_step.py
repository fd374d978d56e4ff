"""The implicit step: how far it goes at most, and what happens where there is no telling."""

import math

import numpy as np
import pytest

from streamnorm.activations import ACTIVATIONS
from streamnorm.engines import step
from streamnorm.engines.reference import Reference
from streamnorm.layers import Dense
from streamnorm.losses import CrossEntropy, Huber, SquaredError
from streamnorm.network import Network
from streamnorm.optim import OPTIMIZERS, SGD, RMSprop

LOSSES = pytest.mark.parametrize(
    "loss", [CrossEntropy(), SquaredError(), Huber()], ids=lambda loss: type(loss).__name__
)


def random_network(rng, loss, slots):
    """Widths, scales and activation as they fall, far from any that training leads to."""
    activation = rng.choice(sorted(ACTIVATIONS))
    hidden = [Dense(int(rng.integers(1, 9)), activation) for _ in range(rng.integers(0, 4))]
    network = Network(hidden, slots, "float64", seed=1)
    network.add_inputs(5)
    network.add_outputs(3 if isinstance(loss, CrossEntropy) else 1)
    for parameters in network.parameters:
        for parameter in parameters.values():
            parameter.value += 10.0 ** rng.uniform(-2.0, 2.0) * rng.standard_normal(parameter.value.shape)
    target = int(rng.integers(3)) if isinstance(loss, CrossEntropy) else 10.0 ** rng.uniform(-2.0, 2.0)
    return network, 10.0 ** rng.uniform(-2.0, 1.0) * rng.standard_normal(5), target


def move(engine, h, target):
    """|error|, how far a step moves the parameters, and how far that takes the output along its error."""
    _, gradients = engine.gradients(h, target)
    before = [array.copy() for array in values(engine.network)]
    engine.learn(h, target)
    steps = [old - new for old, new in zip(before, values(engine.network), strict=True)]
    error = np.linalg.norm(gradients[-1]["b"])
    # A gradient is the output's Jacobian times the error.
    promised = sum(
        np.vdot(g, step) for g, step in zip((g for layer in gradients for g in layer.values()), steps, strict=True)
    )
    return error, math.sqrt(sum(np.vdot(step, step) for step in steps)), promised / max(error, 1e-300)


def values(network):
    return [parameter.value for layer in network.parameters for parameter in layer.values()]


@LOSSES
def test_no_step_is_longer_than_the_bound(loss):
    rng = np.random.default_rng(5)
    parts = []
    for _ in range(400):
        network, h, target = random_network(rng, loss, SGD.slots)
        rate = 10.0 ** rng.uniform(-6.0, -1.0)
        error, distance, _ = move(Reference(network, loss, SGD(rate)), h, target)
        bound = error * math.sqrt(rate / 2.0)
        # What the arrays lose by rounding is 1e-16 of values up to some 100.
        assert distance <= bound + 1e-12
        if bound > 1e-6:
            parts.append(distance / bound)
    # No smaller bound would do: some step all but reaches it.
    assert max(parts) > 0.99


@LOSSES
@pytest.mark.parametrize("optimizer", [SGD(0.1), RMSprop(0.1)], ids=lambda optimizer: type(optimizer).__name__)
def test_no_step_overshoots_by_more_than_it_mends(optimizer, loss):
    """To first order the error that is left lies between minus what it was and what it was."""
    rng = np.random.default_rng(6)
    parts = []
    for _ in range(200):
        network, h, target = random_network(rng, loss, optimizer.slots)
        engine = Reference(network, loss, optimizer)
        # Several steps, for RMSprop's memory to hold gradients of other sizes.
        for _ in range(3):
            error, _, output = move(engine, h, target)
            assert -1e-9 <= output <= 2.0 * error + 1e-9
            if error > 1e-6:
                parts.append(output / error)
    # Networks as wild as these would throw a plain step further: the bound is what holds them.
    assert max(parts) > 1.9


@pytest.mark.parametrize("engine", ["reference", "autograd"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("beyond", ["input", "weights", "target"])
def test_a_gradient_beyond_float32_changes_nothing(beyond, optimizer, engine):
    rng = np.random.default_rng(8)
    network = Network([Dense(4), Dense(4)], OPTIMIZERS[optimizer].slots, "float32", seed=1)
    network.add_inputs(3)
    network.add_outputs(1)
    learner = step(engine, network, SquaredError(), OPTIMIZERS[optimizer]())
    for h in rng.standard_normal((20, 3)).astype(np.float32):
        learner.learn(h, float(h.sum()))
    h, target = np.ones(3, dtype=np.float32), 1.0
    if beyond == "input":
        h *= 1e30
    elif beyond == "weights":
        network.parameters[-1]["W"].value[:] = 1e30
    else:
        target = 1e30
    before = {name: array.tobytes() for name, array in network.arrays()}
    learner.learn(h, target)
    assert {name: array.tobytes() for name, array in network.arrays()} == before
    assert network.step == 20
