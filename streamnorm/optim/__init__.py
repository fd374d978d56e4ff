"""Optimisers: what a gradient does to a parameter, in place, with its state in arrays beside the parameter."""

from streamnorm.optim.adam import Adam
from streamnorm.optim.rmsprop import RMSprop
from streamnorm.optim.sgd import SGD

__all__ = ["OPTIMIZERS", "SGD", "Adam", "Optimizer", "RMSprop"]

Optimizer = SGD | RMSprop | Adam

OPTIMIZERS: dict[str, type[Optimizer]] = {"sgd": SGD, "rmsprop": RMSprop, "adam": Adam}
