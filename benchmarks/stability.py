"""Does any stream break the step? Every optimiser at every rate, beside the plain and the clipped step.

`python -m benchmarks.stability` writes its tables into docs/stability.md, which says how to read them.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import NamedTuple

import numpy as np

from benchmarks.page import fill, table
from benchmarks.stability_streams import Stream, friendly, hostile
from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.engines.reference import Reference
from streamnorm.engines.stepwise import Stepwise
from streamnorm.optim import OPTIMIZERS

RATES = (0.001, 0.003, 0.01, 0.03, 0.1)


class Plain(Reference):
    """The step without the division."""

    clip = math.inf

    def learn(self, h, target, weight=1.0):
        output, gradients = self.gradients(h, target)
        norm = math.sqrt(sum(float(np.vdot(g, g)) for layer in gradients for g in layer.values()))
        scale = min(1.0, self.clip / max(norm, 1e-30))
        self.network.step += 1
        for parameters, gradient in zip(self.network.parameters, gradients, strict=True):
            for name, parameter in parameters.items():
                for slot, decay in self.optimizer.decays.items():
                    parameter.state[slot] *= decay
                direction, _ = self.optimizer.propose(scale * gradient[name], parameter.state, self.network.step, 1.0)
                parameter.value -= weight * self.optimizer.learning_rate * direction
        return output


class Clipped(Plain):
    """The plain step on a gradient whose norm over all layers is cut to 10."""

    clip = 10.0


STEPS = {"implicit": Reference, "plain": Plain, "clip 10": Clipped}


class Result(NamedTuple):
    """A score and what it is held against: accuracy of the running majority, or 0 for the running mean."""

    score: float
    baseline: float
    largest: float

    @property
    def is_finite(self) -> bool:
        return math.isfinite(self.largest)

    @property
    def has_collapsed(self) -> bool:
        return self.score < self.baseline - (0.05 if self.baseline else 0.1)


def run(stream: Stream, optimizer: str, rate: float, step: str) -> Result:
    """Test, then train, through the public estimator."""
    estimator = NormPropClassifier if stream.is_classification else NormPropRegressor
    model = estimator(optimizer=optimizer, learning_rate=rate, engine="reference", seed=1)
    learner = model._learner

    def connect():
        (network,), (method,) = learner.mixture.networks, learner.mixture.optimizers
        steps = [STEPS[step](network, learner.loss, method)]
        learner._engine = Stepwise(learner.mixture, learner.standardizer, learner.target, learner.loss, steps)

    learner.connect = connect
    connect()
    # Of a model that broke every later prediction counts as wrong.
    errors, finite = np.full(len(stream.ys), np.inf), True
    for i, (x, y) in enumerate(zip(stream.xs, stream.ys, strict=True)):
        if stream.is_classification:
            probabilities = model.predict_proba_one(x)
            finite = all(map(math.isfinite, probabilities.values()))
            errors[i] = not probabilities or max(probabilities, key=probabilities.__getitem__) != y
        else:
            errors[i] = abs(y - model.predict_one(x))
            finite = math.isfinite(errors[i])
        if not finite:
            break
        model.learn_one(x, y)
    values = [parameter.value for layer in learner.mixture.networks[0].parameters for parameter in layer.values()]
    largest = float(np.max([np.abs(value).max() for value in values])) if finite else math.inf
    naive = naive_errors(stream)
    if stream.is_classification:
        return Result(1.0 - np.minimum(errors, 1.0).mean(), 1.0 - naive.mean(), largest)
    # The hundredth of the rows that is furthest out says nothing about a model, yet would decide the mean.
    usual = naive <= np.quantile(naive, 0.99)
    return Result(max(-1.0, 1.0 - errors[usual].mean() / naive[usual].mean()), 0.0, largest)


def naive_errors(stream: Stream) -> np.ndarray:
    """Errors of the running majority class, or of the running mean."""
    seen, mean, errors = Counter(), 0.0, np.zeros(len(stream.ys))
    for i, y in enumerate(stream.ys):
        if stream.is_classification:
            errors[i] = not seen or seen.most_common(1)[0][0] != y
            seen[y] += 1
        else:
            errors[i] = abs(y - mean)
            mean += (y - mean) / (i + 1)
    return errors


def summary(streams: list[Stream], results: list[Result]) -> list[str]:
    """One row of the first table."""
    accuracy = np.mean([r.score for s, r in zip(streams, results, strict=True) if s.is_classification])
    score = np.mean([r.score for s, r in zip(streams, results, strict=True) if not s.is_classification])
    broken = sum(not r.is_finite for r in results)
    collapsed = sum(r.has_collapsed for r in results)
    largest = max(r.largest for r in results)
    return [f"{accuracy:.3f}", f"{score:.3f}", str(broken), str(collapsed), f"{largest:.3g}"]


def main() -> None:
    streams = [*friendly(), *hostile()]
    default = {name: optimizer().learning_rate for name, optimizer in OPTIMIZERS.items()}
    results = {}
    by_setting = [
        ["optimiser", "rate", "step", "accuracy", "score", "not finite", "collapsed", "largest parameter"],
    ]
    for optimizer in OPTIMIZERS:
        for rate, step in itertools.product(sorted({*RATES, default[optimizer]}), STEPS):
            # Our own step must get by without an overflow.
            with np.errstate(all="ignore") if step != "implicit" else np.errstate(over="raise", invalid="raise"):
                results[optimizer, rate, step] = [run(stream, optimizer, rate, step) for stream in streams]
            mark = " (default)" if rate == default[optimizer] else ""
            cells = summary(streams, results[optimizer, rate, step])
            by_setting.append([optimizer, f"{rate:g}{mark}", step, *cells])
            print(*by_setting[-1], flush=True)
    settings = [(optimizer, default[optimizer], step) for optimizer in OPTIMIZERS for step in ("implicit", "plain")]
    by_stream = [
        ["stream", "rows", "baseline", *(f"{optimizer} {rate:g} {step}" for optimizer, rate, step in settings)]
    ]
    for i, stream in enumerate(streams):
        scores = [results[setting][i].score for setting in settings]
        baseline = results[settings[0]][i].baseline
        by_stream.append([stream.name, str(len(stream.ys)), *(f"{score:.3f}" for score in (baseline, *scores))])
    tables = (table(rows[0], rows[1:]) for rows in (by_setting, by_stream))
    fill("stability.md", "written by benchmarks.stability", "\n\n".join(tables))


if __name__ == "__main__":
    main()
