"""One peer on one stream, in a process of its own: rows on the standard input, scores and times on the output."""

from __future__ import annotations

import json
import statistics
import sys
import time

from benchmarks.anomaly.models import build


def main() -> None:
    peer, seed = sys.argv[1], int(sys.argv[2])
    rows = json.load(sys.stdin)
    output, sys.stdout = sys.stdout, sys.stderr  # What a library prints is no answer.
    detector = build(peer, len(rows[0]), seed)
    scores, times = [], []
    for x in rows:
        start = time.perf_counter_ns()
        score = detector.score_one(x)
        detector.learn_one(x)
        times.append((time.perf_counter_ns() - start) / 1e3)
        scores.append(float(score))
    json.dump({"scores": scores, "microseconds": statistics.median(times)}, output)


if __name__ == "__main__":
    main()
