"""Every engine walks the same path: reference and autograd, sample by sample, in float64."""

import numpy as np
import pytest

from streamnorm.activations import ACTIVATIONS
from streamnorm.engines import connect
from streamnorm.layers import Dense
from streamnorm.losses import CrossEntropy, Huber, SquaredError
from streamnorm.network import Network
from streamnorm.optim import OPTIMIZERS

INPUTS = 6


def stream(loss, samples):
    rng = np.random.default_rng(2016)
    h = rng.standard_normal((samples, INPUTS))
    if isinstance(loss, CrossEntropy):
        return h, np.argmax(h[:, :3] * h[:, 3:], axis=1).tolist()
    return h, (np.sin(h[:, 0]) * h[:, 1] + rng.standard_t(2, samples)).tolist()


def walk(engine, depth, activation, optimizer, loss, samples):
    network = Network([Dense(6 - i, activation) for i in range(depth)], optimizer.slots, "float64", seed=3)
    network.add_inputs(INPUTS)
    network.add_outputs(3 if isinstance(loss, CrossEntropy) else 1)
    learner = connect(engine, network, loss, optimizer)
    for h, target in zip(*stream(loss, samples), strict=True):
        learner.learn(h, target, 1.0)
    return dict(network.arrays()) | {"step": network.step}


def assert_same_path(depth, activation, optimizer, loss, samples):
    reference, autograd = (
        walk(engine, depth, activation, OPTIMIZERS[optimizer](), loss, samples) for engine in ("reference", "autograd")
    )
    assert reference.keys() == autograd.keys()
    for name, array in reference.items():
        # Both round every operation to 1e-16 in an order of their own; 2,000 steps amplify that by about 10^3.
        np.testing.assert_allclose(autograd[name], array, rtol=0.0, atol=1e-10, err_msg=name)


LOSSES = [CrossEntropy(), SquaredError(), Huber()]


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(
    ("depth", "activation"), [(0, "relu"), (1, "relu"), (3, "relu"), (4, "relu"), *((2, name) for name in ACTIVATIONS)]
)
def test_same_parameters_after_2000_samples(depth, activation, optimizer, loss):
    assert_same_path(depth, activation, optimizer, loss, samples=2_000)


# The rest of the product: at 2,000 samples it would take torch another ten minutes, and it crosses nothing new.
@pytest.mark.parametrize("loss", LOSSES[:2], ids=lambda loss: type(loss).__name__)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "relu"])
@pytest.mark.parametrize("depth", [1, 3, 4])
def test_same_parameters_after_200_samples(depth, activation, optimizer, loss):
    assert_same_path(depth, activation, optimizer, loss, samples=200)
