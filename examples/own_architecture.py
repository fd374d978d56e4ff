"""An architecture of your own, trained one sample at a time: a residual network out of the torch layers.

python examples/own_architecture.py    (it needs the extra torch)
"""

import numpy as np
import torch
from river import datasets, metrics, preprocessing

from streamnorm.engines.autograd import Autograd
from streamnorm.losses import CrossEntropy
from streamnorm.nn import Linear, NormalizedActivation
from streamnorm.optim import RMSprop


class Block(torch.nn.Module):
    """A residual block whose sum is scaled back to variance one: two independent parts of variance one add to two."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.branch = torch.nn.Sequential(Linear(width, width), NormalizedActivation(torch.sin))

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        return (h + self.branch(h)) / 2**0.5


torch.manual_seed(42)
torch.set_num_threads(1)
network = torch.nn.Sequential(Linear(9, 32), NormalizedActivation("gelu"), Block(32), Block(32), torch.nn.Linear(32, 2))
engine = Autograd(network, CrossEntropy(), RMSprop(0.003))
scaler = preprocessing.StandardScaler()
accuracy = metrics.Accuracy()
for x, y in datasets.Phishing():
    h = np.array([*scaler.transform_one(x).values()], dtype=np.float32)
    accuracy.update(y, bool(engine.forward(h).argmax()))
    engine.learn(h, int(y))
    scaler.learn_one(x)
print(accuracy)
