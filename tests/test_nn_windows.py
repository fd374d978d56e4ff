"""The torch layers for windows and images, against torch's own convolution and the network that they are part of."""

import math

import numpy as np
import pytest
import torch

from streamnorm import Conv1d, Conv2d, GlobalAvgPool, GlobalMaxPool, nn
from streamnorm.engines.reference import Reference
from streamnorm.layers import placed
from streamnorm.layers.placement import size_of
from streamnorm.losses import SquaredError
from streamnorm.network import Network
from streamnorm.optim import SGD


def test_conv1d_by_hand():
    """Patches (1, 2) and (2, 1) of a filter (3, 4): u = 11 / 5 and 10 / 5; "same" adds (1, 0) behind: u = 3 / 5."""
    layer = nn.Conv1d(1, 1, 2).double()
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[[3.0, 4.0]]]))
        layer.gain.fill_(0.5)
        layer.bias.fill_(0.1)
    z = layer(torch.tensor([[1.0, 2.0, 1.0]], dtype=torch.float64))
    torch.testing.assert_close(z, torch.tensor([[1.2, 1.1, 0.4]], dtype=torch.float64))


@pytest.mark.parametrize("stride", [1, 2])
def test_conv2d_is_torchs_with_unit_filters(stride):
    torch.manual_seed(3)
    layer = nn.Conv2d(3, 5, (3, 2), stride=stride, padding="valid").double()
    with torch.no_grad():
        layer.weight.add_(torch.randn_like(layer.weight))
        layer.bias.normal_()
    h = torch.randn(4, 3, 8, 9, dtype=torch.float64)
    norms = layer.weight.pow(2).sum(dim=(1, 2, 3), keepdim=True).sqrt()
    expected = torch.nn.functional.conv2d(h, layer.weight / norms * layer.gain[:, None, None, None], layer.bias, stride)
    torch.testing.assert_close(layer(h), expected, rtol=0.0, atol=1e-13)
    torch.testing.assert_close(layer(h[0]), expected[0], rtol=0.0, atol=1e-13)


@pytest.mark.parametrize("layer", [nn.Conv1d(2, 3, 4), nn.Conv2d(2, 3, 4)], ids=["1-D", "2-D"])
def test_the_scale_of_a_filter_does_not_matter(layer):
    layer = layer.double()
    h = torch.randn(10, 2, 9, *[9] * (layer.weight.ndim - 3), dtype=torch.float64)
    before = layer(h)
    with torch.no_grad():
        layer.weight *= torch.tensor([2.0, 1e-6, 1e6]).reshape(-1, *[1] * (layer.weight.ndim - 1))
    torch.testing.assert_close(layer(h), before, rtol=1e-12, atol=1e-12)


def test_initial_filters_are_orthonormal():
    for layer in (nn.Conv1d(6, 16, 7), nn.Conv2d(3, 8, 5)):
        rows = layer.weight.detach().flatten(1)
        torch.testing.assert_close(rows @ rows.T, torch.eye(len(rows)), rtol=0.0, atol=1e-5)  # float32


@pytest.mark.parametrize(
    ("hidden", "shape", "modules"),
    [
        ((Conv1d(4, 5, stride=2), GlobalMaxPool()), (3, 17), [nn.Conv1d(3, 4, 5, stride=2), nn.GlobalMaxPool("gelu")]),
        ((Conv1d(4, 4), GlobalAvgPool()), (3, 17), [nn.Conv1d(3, 4, 4), nn.GlobalAvgPool()]),
        (
            (Conv2d(4, (2, 3), padding="valid"), GlobalMaxPool()),
            (3, 7, 6),
            [nn.Conv2d(3, 4, (2, 3), padding="valid"), nn.GlobalMaxPool("gelu", dimensions=2)],
        ),
        (
            (Conv2d(4, 3, stride=(1, 2)), GlobalAvgPool()),
            (3, 7, 6),
            [nn.Conv2d(3, 4, 3, stride=(1, 2)), nn.GlobalAvgPool(dimensions=2)],
        ),
    ],
    ids=["1-D max", "1-D avg", "2-D max", "2-D avg"],
)
def test_the_modules_are_the_networks_layers(hidden, shape, modules):
    height, width = size_of(shape)
    network = Network(placed(hidden, shape, "gelu"), (), "float64", 5, height * width)
    network.add_inputs(shape[0])
    network.add_outputs(4)
    network.parameters[-1]["W"].value[:] = np.eye(4)  # The head hands on what it gets.
    filters = network.parameters[0]
    filters["b"].value[:] = [0.3, -0.2, 0.1, 0.0]
    convolution, pool = modules
    convolution = convolution.double()
    with torch.no_grad():
        channels_last = torch.from_numpy(filters["W"].value).reshape(4, -1, shape[0])
        convolution.weight.copy_(channels_last.transpose(1, 2).reshape(convolution.weight.shape))
        convolution.gain.copy_(torch.from_numpy(filters["g"].value))
        convolution.bias.copy_(torch.from_numpy(filters["b"].value))
    module = torch.nn.Sequential(convolution, nn.NormalizedActivation("gelu"), pool)
    engine = Reference(network, SquaredError(), SGD())
    h = np.random.default_rng(5).standard_normal((6, *shape))
    outputs = module(torch.from_numpy(h)).detach().numpy()
    for array, output in zip(h, outputs, strict=True):
        np.testing.assert_allclose(engine.forward(np.moveaxis(array, 0, -1).ravel()), output, rtol=0.0, atol=1e-12)


def test_the_constants_of_a_global_pool_come_from_the_inputs_length():
    """Of sqrt(4) = 2 normals the largest has mean 1/sqrt(pi); of sqrt(9) = 3 it has 3/(2 sqrt(pi))."""
    two = 1.0 / math.sqrt(math.pi), 1.0 - 1.0 / math.pi
    three = 1.5 / math.sqrt(math.pi), 1.0 + math.sqrt(3.0) / (2.0 * math.pi) - 2.25 / math.pi
    pool = nn.GlobalMaxPool("identity")
    for positions, (mean, variance) in [(4, two), (9, three)]:
        h = torch.zeros(2, 1, positions, dtype=torch.float64)
        # 1e-7 of the moments is missing.
        assert pool(h).tolist() == [[pytest.approx(-mean / math.sqrt(variance), rel=1e-6)]] * 2
    assert nn.GlobalAvgPool()(torch.ones(1, 16, dtype=torch.float64)).tolist() == [2.0]


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: nn.Conv1d(0, 4, 3), r"Conv1d: in_channels is an int of 1 or more, not 0"),
        (lambda: nn.Conv1d(2, 4, (3, 3)), r"Conv1d: kernel_size is an int of 1 or more, not \(3, 3\)"),
        (lambda: nn.Conv2d(2, 4, 3, stride=0), r"Conv2d: stride is an int of 1 or more, not 0"),
        (lambda: nn.Conv2d(2, 4, 3, padding=1), r"Conv2d: padding is 'same' or 'valid', not 1"),
        (lambda: nn.GlobalMaxPool("relu6"), r"activation is .*'relu6'"),
        (lambda: nn.GlobalAvgPool(dimensions=0), r"GlobalAvgPool: dimensions is an int of 1 or more, not 0"),
        (
            lambda: nn.Conv1d(2, 4, 9, padding="valid")(torch.zeros(2, 5)),
            r"a kernel of 9 does not fit into 5 positions",
        ),
    ],
)
def test_what_is_out_of_its_range_is_refused(declare, message):
    with pytest.raises(ValueError, match=message):
        declare()
