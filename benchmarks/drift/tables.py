"""What was measured, as the tables of docs/drift.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.drift.scores import AFTER
from benchmarks.page import table


def compared(results: list[Any]) -> str:
    changing = [result for result in results if result.changes]
    parts = {
        "Accuracy over the whole stream": by_stream(results, lambda result, peer: result.accuracy[peer], "{:.4f}"),
        f"Accuracy in the first {AFTER[0]} rows after a change": by_stream(
            changing, lambda result, peer: np.mean([c[peer].after[AFTER[0]] for c in result.changes]), "{:.4f}"
        ),
        "Samples until recovery": by_stream(
            changing, lambda result, peer: np.mean([c[peer].recovery for c in result.changes]), "{:.0f}"
        ),
        "Around the changes": around(changing),
    }
    return "\n\n".join(f"### {title}\n\n{text}" for title, text in parts.items())


def by_stream(results: list[Any], score: Callable[[Any, str], float], form: str) -> str:
    """A row for each stream, a column for each peer; means over the seeds, and below them over the streams."""
    peers = list(results[0].accuracy)
    streams = list(dict.fromkeys((result.stream, result.kind) for result in results))
    scores = [
        [np.mean([score(r, peer) for r in results if (r.stream, r.kind) == stream]) for peer in peers]
        for stream in streams
    ]
    rows = [[*stream, *map(form.format, row)] for stream, row in zip(streams, scores, strict=True)]
    rows.append(["mean", "", *map(form.format, np.mean(scores, axis=0))])
    return table(["stream", "change", *peers], rows)


def around(results: list[Any]) -> str:
    """A row for each peer: accuracy before and after a change, over all changes."""
    rows = []
    for peer in results[0].accuracy:
        found = [change[peer] for result in results for change in result.changes]
        means = [np.mean([c.before for c in found]), *(np.mean([c.after[n] for c in found]) for n in AFTER)]
        rows.append([peer, *map("{:.4f}".format, means), f"{np.median([c.recovery for c in found]):.0f}"])
    head = ["", "500 rows before", *(f"{n} rows after" for n in AFTER), "samples until recovery, median"]
    return table(head, rows)


def fading(results: list[Any]) -> str:
    """A row for each factor, a column for each kind of change."""
    groups = {
        "the concept changes": ("abrupt", "gradual", "recurring", "steady"),
        "the unit changes": ("unit",),
        "elec2": ("real",),
        "nothing changes": ("none",),
    }
    groups = {name: kinds for name, kinds in groups.items() if any(result.kind in kinds for result in results)}
    rows = []
    for peer in results[0].accuracy:
        means = (np.mean([r.accuracy[peer] for r in results if r.kind in kinds]) for kinds in groups.values())
        rows.append([peer.rpartition("fading ")[2] if "fading" in peer else "0", *map("{:.4f}".format, means)])
    return table(["fading_factor", *groups], rows)
