"""One peer in a process of its own. It reads questions, one a line, and answers each with a number.

`learn` and `predict`: microseconds for one sample, the mean over some milliseconds of samples that it has never seen.
`memory`: megabytes in use once a thousand samples are learned. The first line says whether the peer could be built.
kernel.c answers the same questions.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.speed.models import LEARNING_FILES, MAKERS
from benchmarks.speed.stream import batch

TURN = 3e-3  # Seconds. The clock itself takes 50 ns, half as long as the shortest call.
WARM_UP = 0.3


class Worker:
    def __init__(self, peer, size):
        self.model = (MAKERS | LEARNING_FILES)[peer](*size)
        self.ends = size[0], size[-1]
        self.rng = np.random.default_rng(42)
        self.block = {}

    def learn(self):
        return self.timed("learn", self.learning)

    def predict(self):
        return self.timed("predict", self.predicting)

    def memory(self):
        for _ in range(100):
            self.learning(self.samples(10))
        return resident_megabytes()

    def samples(self, n):
        return self.model.samples(*batch(self.rng, n, *self.ends))

    def learning(self, samples):
        learn = self.model.learn
        start = time.perf_counter()
        for x, y in samples:
            learn(x, y)
        return time.perf_counter() - start

    def predicting(self, samples):
        predict = self.model.predict
        start = time.perf_counter()
        for x, _ in samples:
            predict(x)
        return time.perf_counter() - start

    def timed(self, question, run):
        if question not in self.block:
            self.block[question] = self.warmed_up(run)
        n = self.block[question]
        run(self.samples(n // 20 + 1))  # Whoever had the turn before has filled the caches.
        return run(self.samples(n)) / n * 1e6

    def warmed_up(self, run):
        """How many samples fill a turn, once the peer is up to speed."""
        spent, n = 0.0, 8
        while spent < WARM_UP:
            seconds = run(self.samples(n))
            spent += seconds
            n = max(1, round(n * TURN / seconds))
        return n


def resident_megabytes():
    """Of this process; not a number where there is no /proc."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else ["VmRSS: nan kB"]
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("VmRSS"))
    return float(kilobytes) * 1024 / 1e6


if __name__ == "__main__":
    answers, sys.stdout = sys.stdout, sys.stderr  # What a library prints is no answer.
    try:
        worker = Worker(sys.argv[1], tuple(map(int, sys.argv[2:])))
    except ImportError as error:
        print(f"{type(error).__name__}: {error}".splitlines()[0], file=answers, flush=True)
        sys.exit()
    print(file=answers, flush=True)
    for line in sys.stdin:
        print(getattr(worker, line.strip())(), file=answers, flush=True)
