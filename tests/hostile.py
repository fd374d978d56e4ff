"""Samples, labels, targets and weights that are not what they seem; and whether refusing them costs memory.

    python tests/hostile.py [ERRORS]

refuses so many of them, a million unless said, and reports what is left of them in memory.
"""

import contextlib
import gc
import itertools
import math
import sys
import tracemalloc
from decimal import Decimal
from fractions import Fraction

import numpy as np

from streamnorm import NormPropClassifier

# What the library raises, Python where a dict changes while it is read, and `fail`.
REFUSALS = (TypeError, ValueError, RuntimeError, ZeroDivisionError)
X = {"age": 1.5, "anchor": -2.0, "https": 1}


class Number(float):
    """A float that does something else when it is asked for its value."""

    def __new__(cls, act):
        self = super().__new__(cls, 1.0)
        self.act = act
        return self

    def __float__(self):
        self.act()
        return 1.0


class Name:
    """Collides with a name of the model's, and does something else when it is compared."""

    def __init__(self, twin, act):
        self.twin = twin
        self.act = act

    def __hash__(self):
        return hash(self.twin)

    def __eq__(self, other):
        self.act()
        return self is other


class Text(str):
    """A text that equals nothing, not even itself."""

    __hash__ = str.__hash__

    def __eq__(self, other):
        return False

    def __ne__(self, other):
        return True


def fail():
    raise ZeroDivisionError("1 / 0")


def model_of(estimator, engine="native"):
    """A model that knows the features of X and two classes."""
    model = estimator((4,), engine=engine, seed=1)
    for i in range(8):
        model.learn_one({**X, "age": float(i)}, i % 2)
    return model


def contents(model):
    """All that learning changes, where features may have names that no file could hold."""
    learner = model._learner
    arrays = {name: (array.shape, array.tobytes()) for name, array in model._arrays().items()}
    return arrays, [*map(id, learner.features.names)], len(learner.features.columns), getattr(model, "classes_", None)


def assert_consistent(model):
    """Names, columns and arrays agree, and every number is one."""
    learner = model._learner
    names = learner.features.names
    assert learner.mixture.fan_in == len(names) == len(learner.features.columns)
    assert [*learner.features.columns.values()] == [*range(len(names))]
    assert all(network.parameters[0]["W"].value.shape[1] == len(names) for network in learner.mixture.networks)
    assert all(np.isfinite(array).all() for array in model._arrays().values())
    if isinstance(model, NormPropClassifier):
        assert learner.mixture.fan_out == len(model.classes_)


def assert_learned_or_unchanged(model, *sample):
    """The sample is learned, or an error leaves everything as it was; predicting changes nothing in either case."""
    before = contents(model)
    try:
        model.learn_one(*sample)
    except REFUSALS:
        assert contents(model) == before
    assert_consistent(model)
    after = contents(model)
    with contextlib.suppress(*REFUSALS):
        model.predict_one(sample[0])
    assert contents(model) == after


# Name of the mistake -> (x, label, weight).
ERRORS = {
    "nan": ({**X, "age": math.nan}, 1, 1.0),
    "None": ({**X, "age": None}, 1, 1.0),
    "text": ({**X, "age": "12"}, 1, 1.0),
    "an int beyond float": ({**X, "age": 10**400}, 1, 1.0),
    "NaN as a Decimal": ({**X, "age": Decimal("sNaN")}, 1, 1.0),
    "a Fraction beyond float": ({**X, "age": Fraction(10**400, 3)}, 1, 1.0),
    "an array": ({**X, "age": np.ones(2)}, 1, 1.0),
    "a generator": ({**X, "age": (i for i in ())}, 1, 1.0),
    "a sample in a sample": ({**X, "age": dict(X)}, 1, 1.0),
    "a value that raises": ({**X, "age": Number(fail)}, 1, 1.0),
    "a new value that raises": ({**X, "new": Number(fail)}, 1, 1.0),
    "a name that raises": ({Name("age", fail): 1.0}, 1, 1.0),
    "a name that does not equal itself": ({**X, Text("new"): 1.0}, 1, 1.0),
    "a name that is no number": ({**X, math.nan: 1.0}, 1, 1.0),
    "no sample": (None, 1, 1.0),
    "names without values": ([*X], 1, 1.0),
    "no label": (X, None, 1.0),
    "half a label": (X, 1.5, 1.0),
    "a text beside numbers": (X, "2", 1.0),
    "a new label with a bad sample": ({**X, "age": None}, 2, 1.0),
    "a negative weight": (X, 1, -1.0),
    "no weight": (X, 1, None),
    "an infinite weight": (X, 1, math.inf),
    "a weight that raises": (X, 1, Number(fail)),
}


def left_in_memory(mistake, n):
    """Bytes, and references to whatever the mistake came with, that are left after n errors."""
    x, y, w = ERRORS[mistake]
    model = model_of(NormPropClassifier)
    things = [model, model._learner, x, y, w, None, *(itertools.chain(x.items()) if isinstance(x, dict) else ())]

    def refuse(times):
        for _ in range(times):
            try:
                model.learn_one(x, y, w)
            except REFUSALS:
                continue
            raise AssertionError(mistake)

    def references():
        parts = [part for thing in things for part in (thing if isinstance(thing, tuple) else (thing,))]
        return [sys.getrefcount(part) for part in parts]

    refuse(100)  # Python specialises its own code in the first calls.
    tracemalloc.start()
    gc.collect()
    before, held = references(), tracemalloc.get_traced_memory()[0]
    refuse(n)
    gc.collect()
    left = tracemalloc.get_traced_memory()[0] - held
    tracemalloc.stop()
    return left, sum(references()) - sum(before)


def main(n):
    each = -(-n // len(ERRORS))
    for mistake in ERRORS:
        left, references = left_in_memory(mistake, each)
        print(f"{mistake}: {each:,} errors, {left:,} bytes and {references} references left", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10**6)
