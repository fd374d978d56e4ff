"""Checkpoints on the way, and where to go on from."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np

from streamnorm.arguments import is_count
from streamnorm.checkpoint import load_counted, save
from streamnorm.estimator import NormProp

_COUNTS = (".steps", ".samples", ".count")


class Checkpointer:
    """Saves a model while it learns, and goes on from the file when the program starts again.

    The program is the same for the first start and for every other. Where the file is there, the model becomes what the
    file holds, and `samples` says how many samples of the stream that model has learned: skip them, and it goes on bit
    for bit as if nothing had happened. A kill at any moment loses no more than what was learned since the last
    checkpoint; the file is replaced in one step and always holds a whole one.

    Parameters
    ----------
    model
        A streamnorm estimator that has not learned anything, or the one that `streamnorm.load` has just read from the
        file. In a pipeline the last step, `pipeline["..."]`; what the steps in front of it have learned is not saved.
    path
        The file. One of `model.save` does not say how many samples its model has learned: only a model that was loaded
        from it goes on with it, and is counted from 0.
    every
        Samples from one checkpoint to the next, or a `datetime.timedelta`.

    Attributes
    ----------
    samples
        How many samples the model has learned, counted by `step`.

    Raises
    ------
    TypeError
        For a model that is no streamnorm estimator.
    ValueError
        For an `every` that is neither a count nor a positive timedelta; for a file that is damaged, or of a model with
        other arguments; for a model that has learned something else than what the file holds.
    OSError
        Where the file cannot be read, or a first one cannot be written.

    Examples
    --------
    >>> import itertools, pathlib, tempfile
    >>> from river import datasets, metrics
    >>> from streamnorm import Checkpointer, NormPropClassifier
    >>> def run(path, until):
    ...     model = NormPropClassifier(seed=42)
    ...     checkpointer = Checkpointer(model, path, every=100)
    ...     accuracy = metrics.Accuracy()
    ...     for x, y in itertools.islice(datasets.Phishing(), checkpointer.samples, until):
    ...         accuracy.update(y, model.predict_one(x))
    ...         model.learn_one(x, y)
    ...         checkpointer.step()
    ...     return checkpointer.samples, accuracy

    The first run ends at sample 550, without notice; the second goes on from the checkpoint of sample 500.

    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "phishing.streamnorm")
    ...     run(path, until=550), run(path, until=None)
    ((550, Accuracy: 86.36%), (1250, Accuracy: 92.53%))

    """

    def __init__(self, model: NormProp, path: str | Path, every: int | timedelta = timedelta(minutes=1)) -> None:
        if not issubclass(type(model), NormProp):  # To River's `isinstance` a pipeline is what its last step is.
            raise TypeError(
                f"a Checkpointer saves a streamnorm estimator, not a {type(model).__name__}: of a pipeline give it the "
                'last step, pipeline["NormPropClassifier"], and keep what the steps in front have learned as well'
            )
        self.model = model
        self.path = Path(path)
        self.samples = 0
        # What runs from one checkpoint to the next: seconds, or samples.
        self._now: Callable[[], float]
        if isinstance(every, timedelta) and every > timedelta(0):
            self._now, self._every = time.monotonic, every.total_seconds()
        elif not isinstance(every, timedelta) and is_count(every):
            self._now, self._every = self._counted, float(every)
        else:
            raise ValueError(f"every is a number of samples, 1 or more, or a timedelta above 0, not {every!r}")
        if self.path.exists():
            self._resume()
            self._next = self._now() + self._every
        else:
            self.save()  # Nobody wants to hear after an hour that nothing can be written.

    def step(self, samples: int = 1) -> None:
        """Count what the model has just learned, and save it where that is due.

        Parameters
        ----------
        samples
            How many: the rows of a `learn_many`.

        Raises
        ------
        ValueError
            For a `samples` that is no count.
        OSError
            Where the file cannot be written. The old one stays as it was, and the next step tries again.

        """
        if not is_count(samples, at_least=0):
            raise ValueError(f"samples is an int of 0 or more, not {samples!r}")
        self.samples += int(samples)
        if self._now() >= self._next:
            self.save()

    def save(self) -> None:
        """Save now: at the end of a stream, or on a signal to stop."""
        save(self.model, self.path, self.samples)
        self._next = self._now() + self._every

    def _counted(self) -> float:
        return self.samples

    def _resume(self) -> None:
        saved, samples = load_counted(self.path)
        if type(saved) is not type(self.model):
            raise ValueError(f"{self.path} holds a {type(saved).__name__}, not a {type(self.model).__name__}")
        if _has_learned(self.model):
            if not _are_equal(self.model, saved):
                raise ValueError(
                    f"{self.path} holds a model, and the one that was given has learned something else: give a new "
                    "one, which goes on from the file, or another path"
                )
            self.samples = samples or 0
            return
        if samples is None:
            raise ValueError(
                f"{self.path} does not say how many samples its model has learned: it was written by its save. Give "
                "the Checkpointer a path of its own, or the model that streamnorm.load reads from the file"
            )
        given, found = self.model._get_params(), saved._get_params()
        for name, value in given.items():
            if found[name] != value:
                raise ValueError(
                    f"{self.path} holds a model with {name}={found[name]!r}, not {name}={value!r}: give the same "
                    "arguments, or another path"
                )
        vars(self.model).update(vars(saved))
        self.samples = samples


def _has_learned(model: NormProp) -> bool:
    learned, new = ({**own._state(), "seed": None} for own in (model, model.clone()))
    counts = (array for name, array in model._arrays().items() if name.endswith(_COUNTS))
    return learned != new or any(count.any() for count in counts)


def _are_equal(model: NormProp, other: NormProp) -> bool:
    arrays, others = model._arrays(), other._arrays()
    return (
        type(model) is type(other)
        and (model._get_params(), model._state()) == (other._get_params(), other._state())
        and all(np.array_equal(array, others[name]) for name, array in arrays.items())
    )
