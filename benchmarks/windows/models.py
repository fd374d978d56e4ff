"""The models, ours and torch's, behind one interface: `sample` makes of an array what is learned and predicted."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from benchmarks.windows.nets import net
from benchmarks.windows.streams import Stream
from streamnorm import NormPropClassifier
from streamnorm.estimator import CLIP
from streamnorm.layers import Conv1d, Declared, GlobalMaxPool, MaxPool
from streamnorm.presets import PRESETS
from streamnorm.standardizer import Standardizer

DENSE = (64, 64)
NARROW = "16 and 32 filters"
NETS = {**PRESETS, NARROW: (Conv1d(16, 7), MaxPool(2), Conv1d(32, 5), GlobalMaxPool(), 64)}
# Whoever has no "auto" is given the best of these in hindsight, for each stream anew.
SETTINGS = (("rmsprop", 0.001), ("rmsprop", 0.002), ("sgd", 0.003), ("sgd", 0.01), ("sgd", 0.03))
Setting = tuple[str, float | str]


def hidden_of(stream: Stream, dense: bool) -> tuple[Declared, ...]:
    return DENSE if dense else NETS[stream.preset]


class Ours:
    """`NormPropClassifier`, which standardises."""

    def __init__(self, stream: Stream, dense: bool, setting: Setting, seed: int):
        optimizer, rate = setting
        self.model = NormPropClassifier(
            hidden_of(stream, dense), input_shape=stream.shape, optimizer=optimizer, learning_rate=rate, seed=seed
        )
        self.learn, self.predict = self.model.learn_one, self.model.predict_one

    def sample(self, array: np.ndarray) -> dict[str, np.ndarray]:
        return {"x": array}

    def parameters(self) -> int:
        """Of one rate's network."""
        network = self.model._learner.mixture.networks[0]
        return sum(parameter.value.size for layer in network.parameters for parameter in layer.values())


class Torch:
    """The same layers in torch, one sample a step, behind the standardiser that ours has inside."""

    def __init__(self, stream: Stream, dense: bool, setting: Setting, seed: int, norm: str):
        torch.manual_seed(seed)
        hidden = hidden_of(stream, dense)
        self.shape = stream.shape
        self.standardizer = Standardizer(0.0, CLIP, "float32", 1 if dense else int(np.prod(stream.shape[1:])))
        self.standardizer.grow(int(np.prod(stream.shape)) // self.standardizer.positions)
        self.net = net(hidden, stream.shape, stream.n_classes, norm)
        kinds = {"sgd": torch.optim.SGD, "rmsprop": torch.optim.RMSprop}
        self.optimizer = kinds[setting[0]](self.net.parameters(), lr=setting[1])
        self.loss = nn.CrossEntropyLoss()

    def sample(self, array: np.ndarray) -> torch.Tensor:
        values = np.moveaxis(array, 0, -1).ravel()
        h = self.standardizer.transform(values).reshape(*self.shape[1:], self.shape[0])
        self.standardizer.update(values)
        return torch.from_numpy(np.ascontiguousarray(np.moveaxis(h, -1, 0))[np.newaxis])

    def learn(self, sample: torch.Tensor, y: int) -> None:
        self.optimizer.zero_grad()
        self.loss(self.net(sample), torch.tensor([y])).backward()
        self.optimizer.step()

    def predict(self, sample: torch.Tensor) -> int:
        with torch.inference_mode():
            return int(self.net(sample).argmax())

    def parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.net.parameters())


def build(name: str, stream: Stream, setting: Setting, seed: int) -> Ours | Torch:
    """`streamnorm`, or one of torch's by its normalisation; `dense ...` with dense layers only."""
    kind = name.removeprefix("dense ")
    if kind == "streamnorm":
        return Ours(stream, kind != name, setting, seed)
    return Torch(stream, kind != name, setting, seed, kind)
