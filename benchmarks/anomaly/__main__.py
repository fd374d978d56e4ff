"""Detectors of anomalies on the same rows, and what a threshold means: `python -m benchmarks.anomaly`.

Fills docs/anomaly.md. deep-river runs in the environment that `benchmarks.peers` makes for it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from benchmarks.anomaly.models import DEEP_RIVER, PEERS, STREAMNORM
from benchmarks.anomaly.streams import Stream, ordinary, with_anomalies
from benchmarks.page import fill, table
from benchmarks.peers.packages import PYTHON, ROOT, make_other

SEEDS = (1, 2, 3)
START = 500  # Nothing is counted of a stream's first rows.
ALARMS = (0.9, 0.99, 0.999)


def main() -> None:
    make_other()
    streams = with_anomalies()
    results = {peer: [judged(peer, stream) for stream in streams.values()] for peer in PEERS}
    head = ["", *(f"{name}: ROC AUC, average precision" for name in streams), "µs to score and learn, Shuttle"]
    rows = [[peer, *(text for text, _ in cells), f"{cells[0][1]:.0f}"] for peer, cells in results.items()]
    fill("anomaly.md", "peers", table(head, rows))
    head = ["stream", "rows", "anomalies", *(f"of the ordinary above {alarm}" for alarm in ALARMS)]
    fill("anomaly.md", "calibration", table(head, [calibration(*item) for item in ordinary().items()]))


def judged(peer: str, stream: Stream) -> tuple[str, float]:
    """ROC AUC and average precision, means over the seeds, and microseconds a sample."""
    y = np.array(stream.ys)[START:]
    answers = [run(peer, stream, seed) for seed in SEEDS]
    scores = [np.array(answer["scores"])[START:] for answer in answers]
    auc, precision = (np.mean([f(y, s) for s in scores]) for f in (roc_auc_score, average_precision_score))
    return f"{auc:.3f}, {precision:.3f}", min(answer["microseconds"] for answer in answers)


def calibration(name: str, stream: Stream) -> list[str]:
    scores = np.array(run(STREAMNORM, stream, SEEDS[0])["scores"])[START:]
    y = np.array(stream.ys)[START:]
    shares = [f"{np.mean(scores[~y] > alarm):.4f}" for alarm in ALARMS]
    return [name, str(len(stream.xs)), f"{100.0 * y.mean():.1f} %", *shares]


def run(peer: str, stream: Stream, seed: int) -> dict:
    python = PYTHON["deep-river"] if peer in DEEP_RIVER else sys.executable
    command = [python, "-m", "benchmarks.anomaly.worker", peer, str(seed)]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    answer = subprocess.run(
        command, cwd=ROOT, env=env, input=json.dumps(stream.xs), stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(answer.stdout)


if __name__ == "__main__":
    main()
