"""The torch layers for people with an architecture of their own."""

import math

import numpy as np
import pytest
import torch

from streamnorm.engines.autograd import Autograd
from streamnorm.losses import CrossEntropy, Huber
from streamnorm.moments import relu_moments
from streamnorm.nn import Linear, NormalizedActivation
from streamnorm.optim import SGD, Adam, RMSprop


def test_linear_by_hand():
    layer = Linear(2, 1)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[3.0, 4.0]]))
        layer.gain.fill_(0.5)
        layer.bias.fill_(0.1)
    assert layer(torch.tensor([1.0, 2.0])).item() == pytest.approx(0.5 * 11 / 5 + 0.1, rel=1e-6)  # float32


def test_the_scale_of_a_row_does_not_matter():
    layer = Linear(5, 3).double()
    h = torch.randn(10, 5, dtype=torch.float64)
    before = layer(h)
    with torch.no_grad():
        layer.weight *= torch.tensor([[2.0], [1e-6], [1e6]])
    torch.testing.assert_close(layer(h), before, rtol=1e-12, atol=1e-12)


def test_normalized_activation_is_the_papers_formula():
    z = torch.linspace(-3, 3, 13, dtype=torch.float64)
    mean, sd = 1 / math.sqrt(2 * math.pi), math.sqrt((1 - 1 / math.pi) / 2)
    torch.testing.assert_close(NormalizedActivation("relu")(z), (torch.relu(z) - mean) / sd)


def test_a_function_of_ones_own_is_normalised_by_quadrature():
    activation = NormalizedActivation(lambda z: z**2)
    assert (activation.mean, activation.sd) == pytest.approx((1.0, math.sqrt(2.0)), rel=1e-12)
    # A kink costs accuracy: about one over the number of nodes.
    assert NormalizedActivation(torch.relu).mean == pytest.approx(relu_moments().mean, abs=2e-3)


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match=r"activation is one of relu, .* or a function, not 'relu6'"):
        NormalizedActivation("relu6")


@pytest.mark.parametrize("optimizer", [SGD(0.03), RMSprop(0.002), Adam(0.001)], ids=lambda o: type(o).__name__)
def test_any_module_learns_one_sample_at_a_time(optimizer):
    """A recurrent cell, which no estimator offers, learns to tell the sign of a sum over time."""

    class Recurrent(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = torch.nn.GRUCell(1, 8)
            self.head = torch.nn.Sequential(Linear(8, 8), NormalizedActivation("tanh"), torch.nn.Linear(8, 2))

        def forward(self, h):
            state = torch.zeros(8)
            for value in h.unbind():
                state = self.cell(value.reshape(1), state)
            return self.head(state)

    torch.manual_seed(3)
    engine = Autograd(Recurrent(), CrossEntropy(), optimizer)
    rng = np.random.default_rng(3)
    right = 0
    for i in range(1_200):
        h = rng.standard_normal(4).astype(np.float32)
        target = int(h.sum() > 0)
        right += i >= 800 and int(engine.forward(h).argmax()) == target
        engine.learn(h, target)
    assert right > 340  # of 400; chance is 200


def test_predicting_is_in_evaluation_mode_and_learning_in_training_mode():
    class Mode(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.seen = []
            self.head = torch.nn.Linear(2, 1)

        def forward(self, h):
            self.seen.append(self.training)
            return self.head(h)

    module = Mode()
    engine = Autograd(module, Huber(), SGD())
    for _ in range(2):
        engine.forward(np.ones(2, np.float32))
        engine.learn(np.ones(2, np.float32), 1.0)
    assert module.seen == [False, True, False, True]


def test_a_parameter_that_the_loss_does_not_reach_stays():
    module = torch.nn.Sequential(torch.nn.Linear(2, 1))
    module.register_parameter("unused", torch.nn.Parameter(torch.ones(3)))
    Autograd(module, Huber(), RMSprop()).learn(np.ones(2, np.float32), 3.0)
    assert module.unused.tolist() == [1.0, 1.0, 1.0]
