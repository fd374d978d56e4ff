"""What streamnorm promises of its speed, and whether it keeps it."""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.page import table
from benchmarks.speed.sizes import LARGE, MAIN, name


class Target(NamedTuple):
    """That `ours` takes at most the `times`-th part of the time that `beside` takes; both are (peer, question)."""

    what: str
    ours: tuple[str, str]
    beside: tuple[str, str]
    times: float
    size: tuple[int, ...] = MAIN


SGD, RMSPROP, AUTO = ((f"streamnorm, {method}", "learn") for method in ("SGD", "RMSprop", '`"auto"`'))
DEEP_RIVER = ("deep-river, SGD", "learn")
LOGISTIC = ("River, logistic regression", "learn")
TORCH = ("the same step in torch", "learn")
KERNEL = ("kernel, SGD", "learn")
SWEEPS = {"naive": "a plain sweep", "sweep": "a sweep as fast as the memory"}
ONE = "`learn_one`, one rate"

TARGETS = (
    Target(f"{ONE}, SGD", SGD, DEEP_RIVER, 100),
    Target(f"{ONE}, RMSprop", RMSPROP, DEEP_RIVER, 100),
    Target(f"{ONE}, SGD", SGD, LOGISTIC, 1),
    Target(f"{ONE}, RMSprop", RMSPROP, LOGISTIC, 1),
    Target(f"{ONE}, SGD", SGD, TORCH, 50),
    Target(f"{ONE}, RMSprop", RMSPROP, TORCH, 50),
    Target('`learn_one`, `"auto"`', AUTO, ("River, scaler + logistic regression", "learn"), 1),
    Target("`predict_proba_one`, one rate", ("streamnorm, SGD", "predict"), ("deep-river, SGD", "predict"), 50),
    Target('`predict_proba_one`, `"auto"`', ('streamnorm, `"auto"`', "predict"), ("deep-river, SGD", "predict"), 50),
    Target("`learn_many` on an array, SGD", ("streamnorm, SGD, from arrays", "learn"), KERNEL, 1 / 1.25),
    Target("the kernel alone, SGD", KERNEL, ("kernel, SGD", "naive"), 1, LARGE),
    Target("the kernel alone, SGD", KERNEL, ("kernel, SGD", "sweep"), 1, LARGE),
)


def target_table(times: dict[tuple[int, ...], dict[tuple[str, str], float]]) -> str:
    """A row for each target whose peers could all be built."""
    rows = []
    for target in TARGETS:
        seen = times[target.size]
        if target.ours not in seen or target.beside not in seen:
            continue
        ours, theirs = seen[target.ours], seen[target.beside]
        beside = SWEEPS.get(target.beside[1], target.beside[0])
        met = "yes" if theirs / ours >= target.times else "**no**"
        cells = [name(target.size), micros(ours), f"{beside}: {micros(theirs)}", faster(theirs / ours)]
        rows.append([target.what, *cells, asked(target.times), met])
    return table(["streamnorm's", "network", "µs", "beside, µs", "measured", "target", "met"], rows)


def micros(microseconds: float) -> str:
    return f"{microseconds:,.0f}" if microseconds >= 100 else f"{microseconds:.3g}"


def faster(times: float) -> str:
    return f"{times:.3g} times faster" if times >= 1 else f"{1 / times:.3g} times as long"


def asked(times: float) -> str:
    if times == 1:
        return "no slower"
    return f"at least {times:g} times faster" if times > 1 else f"within {1 / times:g} times"
