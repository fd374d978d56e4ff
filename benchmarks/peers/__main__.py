"""streamnorm beside what one would use instead: River, plain torch and deep-river, on the same rows.

`python -m benchmarks.peers` prints the tables and writes them into docs/peers.md, which says how to read them. The
first run makes `.venv-peers` for deep-river, which needs an older River.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from pathlib import Path

from river import datasets

from benchmarks.page import fill, table
from benchmarks.peers.packages import PYTHON, ROOT, make_other, needed

SEEDS = (1, 2, 3, 4, 5)
RATES = (0.001, 0.003, 0.01)
BLOCK = 50
NEW = {"first": "a new feature", "last": "z new feature"}  # Where the name stands among those of Phishing.
TELLING = "empty_server_form_handler"  # Of Phishing's features the one that tells most.


class Peer:
    """A worker process."""

    def __init__(self, name: str, python: Path):
        # On steps of this size more threads mostly wait for each other.
        self._process = subprocess.Popen(
            [python, "-m", "benchmarks.peers.worker", name],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, question: str, **arguments):
        self._process.stdin.write(json.dumps([question, arguments]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()


def race(rows: list, peers: dict[str, Peer]) -> tuple[dict[str, str], dict[str, list[float]]]:
    """Accuracy over the seeds, and median microseconds to predict and to learn. Peers take turns every few rows."""
    seen = {(name, seed): [] for name in peers for seed in SEEDS}
    for seed in SEEDS:
        for peer in peers.values():
            peer.ask("start", rows=rows, seed=seed)
        for start in range(0, len(rows), BLOCK):
            for name, peer in peers.items():
                seen[name, seed] += peer.ask("learn", rows=rows[start : start + BLOCK])
    accuracies, times = {}, {}
    for name in peers:
        accuracies[name] = spread([statistics.mean(right for right, *_ in seen[name, seed]) for seed in SEEDS])
        samples = [sample for seed in SEEDS for _, *sample in seen[name, seed]]
        times[name] = [statistics.median(part) for part in zip(*samples, strict=True)]
    return accuracies, times


def spread(scores: list[float]) -> str:
    return f"{statistics.mean(scores):.3f} ± {statistics.stdev(scores):.3f}"


def with_rate(peer: Peer, rows: list, rate: float) -> str:
    """Accuracy over the seeds at a rate that is not the table's."""
    scores = []
    for seed in SEEDS:
        peer.ask("start", rows=rows, seed=seed, rate=rate)
        scores.append(statistics.mean(right for right, *_ in peer.ask("learn", rows=rows)))
    return spread(scores)


def what_nan_did(answer: dict) -> str:
    change = f"accuracy after it {answer['without']:.3f} → {answer['with']:.3f}"
    if answer["error"]:
        return f"raises {answer['error'].split(':')[0]}, predictions move by {answer['moved']:.2g}; {change}"
    if answer["nan"]:
        return f"taken, {answer['nan']:.0%} of predictions are NaN from then on; {change}"
    effect = f"effect of that feature {answer['effect without']:.2f} → {answer['effect with']:.2f}"
    return f"taken, predictions move by {answer['moved']:.2g}, {effect}; {change}"


def what_onnx_did(name: str, answer: dict) -> str:
    method = "yes" if name == "streamnorm" else "by hand, the net without its standardiser"
    if "mentions" in answer:
        method = "no method, {} of {} sources say ONNX".format(*answer["mentions"])
        method += "; by hand, the net without its standardiser" if "moved" in answer else ""
    return f"{method}: within {answer['moved']:.1g}" if "moved" in answer else method


def main() -> None:
    make_other()
    sources = datasets.ImageSegments(), datasets.Phishing(), datasets.Bananas()
    streams = {type(s).__name__: [({str(name): v for name, v in x.items()}, y) for x, y in s] for s in sources}
    peers = {name: Peer(name, python) for name, python in PYTHON.items()}
    results = {stream: race(rows, peers) for stream, rows in streams.items()}
    rows = [[f"accuracy, {stream}", *accuracies.values()] for stream, (accuracies, _) in results.items()]
    for stream, (_, times) in results.items():
        total = {name: predict + learn for name, (predict, learn) in times.items()}
        cells = [f"{p:.0f} + {q:.0f} ({total[name] / total['streamnorm']:.2f})" for name, (p, q) in times.items()]
        rows.append([f"µs to predict + learn (ratio), {stream}", *cells])

    phishing = {"rows": streams["Phishing"], "seed": SEEDS[0]}
    for place, new in NEW.items():
        answers = [peer.ask("feature", name=new, **phishing) for peer in peers.values()]
        cells = [f"{a['moved']:.2g}" for a in answers]
        rows.append([f"a feature appears, {place} by name: predictions move by", *cells])
        cells = [f"{a['without']:.3f} → {a['with']:.3f}" for a in answers]
        rows.append([f"a feature appears, {place} by name: accuracy without → with it", *cells])
    answers = [peer.ask("nan", name=TELLING, **phishing) for peer in peers.values()]
    rows.append(["a NaN in one sample", *map(what_nan_did, answers)])
    answers = [peer.ask("onnx", rows=streams["ImageSegments"], seed=SEEDS[0]) for peer in peers.values()]
    rows.append(["leaves as ONNX", *map(what_onnx_did, peers, answers)])

    packages = {name: needed(name) for name in peers}
    versions = {key: package.version for found in packages.values() for key, package in found.items() if package}
    newer, older = (packages[name]["river"].version for name in ("streamnorm", "deep-river"))
    missing = ", ".join(sorted(key for key, package in packages["deep-river"].items() if not package))
    pins = [text for text in packages["deep-river"]["deep-river"].requires if text.startswith(("river", "torch<"))]
    unasked = Peer("deep-river as it comes", PYTHON["deep-river"])
    answer = unasked.ask("feature", name=NEW["last"], **phishing)
    engine = peers["streamnorm"].ask("engine")
    notes = [
        f"River {newer}, torch {versions['torch']}, deep-river {versions['deep-river']} on River {older}; streamnorm's "
        f"engine is {engine}.",
        f"deep-river requires {' and '.join(f'`{pin}`' for pin in pins)}. It also requires {missing}: not installed "
        "here, and not counted.",
        f"deep-river without `is_feature_incremental=True`, when a feature appears: `{answer['error']}`. A sample "
        f"without the feature, after that: `{answer['after']}`.",
    ]
    by_rate = [
        [stream, *(with_rate(peers["plain torch"], streams[stream], rate) for rate in RATES)] for stream in streams
    ]
    for peer in (*peers.values(), unasked):
        peer.close()
    rates = table(["plain torch, accuracy at Adam's rate", *map(str, RATES)], by_rate)
    fill("peers.md", "written by benchmarks.peers", "\n\n".join([table(["", *peers], rows), *notes, rates]))


if __name__ == "__main__":
    main()
