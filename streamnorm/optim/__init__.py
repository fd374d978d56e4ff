"""Optimisers: the direction in which a gradient moves a parameter. Their state lives in arrays beside it."""

from streamnorm.optim.adam import Adam
from streamnorm.optim.rmsprop import RMSprop
from streamnorm.optim.sgd import SGD

__all__ = ["OPTIMIZERS", "SGD", "Adam", "Optimizer", "RMSprop"]

Optimizer = SGD | RMSprop | Adam

OPTIMIZERS: dict[str, type[Optimizer]] = {"sgd": SGD, "rmsprop": RMSprop, "adam": Adam}
