"""Which patch of a pool learns, and when a filter is idle: alike in every engine."""

import numpy as np
import pytest
from test_parity import OTHERS, SQUARED
from test_parity_windows import learner_of

from streamnorm import Conv1d, Conv2d, GlobalMaxPool, MaxPool

WITH_ENGINES = pytest.mark.parametrize("engine", ["reference", *OTHERS])


def after_one_sample(engine, hidden, shape, array, target, head):
    """The only filter's weights, which started at 1 each, and how far it is known to have decayed."""
    learner = learner_of(engine, shape, hidden, "identity", "rmsprop", SQUARED, (0.001,))
    (network,) = learner.mixture.networks
    filters, end = network.parameters[0], network.parameters[-1]
    filters["W"].value[:] = 1.0
    end["W"].value[:] = head
    learner.connect()  # The native engine knows the norms of the rows that it has seen last.
    learner.learn({"array": np.array(array)}, target, 1.0)
    return filters["W"].value[0].tolist(), network.last[0].tolist()


@WITH_ENGINES
@pytest.mark.parametrize(
    ("hidden", "array"),
    [
        ((Conv1d(1, 2, padding="valid"), MaxPool(2)), [[1.0, 2.0, 1.0]]),
        ((Conv1d(1, 2, padding="valid"), GlobalMaxPool()), [[1.0, 2.0, 1.0]]),
        ((Conv2d(1, (1, 2), padding="valid"), MaxPool(2)), [[[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]]),
        ((Conv2d(1, (1, 2), padding="valid"), GlobalMaxPool()), [[[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]]),
    ],
    ids=["1-D", "1-D global", "2-D", "2-D global"],
)
def test_of_equal_largest_values_the_first_learns(engine, hidden, array, monkeypatch):
    """The patches (1, 2) and (2, 1) meet a filter (1, 1) alike. To lift the first the filter turns to (1, 2)."""
    engine, _, instructions = engine.partition(" ")
    monkeypatch.setenv("STREAMNORM_INSTRUCTIONS", instructions)
    shape = np.shape(array)
    (first, second), _ = after_one_sample(engine, hidden, shape, array, 1e3, head=[[1.0]])
    assert first < 1.0 < second


@WITH_ENGINES
def test_a_filter_whose_errors_cancel_is_awake(engine, monkeypatch):
    """With a head of (1, -1) the errors at the two positions sum to 0, and the bias stays; the weights do not."""
    engine, _, instructions = engine.partition(" ")
    monkeypatch.setenv("STREAMNORM_INSTRUCTIONS", instructions)
    hidden = (Conv1d(1, 2, padding="valid"),)
    (first, second), last = after_one_sample(engine, hidden, (1, 3), [[1.0, 2.0, 1.0]], 1.0, head=[[1.0, -1.0]])
    assert first < 1.0 < second
    assert last == [1]
