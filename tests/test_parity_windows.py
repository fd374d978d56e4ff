"""Every engine walks the same path with convolutions and pools too: reference, native and autograd, array by array."""

import functools
import itertools

import numpy as np
import pytest
from test_parity import CLASSES, HUBER, LABELS, OTHERS, SQUARED, name, one_rate

from streamnorm import (
    AvgPool,
    Conv1d,
    Conv2d,
    GlobalAvgPool,
    GlobalMaxPool,
    MaxPool,
)
from streamnorm.activations import ACTIVATIONS
from streamnorm.layers import placed
from streamnorm.layers.placement import size_of
from streamnorm.learner import Learner
from streamnorm.losses import CrossEntropy, Huber, SquaredError
from streamnorm.mixture import Mixture
from streamnorm.network import Network
from streamnorm.optim import AUTO_RATES, OPTIMIZERS
from streamnorm.unscaled import Unscaled

SAMPLES = 40
WINDOW, IMAGE = (3, 17), (2, 9, 8)
CONV, CONV2D = Conv1d(5, 4), Conv2d(5, (2, 3))

ONE_DIMENSION = {
    "conv": (CONV,),
    "conv stride 2": (Conv1d(5, 4, stride=2),),
    "conv stride 3": (Conv1d(5, 5, stride=3),),
    "conv stride over kernel": (Conv1d(5, 2, stride=3),),
    "conv kernel 1": (Conv1d(5, 1),),
    "conv wider than the window": (Conv1d(5, 19),),
    "conv valid": (Conv1d(5, 4, padding="valid"),),
    "conv valid stride 2": (Conv1d(5, 4, stride=2, padding="valid"),),
    "conv valid stride 3": (Conv1d(5, 3, stride=3, padding="valid"),),
    "conv the whole window": (Conv1d(5, 17, padding="valid"), 4),
    "two conv": (CONV, Conv1d(4, 3, stride=2)),
    "max": (CONV, MaxPool(2), 6),
    "max in front": (MaxPool(2), CONV, 6),
    "max overlapping": (CONV, MaxPool(3, stride=2), Conv1d(4, 3)),
    "max with gaps": (CONV, MaxPool(2, stride=3), Conv1d(4, 3)),
    "avg": (CONV, AvgPool(3), 6),
    "avg overlapping": (CONV, AvgPool(3, stride=1), Conv1d(4, 3)),
    "global max": (CONV, GlobalMaxPool(), 6),
    "global max of a strided conv": (Conv1d(5, 3, stride=2), GlobalMaxPool()),
    "global avg": (CONV, GlobalAvgPool(), 6),
    "global avg in front": (GlobalAvgPool(), 6),
    "pools behind pools": (CONV, MaxPool(2), AvgPool(2, stride=1), GlobalMaxPool()),
    "sensor": (CONV, MaxPool(2), Conv1d(6, 3), GlobalMaxPool(), 7),
    "dense only": (6, 5),
    "head only": (),
}
TWO_DIMENSIONS = {
    "conv": (CONV2D,),
    "conv strides 2 and 3": (Conv2d(5, 3, stride=(2, 3)),),
    "conv valid": (Conv2d(5, (3, 2), padding="valid"),),
    "conv valid strides 3 and 1": (Conv2d(5, (2, 4), stride=(3, 1), padding="valid"),),
    "max": (CONV2D, MaxPool(2), 6),
    "max overlapping": (CONV2D, MaxPool((3, 2), stride=(1, 2)), Conv2d(4, 2)),
    "avg overlapping": (CONV2D, AvgPool((2, 3), stride=(2, 1)), Conv2d(4, 2)),
    "global max": (CONV2D, GlobalMaxPool(), 6),
    "global avg": (CONV2D, GlobalAvgPool(), 6),
    "image": (CONV2D, MaxPool(2), Conv2d(6, 3), MaxPool(2), 7),
}
SHAPES = [(WINDOW, layers) for layers in ONE_DIMENSION.values()] + [
    (IMAGE, layers) for layers in TWO_DIMENSIONS.values()
]
NAMES = [f"1-D {layers}" for layers in ONE_DIMENSION] + [f"2-D {layers}" for layers in TWO_DIMENSIONS]
SENSOR, PICTURE = (WINDOW, ONE_DIMENSION["sensor"]), (IMAGE, TWO_DIMENSIONS["image"])


def stream(shape, loss, samples):
    """Waves, of a frequency for each class, in noise."""
    rng = np.random.default_rng(2016)
    phase, label = rng.uniform(0.0, 2.0 * np.pi, (samples, shape[0])), rng.integers(3, size=samples)
    way = sum(np.meshgrid(*map(np.arange, shape[1:]), indexing="ij"))
    waves = [
        np.sin((0.4 + 0.4 * k) * way + np.reshape(p, (-1, *[1] * way.ndim))) for k, p in zip(label, phase, strict=True)
    ]
    arrays = np.array(waves) + 0.5 * rng.standard_normal((samples, *shape))
    if isinstance(loss, CrossEntropy):
        return arrays, label.tolist()
    if isinstance(loss, Huber | SquaredError):
        return arrays, (label + rng.standard_t(2, samples)).tolist()
    return arrays, np.array([label > 0, label == 1, label < 2]).T.astype(float).tolist()


def learner_of(engine, shape, hidden, activation, optimizer, loss, rates):
    layers = placed(hidden, shape, activation)
    height, width = size_of(shape)
    optimizers = [OPTIMIZERS[optimizer](rate) for rate in rates]
    networks = [Network(layers, o.slots, "float64", 3, height * width) for o in optimizers]
    learner = Learner(Mixture(networks, optimizers), Unscaled(), None, loss, engine, input_shape=shape)
    learner.add_outputs(1 if isinstance(loss, Huber | SquaredError) else 3)
    return learner


def settled(learner):
    for network, optimizer in zip(learner.mixture.networks, learner.mixture.optimizers, strict=True):
        network.settle(optimizer.decays)
    return learner.mixture.arrays()


def walk(engine, shape, hidden, activation, optimizer, loss, weight, rates):
    learner = learner_of(engine, shape, hidden, activation, optimizer, loss, rates)
    for array, target in zip(*stream(shape, loss, SAMPLES), strict=True):
        learner.learn({"window": array}, target, weight)
    return settled(learner)


@functools.cache
def reference(*setting):
    return walk("reference", *setting)


def assert_same(arrays, expected):
    assert arrays.keys() == expected.keys()
    for array_name, array in expected.items():
        # All round every operation to 1e-16 in an order of their own; 40 steps amplify that by about 10.
        np.testing.assert_allclose(arrays[array_name], array, rtol=0.0, atol=1e-10, err_msg=array_name)


def assert_same_path(other, monkeypatch, *setting):
    engine, _, instructions = other.partition(" ")
    monkeypatch.setenv("STREAMNORM_INSTRUCTIONS", instructions)
    assert_same(walk(engine, *setting), reference(*setting))


@pytest.mark.parametrize(("shape", "hidden"), SHAPES, ids=NAMES)
@pytest.mark.parametrize("other", OTHERS)
def test_same_parameters_for_each_layer(other, shape, hidden, monkeypatch):
    assert_same_path(other, monkeypatch, shape, hidden, "relu", "rmsprop", CLASSES, 1.0, one_rate("rmsprop"))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("other", OTHERS)
def test_same_parameters_for_each_activation(other, activation, monkeypatch):
    assert_same_path(other, monkeypatch, *SENSOR, activation, "adam", CLASSES, 1.0, one_rate("adam"))


@pytest.mark.parametrize("loss", [CLASSES, LABELS, SQUARED, HUBER], ids=name)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("other", OTHERS)
def test_same_mixture_of_rates_at_weight_3(other, optimizer, loss, monkeypatch):
    assert_same_path(other, monkeypatch, *SENSOR, "relu", optimizer, loss, 3.0, AUTO_RATES[optimizer][:2])


@pytest.mark.parametrize(("shape", "hidden"), [SENSOR, PICTURE], ids=["1-D", "2-D"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_learner_of_arrays_may_change_its_engine_between_samples(optimizer, shape, hidden):
    """Filters that are idle under one engine wake under another, with the state that they would have had."""
    setting = shape, hidden, "relu", optimizer, CLASSES
    learner = learner_of("reference", *setting, one_rate(optimizer))
    engines = itertools.cycle([other.partition(" ")[0] for other in OTHERS] + ["reference"])
    for i, (array, target) in enumerate(zip(*stream(shape, CLASSES, SAMPLES), strict=True)):
        if i % 7 == 0:
            learner.engine = next(engines)
            learner.connect()
        learner.learn({"window": array}, target, 1.0)
    assert_same(settled(learner), reference(*setting, 1.0, one_rate(optimizer)))
