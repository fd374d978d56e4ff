"""A report of a model's health as an SVG."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

ROW, TOP, WIDTH = 34, 56, 760
# Of each column the place of its left edge, its width, and the numbers at its edges.
COLUMNS = {
    "mean ± sd": (110, 190, -3.0, 3.0),
    "dead": (330, 90, 0.0, 1.0),
    "gain": (450, 130, 0.0, 2.0),
    "norm": (610, 130, 0.0, 2.0),
}


def picture(report: dict[str, Any]) -> str:
    """One row a layer; grey is what is promised: mean 0 and sd 1, no dead unit, the gain and the norm of the start."""
    height = TOP + ROW * max(len(report["layers"]), 1) + 34
    rates = ", ".join(f"{rate:g} counts {share:.0%}" for rate, share in report["learning_rates"].items())
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
            'font-size="12">',
            f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
            _text(10, 20, f"{report['steps']:,} steps, {report['samples']:,} samples looked at; rate {rates}"),
            *(_text(left, TOP - 8, name) for name, (left, *_) in COLUMNS.items()),
            *(line for row, layer in enumerate(report["layers"]) for line in _layer(row, layer)),
            "</svg>",
        ]
    )


def _layer(row: int, layer: dict[str, Any]) -> Iterator[str]:
    y = TOP + ROW * row
    yield _text(10, y + 16, f"layer {row + 1}: {layer['units']}")
    if layer["mean"] is not None:
        yield _bar("mean ± sd", y, -1.0, 1.0, "#dddddd", 20)
        yield _bar("mean ± sd", y, layer["mean"] - layer["sd"], layer["mean"] + layer["sd"], "#2a6f97", 8)
        yield _text(COLUMNS["mean ± sd"][0], y + 31, f"{layer['mean']:.2f} ± {layer['sd']:.2f}", 9)
    yield _bar("dead", y, 0.0, 1.0, "#dddddd", 20)
    yield _bar("dead", y, 0.0, layer["dead"], "#b23a48", 20)
    yield _text(COLUMNS["dead"][0], y + 31, f"{layer['dead']:.0%}", 9)
    for name, start in (("gain", 1.0 / 1.21), ("norm", 1.0)):
        low, high = layer[name]
        yield _bar(name, y, start - 0.01, start + 0.01, "#999999", 20)
        yield _bar(name, y, low, high, "#2a6f97", 8)
        yield _text(COLUMNS[name][0], y + 31, f"{low:.2f} to {high:.2f}", 9)


def _bar(column: str, y: int, low: float, high: float, color: str, height: int) -> str:
    left, width, least, most = COLUMNS[column]
    start, end = (left + width * (min(max(v, least), most) - least) / (most - least) for v in (low, high))
    # A range of a single number is still to be seen.
    return (
        f'<rect x="{start:.1f}" y="{y + 10 - height // 2}" width="{max(end - start, 1.0 if high > low else 0.0):.1f}" '
        f'height="{height}" fill="{color}"/>'
    )


def _text(x: int, y: int, text: str, size: int = 12) -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}">{text}</text>'
