from __future__ import annotations

import functools
from typing import Any

import torch

from streamnorm.engines.autograd import Autograd
from streamnorm.engines.network_module import as_tensor, network_module
from streamnorm.losses import Loss
from streamnorm.network import Network
from streamnorm.optim import SGD, Adam, Optimizer, RMSprop
from streamnorm.typing import Array


class NetworkAutograd(Autograd):
    """The engine for a network: its module's parameters and optimiser state are the network's own arrays.

    Parameters
    ----------
    network
        Owner of the arrays; they are read and written in place.
    loss
        What the output is judged by.
    optimizer
        Its torch namesake makes the step, bounded as in `Reference`.

    """

    def __init__(self, network: Network, loss: Loss, optimizer: Optimizer) -> None:
        super().__init__(network_module(network), loss, optimizer)
        # Torch decays every unit at every step; other engines leave it until the unit wakes.
        network.settle(optimizer.decays)
        self._network = network
        self._layer: dict[torch.Tensor, int] = {}
        self._z: dict[int, torch.Tensor] = {}
        units = (module for module in self.module.children() if [*module.parameters()])
        slots = _TORCH_SLOTS[type(optimizer)]
        for index, (layer, parameters) in enumerate(zip(network.layers, network.parameters, strict=True)):
            if not parameters:
                continue
            module = next(units)
            module.register_forward_hook(functools.partial(self._keep, index))
            for tensor, parameter in zip(module.parameters(), parameters.values(), strict=True):
                state = {slots[slot]: as_tensor(layer, array) for slot, array in parameter.state.items()}
                self._torch_optimizer.state[tensor] = {**state, "step": torch.tensor(float(network.step))}
                self._layer[tensor] = index

    def _keep(self, index: int, module: torch.nn.Module, inputs: Any, z: torch.Tensor) -> None:
        self._z[index] = z
        if z.requires_grad:
            z.retain_grad()

    def _implicit_step(self, output: Array, target: Any, delta: Array, weight: float) -> None:
        for state in self._torch_optimizer.state.values():
            state["step"].fill_(self._network.step)  # A mixture may have put another replica's arrays here.
        super()._implicit_step(output, target, delta, weight)
        self._network.step += 1
        for last in self._network.last:
            last[:] = self._network.step
        hidden = range(len(self._network.reach))
        self._network.widen(_by_unit(self._z[i]).T.numpy() if i in self._z else None for i in hidden)

    def _moves(self, p: torch.Tensor) -> torch.Tensor:
        # Torch's momentum would move idle units as well. A filter's errors may cancel in its bias's gradient.
        errors = self._z[self._layer[p]].grad
        assert errors is not None
        return (_by_unit(errors) != 0.0).any(dim=1).reshape(-1, *[1] * (p.ndim - 1))


_TORCH_SLOTS: dict[type[Optimizer], dict[str, str]] = {
    SGD: {},
    RMSprop: {"v": "square_avg"},
    Adam: {"m": "exp_avg", "v": "exp_avg_sq"},
}


def _by_unit(values: torch.Tensor) -> torch.Tensor:
    """What each unit has at its positions [fan_out, positions]."""
    return values.detach().reshape(len(values), -1)
