"""What the network's output is judged by: a value and its gradient with respect to the output."""

from streamnorm.losses.cross_entropy import CrossEntropy
from streamnorm.losses.huber import Huber
from streamnorm.losses.reconstruction import Reconstruction
from streamnorm.losses.sigmoid_cross_entropy import SigmoidCrossEntropy
from streamnorm.losses.squared_error import SquaredError

__all__ = ["CrossEntropy", "Huber", "Loss", "Reconstruction", "SigmoidCrossEntropy", "SquaredError"]

Loss = CrossEntropy | SigmoidCrossEntropy | Huber | SquaredError
