"""What is declared in `hidden` for arrays: which networks come of it, and what is refused in which words."""

import numpy as np
import pytest

from streamnorm import AvgPool, Conv1d, Conv2d, GlobalAvgPool, GlobalMaxPool, MaxPool, NormPropClassifier
from streamnorm.presets import PRESETS


def n_parameters(hidden, shape, classes):
    model = NormPropClassifier(hidden, 0.01, input_shape=shape, seed=1)
    for k in range(classes):
        model.learn_one({"window": np.zeros(shape)}, k)
    (network,) = model._learner.mixture.networks
    return network.n_parameters, [parameters["W"].value.shape for parameters in network.parameters if parameters]


def test_the_sensor_net_by_hand():
    """32 filters of 7 x 6, 48 of 5 x 32, 64 units on 48, 7 classes; a gain and a bias each, the head a bias."""
    expected = (32 * 42 + 64) + (48 * 160 + 96) + (64 * 48 + 128) + (7 * 64 + 7)
    assert expected == 12_839
    assert n_parameters("sensor", (6, 50), 7) == (expected, [(32, 42), (48, 160), (64, 48), (7, 64)])


def test_the_image_net_by_hand():
    """8 filters of 5 x 5 on 28 x 28, pooled to 14 x 14; 16 of 5 x 5 x 8, pooled to 7 x 7: 784 values for 64 units."""
    expected = (8 * 25 + 16) + (16 * 200 + 32) + (64 * 784 + 128) + (10 * 64 + 10)
    assert n_parameters("image", (1, 28, 28), 10) == (expected, [(8, 25), (16, 200), (64, 784), (10, 64)])


@pytest.mark.parametrize(
    ("hidden", "shape", "fan_in"),
    [
        ((), (3, 50), 150),  # the whole window
        ((Conv1d(4, 7),), (3, 50), 4 * 50),
        ((Conv1d(4, 7, padding="valid"),), (3, 50), 4 * 44),
        ((Conv1d(4, 7, stride=3),), (3, 50), 4 * 17),
        ((Conv1d(4, 7, stride=3, padding="valid"),), (3, 50), 4 * 15),
        ((MaxPool(3),), (3, 50), 3 * 16),
        ((AvgPool(3, stride=1),), (3, 50), 3 * 48),
        ((GlobalMaxPool(),), (3, 50), 3),
        ((GlobalAvgPool(),), (3, 6, 5), 3),
        ((Conv2d(4, (3, 2), stride=(2, 1), padding="valid"),), (3, 6, 5), 4 * 2 * 4),
        ((MaxPool((2, 1)),), (3, 6, 5), 3 * 3 * 5),
    ],
    ids=str,
)
def test_what_the_head_gets(hidden, shape, fan_in):
    assert n_parameters(hidden, shape, 2)[1][-1] == (2, fan_in)


@pytest.mark.parametrize("hidden", PRESETS)
def test_a_preset_is_its_layers(hidden):
    shape = (6, 50) if hidden == "sensor" else (1, 8, 8)
    models = [NormPropClassifier(h, 0.01, input_shape=shape, seed=1) for h in (hidden, PRESETS[hidden])]
    rng = np.random.default_rng(1)
    for i in range(20):
        x = {"array": rng.standard_normal(shape)}
        for model in models:
            model.learn_one(x, i % 2)
        assert models[0].predict_proba_one(x) == models[1].predict_proba_one(x)


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: Conv1d(0, 7), r"Conv1d: filters is an int of 1 or more, not 0"),
        (lambda: Conv1d(16, 7.0), r"Conv1d: kernel is an int of 1 or more, not 7.0"),
        (lambda: Conv1d(16, 7, stride=-1), r"Conv1d: stride is an int of 1 or more, not -1"),
        (lambda: Conv1d(16, True), r"Conv1d: kernel is an int of 1 or more, not True"),
        (lambda: Conv1d(16, (7, 7)), r"Conv1d: kernel is an int of 1 or more, not \(7, 7\)"),
        (lambda: Conv1d(16, 7, padding="full"), r"Conv1d: padding is 'same' or 'valid', not 'full'"),
        (lambda: Conv2d(8, (3, 0)), r"Conv2d: kernel is an int of 1 or more, not 0"),
        (lambda: Conv2d(8, (3, 3, 3)), r"Conv2d: kernel is an int of 1 or more, not \(3, 3, 3\)"),
        (lambda: Conv2d(8, 3, padding=1), r"Conv2d: padding is 'same' or 'valid', not 1"),
        (lambda: MaxPool(0), r"MaxPool: size is an int of 1 or more, not 0"),
        (lambda: AvgPool(2, stride=0), r"AvgPool: stride is an int of 1 or more, not 0"),
    ],
)
def test_an_argument_out_of_its_range_is_refused(declare, message):
    with pytest.raises(ValueError, match=rf"^{message}$"):
        declare()


@pytest.mark.parametrize(
    ("hidden", "shape", "message"),
    [
        (
            (Conv2d(8, 3),),
            (6, 50),
            r"number 0 of hidden: a Conv2d goes over an image, .* goes along time: take a Conv1d",
        ),
        ((Conv1d(8, 3),), (1, 8, 8), r"number 0 of hidden: a Conv1d goes along time, .* an image: take a Conv2d"),
        ((Conv1d(8, 3), 64, Conv1d(8, 3)), (6, 50), r"behind 64 has no positions .* put it before dense layers"),
        ((64, MaxPool(2)), (6, 50), r"MaxPool\(size=2, stride=None\) behind 64 has no positions"),
        ((Conv1d(8, 3),), None, r"in front has no positions .* declare input_shape=\(channels, steps\)"),
        (
            (Conv1d(8, 3), Conv1d(8, 51, padding="valid")),
            (6, 50),
            r"number 1 of hidden: a kernel of 51 does not fit into 50 positions",
        ),
        ((MaxPool(60),), (6, 50), r"number 0 of hidden: a kernel of 60 does not fit into 50 positions"),
        (
            (MaxPool(2), AvgPool(5)),
            (1, 8, 8),
            r"number 1 of hidden: a kernel of 5 x 5 does not fit into 4 x 4 positions",
        ),
        ((GlobalMaxPool(), MaxPool(2)), (6, 50), r"number 1 of hidden: a kernel of 2 does not fit into 1 positions"),
        ((GlobalMaxPool(), MaxPool(2)), (1, 8, 8), r"a kernel of 2 x 2 does not fit into 1 x 1 positions"),
        ((MaxPool((1, 9)),), (1, 8, 8), r"a kernel of 1 x 9 does not fit into 8 x 8 positions"),
        ((MaxPool((2, 2)),), (6, 50), r"\(2, 2\) has two numbers, and there is only time to go along: give one"),
        (
            (Conv2d(4, 1), Conv2d(1, 1)),
            (1, 1024, 1024),
            r"make 5,242,880 numbers .* more than the 4,194,304 that they may",
        ),
        ((MaxPool(1),) * 5, (1, 1024, 1024), r"make 5,242,880 numbers of an input"),
        (("sensor",), (6, 50), r"hidden is a tuple of layer widths .* not \('sensor',\)"),
        ("lenet", (6, 50), r"hidden .*lenet"),
        ("sensor", None, r"^hidden='sensor' needs input_shape=\(channels, steps\), such as \(3, 50\), not None$"),
        ("sensor", (1, 8, 8), r"^hidden='sensor' needs .*, such as \(3, 50\), not \(1, 8, 8\)$"),
        (
            "image",
            None,
            r"^hidden='image' needs input_shape=\(channels, height, width\), such as \(1, 28, 28\), not None$",
        ),
        ("image", (6, 50), r"^hidden='image' needs .*, such as \(1, 28, 28\), not \(6, 50\)$"),
        ((8,), (50,), r"input_shape is \(channels, steps\) or \(channels, height, width\), or None, not \(50,\)"),
        ((8,), (6, 0), r"input_shape is .* not \(6, 0\)"),
    ],
    ids=str,
)
def test_a_layer_that_cannot_stand_where_it_does_is_refused(hidden, shape, message):
    with pytest.raises(ValueError, match=message):
        NormPropClassifier(hidden, input_shape=shape)
