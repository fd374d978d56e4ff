"""Learning straight through against learning that is killed on the way and goes on from its last checkpoint.

    python tests/killed_learning.py SAMPLES [SAMPLES OF THE ENGINES IN PYTHON]

learns so many samples with every estimator, engine and optimiser, at one learning rate and at three; prints a line of
JSON for each: its name, and whether it is the same bit for bit. A child process learns half of them and some more, is
killed by SIGKILL, and a second one goes on.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models import bits
from river import datasets

import streamnorm.checkpoint
from streamnorm import Checkpointer, NormPropAnomalyDetector, NormPropForecaster
from streamnorm.engines import native

STREAMS = {
    "NormPropAnomalyDetector": datasets.Shuttle(),
    "NormPropClassifier": datasets.ImageSegments(),
    "NormPropForecaster": datasets.TrumpApproval(),
    "NormPropMultiLabelClassifier": [(x, {"up": y > 40, "far": y > 41 or None}) for x, y in datasets.TrumpApproval()],
    "NormPropMultiTargetRegressor": [(x, {"up": y, "far": y % 1 or None}) for x, y in datasets.TrumpApproval()],
    "NormPropRegressor": datasets.TrumpApproval(),
}
ENGINES = [*(["native"] if native.kernel else []), "reference", "autograd"]
OPTIMIZERS = ["sgd", "rmsprop", "adam"]
RATES = ["auto", 0.01]
VARIANTS = [*itertools.product(STREAMS, ENGINES, OPTIMIZERS, RATES)]


def name_of(variant: tuple[Any, ...]) -> str:
    return "-".join(map(str, variant))


def model_of(estimator: str, engine: str, optimizer: str, rate: Any) -> Any:
    made = getattr(streamnorm, estimator)
    return made(hidden=(6, 4), engine=engine, optimizer=optimizer, learning_rate=rate, seed=1)


def samples_of(estimator: str) -> Iterator[tuple[dict[str, float], Any]]:
    """The stream again and again, with a feature that is not always there."""
    rows = [*itertools.islice(STREAMS[estimator], 1_000)]
    for k in itertools.count():
        x, y = rows[k % len(rows)]
        x = {name: value for name, value in x.items() if not isinstance(value, str)}
        yield ({**x, "sometimes": k * 0.1} if k % 3 else x), y


def learn_one(model: Any, x: dict[str, float], y: Any) -> None:
    if isinstance(model, NormPropAnomalyDetector):
        model.learn_one(x)
    elif isinstance(model, NormPropForecaster):
        model.learn_one(y, x)
    else:
        model.learn_one(x, y)


def learn(variant: tuple[Any, ...], path: Path, until: int, every: int) -> Any:
    """Go on from the file, if there is one, up to so many samples."""
    model = model_of(*variant)
    checkpointer = Checkpointer(model, path, every)
    for x, y in itertools.islice(samples_of(variant[0]), checkpointer.samples, until):
        learn_one(model, x, y)
        checkpointer.step()
    return model


def die_learning(*arguments: Any) -> None:
    """The same in a process of its own, which is killed at the end."""
    child = os.fork()
    if not child:
        learn(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL, f"the child ended by itself, with status {status}"


def resumes_exactly(variant: tuple[Any, ...], samples: int, directory: Path) -> bool:
    half = samples // 2
    straight = model_of(*variant)
    for x, y in itertools.islice(samples_of(variant[0]), samples):
        learn_one(straight, x, y)
    path = directory / name_of(variant)
    die_learning(variant, path, half + half // 10, half)
    checkpoint, learned = streamnorm.checkpoint.load_counted(path)
    assert (learned, bits(checkpoint) == bits(straight)) == (half, False)
    return bits(learn(variant, path, samples, every=half)) == bits(straight)


def main(samples: int, samples_in_python: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        for variant in VARIANTS:
            n = samples if variant[1] == "native" else samples_in_python
            print(json.dumps([name_of(variant), resumes_exactly(variant, n, Path(directory))]), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[-1]))
