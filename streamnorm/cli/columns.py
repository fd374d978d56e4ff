"""What the columns of a table are, decided from its first rows and held against all others."""

from __future__ import annotations

from typing import Any

import click

from streamnorm.cli.table import number

# Whole numbers of more different values than this are a quantity, not labels.
MOST_LABELS = 20
# Each text is a feature of its own. A column of names or dates would grow the model with every row.
MOST_TEXTS = 1000
# These do not make a column of numbers one of text: they are errors in it.
MISSING = frozenset({"", "?", "-", "--", ".", "n/a", "na", "none", "null", "missing", "unknown"})


class Columns:
    """Turns rows of text into samples.

    Parameters
    ----------
    header
        The names of the columns.
    head
        The first rows of the table, by which numbers and texts are told apart.
    target
        The column to predict.
    task
        `classification`, `regression`, or `auto`: what suits the target's first values.

    Attributes
    ----------
    task
        `classification` or `regression`.
    texts
        The feature columns that hold text.

    """

    def __init__(self, header: list[str], head: list[list[str]], target: str, task: str) -> None:
        if target not in header:
            raise click.ClickException(f"no column {target!r}; the file has {', '.join(map(repr, header[:20]))}")
        if len(header) == 1:
            raise click.ClickException(f"there is no column beside {target!r} to predict it from")
        if not head:
            raise click.ClickException("the file has a header and no rows")
        cells = {name: {row[i] for row in head} - {""} for i, name in enumerate(header)}
        self._header = header
        self._target = target
        self._whole = all(map(_is_whole, cells[target]))
        text = {name for name in header if not all(map(_is_number, cells[name]))}
        self.texts = [name for name in header if name in text and name != target]
        self.task = task
        if task == "auto":
            labels = target in text or (self._whole and len(cells[target]) <= MOST_LABELS)
            self.task = "classification" if labels else "regression"
        self._seen: dict[str, set[str]] = {name: set() for name in [*self.texts, target]}
        # What the encoder makes of texts, and of which column.
        self._made: dict[str, str] = {}

    def sample(self, row: list[str], line: int) -> tuple[dict[str, float | str], Any]:
        """The features and the target of a row. A feature whose cell is empty is absent."""
        cells = dict(zip(self._header, row, strict=True))
        y = self._read_target(cells.pop(self._target), line)
        x = {
            name: self._read_category(cell, line, name) if name in self._seen else number(cell, line, name)
            for name, cell in cells.items()
            if cell
        }
        return x, y

    def _read_target(self, cell: str, line: int) -> float | int | str:
        if not cell:
            raise click.ClickException(f"line {line}, column {self._target!r}: the target is missing")
        if self.task == "regression":
            return number(cell, line, self._target)
        if not self._whole:
            return self._read_text(cell, line, self._target)
        if not _is_whole(cell):
            raise click.ClickException(
                f"line {line}, column {self._target!r}: {cell!r}, where the labels before are whole numbers"
            )
        return int(self._read_text(cell, line, self._target))

    def _read_category(self, cell: str, line: int, name: str) -> str:
        made = f"{name}_{cell}"
        if made in self._header or self._made.setdefault(made, name) != name:
            raise click.ClickException(
                f"line {line}, column {name!r}: {cell!r} is encoded as {made!r}, which another column is or makes as "
                "well: rename one of them"
            )
        return self._read_text(cell, line, name)

    def _read_text(self, cell: str, line: int, name: str) -> str:
        seen = self._seen[name]
        seen.add(cell)
        if len(seen) > MOST_TEXTS:
            raise click.ClickException(
                f"line {line}, column {name!r}: more than {MOST_TEXTS:,} different texts, too many to learn one by one"
            )
        return cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell.lower() in MISSING
    return True


def _is_whole(cell: str) -> bool:
    try:
        int(cell)
    except ValueError:
        return False
    return True
