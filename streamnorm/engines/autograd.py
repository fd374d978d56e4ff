"""The learning step by torch autograd: the oracle for the others, and the engine for any module."""

from __future__ import annotations

import math
from typing import Any

import torch

from streamnorm.engines.implicit import implicit_rate
from streamnorm.engines.repeats import repeats
from streamnorm.losses import CrossEntropy, Huber, Loss, SigmoidCrossEntropy
from streamnorm.optim import SGD, Adam, Optimizer, RMSprop
from streamnorm.typing import Array


class Autograd:
    """Trains any torch module one sample at a time.

    Parameters
    ----------
    module
        Maps a vector [fan_in] to the output [fan_out]: logits, or one standardised target. It is in training mode
        while it learns and in evaluation mode while it predicts.
    loss
        What the output is judged by.
    optimizer
        Its torch namesake makes the step, bounded as in `Reference`.

    Examples
    --------
    A residual network, which the estimators do not offer, on River's Phishing stream:

    >>> import numpy as np
    >>> import torch
    >>> from river import datasets, metrics
    >>> from streamnorm.losses import CrossEntropy
    >>> from streamnorm.nn import Linear, NormalizedActivation
    >>> from streamnorm.optim import SGD

    >>> class Residual(torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.block = torch.nn.Sequential(Linear(9, 9), NormalizedActivation("tanh"))
    ...         self.head = torch.nn.Linear(9, 2)
    ...     def forward(self, h):
    ...         return self.head(h + self.block(h))

    >>> _ = torch.manual_seed(42)
    >>> engine = Autograd(Residual(), CrossEntropy(), SGD(0.03))
    >>> accuracy = metrics.Accuracy()
    >>> for x, y in datasets.Phishing():
    ...     h = np.array([*x.values()], dtype=np.float32)
    ...     accuracy.update(y, bool(engine.forward(h).argmax()))
    ...     _ = engine.learn(h, int(y))
    >>> accuracy
    Accuracy: 88.00%

    """

    def __init__(self, module: torch.nn.Module, loss: Loss, optimizer: Optimizer) -> None:
        self.module = module
        self.loss = loss
        self.optimizer = optimizer
        self._torch_optimizer = _torch_optimizer(optimizer, module)

    def forward(self, h: Array) -> Array:
        """The module's output [fan_out] for one input [fan_in]."""
        self.module.eval()
        with torch.no_grad():
            output: Array = self.module(torch.from_numpy(h)).numpy()
        return output

    def learn(self, h: Array, target: Any, weight: float = 1.0) -> Array:
        """One step of the optimiser on one sample, as long as `weight` samples like it. Gives the output before it."""
        self.module.train()
        self._torch_optimizer.zero_grad()
        output = self.module(torch.from_numpy(h))
        output.retain_grad()
        torch.autograd.backward(self._loss(output, target))
        assert output.grad is not None
        error = _square(output.grad)
        before: Array = output.detach().numpy()
        if error != 0.0 and all(math.isfinite(_square(p.grad)) for p in self.module.parameters()):
            self._implicit_step(before, target, output.grad.numpy(), weight)
        return before

    def _loss(self, output: torch.Tensor, target: Any) -> torch.Tensor:
        if isinstance(self.loss, CrossEntropy):
            return torch.nn.functional.cross_entropy(output, torch.tensor(target))
        target = torch.as_tensor(target, dtype=output.dtype).expand(output.shape)
        known = ~target.isnan()
        output, target = output[known], target[known]
        if isinstance(self.loss, SigmoidCrossEntropy):
            return torch.nn.functional.binary_cross_entropy_with_logits(output, target, reduction="sum")
        if isinstance(self.loss, Huber):
            return torch.nn.functional.huber_loss(output, target, reduction="sum")
        return 0.5 * torch.nn.functional.mse_loss(output, target, reduction="sum")

    @torch.no_grad()
    def _implicit_step(self, output: Array, target: Any, delta: Array, weight: float) -> None:
        (group,) = self._torch_optimizer.param_groups
        before = [p.clone() for p in group["params"]]
        self._torch_optimizer.step()
        promised = sum(map(self._promised_decrease, group["params"]))
        if isinstance(self.optimizer, Adam) and weight > 1.0:
            for p in group["params"]:
                self._repeat_momentum(p, self.optimizer, weight)
        # Torch stepped at the rate of its group, before anybody could know what the step promises.
        error = _square(torch.from_numpy(delta))
        rate = implicit_rate(group["lr"], promised, error)
        shrink = rate * repeats(self.loss, output, target, delta, rate * promised / error, weight) / group["lr"]
        for p, start in zip(group["params"], before, strict=True):
            p.copy_(torch.where(self._moves(p), torch.lerp(start, p, shrink), start))

    def _moves(self, p: torch.Tensor) -> torch.Tensor:
        """Which of a parameter's numbers a step may move."""
        return torch.tensor(True)

    def _repeat_momentum(self, p: torch.Tensor, adam: Adam, weight: float) -> None:
        if p.grad is None:
            return
        state = self._torch_optimizer.state[p]
        m, step = state["exp_avg"], float(state["step"])
        correction = 1.0 - adam.beta_1**step
        missing = torch.where(self._moves(p), correction * p.grad - m, 0.0)
        scale = (state["exp_avg_sq"] / (1.0 - adam.beta_2**step)).sqrt() + adam.eps
        mean, last = adam.momentum_of_repeats(weight)
        p.sub_(adam.learning_rate * mean * missing / correction / scale)
        m.add_(last * missing)

    def _promised_decrease(self, p: torch.Tensor) -> float:
        state, optimizer = self._torch_optimizer.state[p], self.optimizer
        if p.grad is None or isinstance(optimizer, SGD):
            return _square(p.grad)
        if isinstance(optimizer, RMSprop):
            scale = state["square_avg"].sqrt() + optimizer.eps
        else:
            correction = 1.0 - optimizer.beta_2 ** float(state["step"])
            scale = (state["exp_avg_sq"] / correction).sqrt() + optimizer.eps
        return float((p.grad * p.grad / scale).sum())


def _torch_optimizer(optimizer: Optimizer, module: torch.nn.Module) -> torch.optim.Optimizer:
    parameters, rate = module.parameters(), optimizer.learning_rate
    if isinstance(optimizer, RMSprop):
        return torch.optim.RMSprop(parameters, rate, alpha=optimizer.decay, eps=optimizer.eps, foreach=False)
    if isinstance(optimizer, Adam):
        betas = (optimizer.beta_1, optimizer.beta_2)
        return torch.optim.Adam(parameters, rate, betas=betas, eps=optimizer.eps, foreach=False)
    return torch.optim.SGD(parameters, rate, foreach=False)


def _square(gradient: torch.Tensor | None) -> float:
    return 0.0 if gradient is None else float((gradient * gradient).sum())
