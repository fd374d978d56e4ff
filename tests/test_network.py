"""Growth keeps the function; the arrays have one owner."""

import numpy as np
import pytest

from streamnorm.activations import ACTIVATIONS
from streamnorm.engines.reference import Reference
from streamnorm.layers import Dense
from streamnorm.losses import CrossEntropy, SquaredError
from streamnorm.network import Network
from streamnorm.optim import OPTIMIZERS, Adam


def trained(optimizer) -> tuple[Network, Reference]:
    network = Network([Dense(7), Dense(5)], optimizer.slots, "float64", seed=11)
    network.add_inputs(4)
    network.add_outputs(3)
    engine = Reference(network, CrossEntropy(), optimizer)
    rng = np.random.default_rng(11)
    for _ in range(200):
        h = rng.standard_normal(4)
        engine.learn(h, int(np.argmax(h[:3])))
    return network, engine


@pytest.mark.parametrize("optimizer", [kind() for kind in OPTIMIZERS.values()], ids=OPTIMIZERS)
def test_new_inputs_keep_every_output_whatever_their_value(optimizer):
    network, engine = trained(optimizer)
    h = np.array([0.3, -1.2, 0.8, 2.0])
    before = engine.forward(h)
    network.add_inputs(2)
    # The products with zero columns are exact zeros, but BLAS may add seven numbers in another order than five.
    np.testing.assert_allclose(engine.forward(np.append(h, [5.0, -3.0])), before, rtol=0.0, atol=1e-13)


@pytest.mark.parametrize("optimizer", [kind() for kind in OPTIMIZERS.values()], ids=OPTIMIZERS)
def test_new_outputs_keep_the_others_and_optimizer_state_grows_beside(optimizer):
    network, engine = trained(optimizer)
    h = np.array([0.3, -1.2, 0.8, 2.0])
    before = engine.forward(h)
    state = {name: array.copy() for name, array in network.arrays()}
    network.add_inputs(1)
    network.add_outputs(2)
    np.testing.assert_allclose(engine.forward(np.append(h, 0.0)), [*before, 0.0, 0.0], rtol=0.0, atol=1e-13)
    for name, array in network.arrays():
        old = state[name]
        np.testing.assert_array_equal(array[tuple(map(slice, old.shape))], old, err_msg=name)
        assert np.count_nonzero(array) == np.count_nonzero(old), name
    engine.learn(np.append(h, 0.0), 4)
    assert engine.forward(np.append(h, 0.0))[4] > 0.0


def test_the_seed_determines_the_weights():
    arrays = [[array for _, array in trained(Adam())[0].arrays()] for _ in range(2)]
    for first, second in zip(*arrays, strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_network_without_inputs_is_a_constant():
    network = Network([Dense(3)], (), "float32", seed=1)
    network.add_outputs(2)
    assert Reference(network, CrossEntropy(), OPTIMIZERS["sgd"]()).forward(np.zeros(0, np.float32)).tolist() == [0, 0]


SHAPES = [(64, 32), (32, 64), (64, 64), (5, 5), (7, 1), (1, 7), (33, 20), (17, 33)]


@pytest.mark.parametrize(("fan_out", "fan_in"), SHAPES)
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("first", [True, False])
def test_initial_rows_have_norm_one(fan_out, fan_in, activation, first):
    W = Dense(fan_out, activation).initial(fan_in, np.random.default_rng(3), first)["W"]
    assert W.shape == (fan_out, fan_in)
    np.testing.assert_allclose(np.linalg.norm(W, axis=1), 1.0, rtol=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(8,), (8, 8), (2, 8)])
def test_no_two_units_stay_the_same(activation, hidden):
    """One input leaves only the rows 1 and -1. What tells such units apart is their biases."""
    optimizer = OPTIMIZERS["sgd"]()
    network = Network([Dense(units, activation) for units in hidden], optimizer.slots, "float64", seed=11)
    network.add_inputs(1)
    network.add_outputs(1)
    engine = Reference(network, SquaredError(), optimizer)
    for h in np.random.default_rng(11).uniform(-2.0, 2.0, 500):
        engine.learn(np.array([h]), np.sin(3.0 * h))
    for parameters in network.parameters[:-1]:
        units = np.column_stack([parameters[name].value for name in ("W", "g", "b")])
        distances = np.abs(units[:, None] - units).max(axis=2) + np.eye(len(units))
        assert distances.min() > 1e-6


def test_odd_activations_start_orthogonal():
    W = Dense(20, "tanh").initial(64, np.random.default_rng(3), first=False)["W"]
    np.testing.assert_allclose(W @ W.T, np.eye(20), atol=1e-12)


def test_a_relu_network_of_any_depth_starts_as_an_isometry():
    """Pairs of units compute relu(z) - relu(-z) = z, the constants cancel, and a layer's gain is g / (sqrt(2) d)."""
    network = Network([Dense(64)] * 32, (), "float64", seed=3)
    network.add_inputs(16)
    network.add_outputs(32)
    network.parameters[-1]["W"].value[:] = np.hstack([np.eye(32), -np.eye(32)])
    engine = Reference(network, CrossEntropy(), OPTIMIZERS["sgd"]())
    g, d = 1 / 1.21, ACTIVATIONS["relu"].moments.sd
    # The 32 pairs of the first layer hold 16 inputs twice over; 31 layers follow; the head takes z / d of the last.
    gain = np.sqrt(2) * (g / (np.sqrt(2) * d)) ** 31 * g / d
    rng = np.random.default_rng(3)
    for _ in range(20):
        h, k = rng.standard_normal((2, 16))
        ratio = np.linalg.norm(engine.forward(h) - engine.forward(k)) / np.linalg.norm(h - k)
        assert ratio == pytest.approx(gain, rel=1e-12)
