"""Optimisers: the direction in which a gradient moves a parameter. Their state lives in arrays beside it."""

from streamnorm.optim.adam import Adam
from streamnorm.optim.rmsprop import RMSprop
from streamnorm.optim.sgd import SGD

__all__ = ["AUTO_RATES", "OPTIMIZERS", "SGD", "Adam", "Optimizer", "RMSprop"]

Optimizer = SGD | RMSprop | Adam

OPTIMIZERS: dict[str, type[Optimizer]] = {"sgd": SGD, "rmsprop": RMSprop, "adam": Adam}

# What `learning_rate="auto"` mixes: rates a factor of three to five apart, so that any between them is near one.
AUTO_RATES: dict[str, tuple[float, ...]] = {
    "sgd": (0.01, 0.03, 0.1),
    "rmsprop": (0.001, 0.005, 0.02),
    "adam": (0.001, 0.005, 0.02),
}
