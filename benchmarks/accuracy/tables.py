"""What was measured, as the tables of docs/accuracy.md."""

from __future__ import annotations

from benchmarks.accuracy.models import SCALED
from benchmarks.accuracy.scores import FLOOR, mean
from benchmarks.page import table

MIXTURE, FOREST = "streamnorm", "River, forest"
# What the prototypes reached over the whole stream at the best rate.
PROTOTYPES = {"bike_hour": 0.826, "etth1": 0.983}


def page(results, rates, peers, scaled_peers) -> str:
    classes = [result for result in results if result.is_classification]
    targets = [result for result in results if not result.is_classification]
    parts = {
        "What was asked": asked(classes, targets, rates),
        "Accuracy": compared(classes, "accuracy", rates, peers),
        "Log loss": compared(classes, "log loss", rates, []),
        "R2": compared(targets, "R2", rates, peers),
        "R2, beside peers with the target scaled": compared(targets, "R2", [], scaled_peers),
        "Mean absolute error": compared(targets, "MAE", rates, peers),
        "Mean absolute error, beside peers with the target scaled": compared(targets, "MAE", [], scaled_peers),
        "Microseconds to predict and learn one sample": costs(results, rates[1], peers),
    }
    return "\n\n".join(f"### {title}\n\n{text}" for title, text in parts.items())


def asked(classes, targets, rates) -> str:
    """The targets that were set before the measurement, and whether they hold."""
    rows = [
        *beside_rates(classes, "accuracy", rates),
        *beside_forest(classes, "accuracy", FOREST),
        *beside_rates(targets, "R2", rates),
        *beside_forest(targets, "R2", FOREST),
        *beside_forest(targets, "R2", FOREST + SCALED),
    ]
    for result in targets:
        if result.stream in PROTOTYPES:
            found, least = ours(result, "R2"), PROTOTYPES[result.stream]
            rows.append((f"R2 of {result.stream}: at least the prototypes' {least}", f"{found:.4f}", found >= least))
    cells = [[what, measured, "yes" if holds else "**no**"] for what, measured, holds in rows]
    return table(["asked", "measured", "holds"], cells)


def beside_rates(results, measure, rates) -> list[tuple[str, str, bool]]:
    losses = {result.stream: hindsight(result, measure, rates) - ours(result, measure) for result in results}
    loss = mean(list(losses.values()))
    worst = max(losses, key=losses.get)
    average = f"{measure}: on average at most 0.003 below the best rate in hindsight"
    always = f"{measure}: never more than 0.015 below the best rate in hindsight"
    return [
        (average, f"{loss:.4f}", loss <= 0.003),
        (always, f"{losses[worst]:.4f}, {worst}", losses[worst] <= 0.015),
    ]


def beside_forest(results, measure, forest) -> list[tuple[str, str, bool]]:
    own = [ours(result, measure) for result in results]
    other = [result.scores[forest][measure] for result in results]
    wins = sum(a > b for a, b in zip(own, other, strict=True))
    name = forest.removeprefix("River, ")
    return [
        (f"{measure}: above the {name}, on average", f"{mean(own):.4f} to {mean(other):.4f}", mean(own) > mean(other)),
        (f"{measure}: above the {name}, on four streams in five", f"{wins} of {len(own)}", wins >= 0.8 * len(own)),
    ]


def ours(result, measure) -> float:
    return result.scores[MIXTURE][measure]


def hindsight(result, measure, rates) -> float:
    found = [result.scores[rate][measure] for rate in rates]
    return max(found) if measure in ("accuracy", "R2") else min(found)


def compared(results, measure, rates, peers) -> str:
    """A row for each stream, and the mean over them where they have a unit in common."""
    columns = {"mixture": [ours(result, measure) for result in results]}
    columns |= {rate_of(rate): [result.scores[rate][measure] for result in results] for rate in rates}
    if rates:
        columns["best rate"] = best = [hindsight(result, measure, rates) for result in results]
        columns["mixture - best"] = [a - b for a, b in zip(columns["mixture"], best, strict=True)]
    columns |= {peer.removesuffix(SCALED): [result.scores[peer][measure] for result in results] for peer in peers}
    rows = [
        [result.stream, result.rows, *(number(value, measure) for value in values)]
        for result, *values in zip(results, *columns.values(), strict=True)
    ]
    if measure != "MAE":
        rows.append(["mean", "", *(number(mean(column), measure) for column in columns.values())])
    return table(["stream", "rows", *columns], rows)


def costs(results, rate, peers) -> str:
    head = ["stream", "features", "mixture", f"one rate, {rate_of(rate)}", *peers]
    rows = [
        [result.stream, str(result.features), *(f"{result.micros[name]:.0f}" for name in (MIXTURE, rate, *peers))]
        for result in results
    ]
    return table(head, rows)


def rate_of(name: str) -> str:
    return name.split()[-1]


def number(value: float, measure: str) -> str:
    if measure == "R2" and value < FLOOR:
        return f"below {FLOOR:g}"
    return f"{value:.4f}" if abs(value) < 10.0 else f"{value:.4g}"
