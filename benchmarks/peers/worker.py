"""One peer in a process of its own, as deep-river needs another River. `benchmarks.peers` asks, in lines of JSON."""

from __future__ import annotations

import json
import math
import random
import sys
import time

import numpy as np

from benchmarks.peers.models import RATE, build, export, mentions

AWAY = 2.0  # How far a value is moved, either way, to see whether the model looks at it.


class Worker:
    """The public methods are the questions."""

    def __init__(self, peer):
        self.peer = peer

    def start(self, rows, seed, rate=RATE):
        """A fresh model for this stream."""
        self.labels = sorted({y for _, y in rows})
        self.model = build(self.peer, list(rows[0][0]), self.labels, seed, rate)

    def engine(self):
        """What runs streamnorm's arithmetic."""
        return type(self.model._learner._engine).__name__

    def learn(self, rows):
        """Test, then train: for each row whether it was right, and microseconds to predict and to learn."""
        seen = []
        for x, y in rows:
            start = time.perf_counter_ns()
            guess = self.model.predict_one(x)
            between = time.perf_counter_ns()
            self.model.learn_one(x, y)
            seen.append((guess == y, (between - start) / 1e3, (time.perf_counter_ns() - between) / 1e3))
        return seen

    def feature(self, rows, name, seed):
        """Half way a feature appears that tells the label, with noise; beside the same stream without it."""
        half, noise = len(rows) // 2, random.Random(seed)
        rest = {
            "without": rows[half:],
            "with": [({**x, name: y + noise.gauss(0.0, 1.0)}, y) for x, y in rows[half:]],
        }
        result, predictions = {}, {}
        for case, (first, *later) in rest.items():
            self._learned(rows[:half], seed)
            if not (error := attempt(self.model.learn_one, *first)):
                predictions[case] = self._probabilities(rows[half:])
                result[case] = accuracy(self.learn(later))
                continue
            result["error"] = error
            # Whatever it makes of the feature, it should still predict samples that do not have it.
            result["after"] = attempt(self._probabilities, rows[half:])
            return result
        return {**result, "moved": difference(predictions["without"], predictions["with"])}

    def nan(self, rows, name, seed):
        """Half way one value is NaN; beside the same stream without that row."""
        half = len(rows) // 2
        (x, y), rest = rows[half], rows[half + 1 :]
        self._learned(rows[:half], seed)
        before = self._probabilities(rest)
        result = {"without": accuracy(self.learn(rest)), "effect without": self._effect(rest, name)}
        self._learned(rows[:half], seed)
        result["error"] = attempt(self.model.learn_one, {**x, name: math.nan}, y)
        after = self._probabilities(rest)
        result["nan"] = float(np.isnan(after).any(axis=1).mean())
        result["moved"] = difference(before, after)
        return {**result, "with": accuracy(self.learn(rest)), "effect with": self._effect(rest, name)}

    def onnx(self, rows, seed):
        """How far ONNX Runtime is from the live model on the second half, or that there is no file."""
        half = len(rows) // 2
        self._learned(rows[:half], seed)
        package = {"River, linear": "river", "River, forest": "river", "deep-river": "deep_river"}.get(self.peer)
        result = {"mentions": mentions(package)} if package else {}
        if not (exported := export(self.peer, self.model)):
            return result
        import onnxruntime

        content, read, labels = exported
        x = np.array([read(x) for x, _ in rows[half:]], np.float32)
        p = onnxruntime.InferenceSession(content).run(["probabilities"], {"x": x})[0]
        return {**result, "moved": difference(p, self._probabilities(rows[half:], labels))}

    def _learned(self, rows, seed):
        self.start(rows, seed)
        self.learn(rows)

    def _probabilities(self, rows, labels=None):
        predictions = [self.model.predict_proba_one(x) for x, _ in rows]
        return np.array([[p.get(y, 0.0) for y in labels or self.labels] for p in predictions])

    def _effect(self, rows, name):
        """How much predictions change with one feature."""
        low, high = (self._probabilities([({**x, name: x[name] + by}, y) for x, y in rows]) for by in (-AWAY, AWAY))
        return difference(low, high)


def accuracy(seen):
    return sum(right for right, *_ in seen) / len(seen)


def difference(a, b):
    return float(np.abs(a - b).max())


def attempt(function, *arguments):
    """The error that it raises, in a line, or None."""
    try:
        function(*arguments)
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return None


if __name__ == "__main__":
    worker = Worker(sys.argv[1])
    answers, sys.stdout = sys.stdout, sys.stderr  # What a library prints is no answer.
    for line in sys.stdin:
        question, arguments = json.loads(line)
        print(json.dumps(getattr(worker, question)(**arguments)), file=answers, flush=True)
