"""A CSV file, read strictly and one row at a time."""

from __future__ import annotations

import csv
import gzip
import math
import zlib
from collections.abc import Iterator
from io import BufferedReader

import click

GZIP = b"\x1f\x8b"
# The models cut what is larger, and the square of an error has to fit a float.
LARGEST = 1e38


class Table:
    """The rows of a CSV file with a header, plain or gzip. River's `iter_csv` would cut or fill ragged rows in silence.

    Parameters
    ----------
    file
        The file, open for reading bytes.

    Attributes
    ----------
    header
        The names of the columns.

    """

    def __init__(self, file: BufferedReader) -> None:
        self._file = file
        self._rows = self._read()
        _, self.header = next(self._rows, (0, []))
        if not self.header:
            raise click.ClickException("the file is empty")
        for name in self.header:
            if self.header.count(name) > 1:
                raise click.ClickException(f"the header has the column {name!r} twice")

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header, each with its line in the file. Blank lines are passed over."""
        for line, row in self._rows:
            if len(row) != len(self.header):
                raise click.ClickException(f"line {line} has {len(row)} cells, where the header has {len(self.header)}")
            yield line, row

    @property
    def bytes_read(self) -> int:
        return self._file.tell() if self._file.seekable() else 0

    def _read(self) -> Iterator[tuple[int, list[str]]]:
        zipped = self._file.peek(2).startswith(GZIP)
        lines = gzip.GzipFile(fileobj=self._file) if zipped else self._file
        # Decoded line by line, so that an error knows its line. What -sig takes off is Excel's byte order mark.
        reader = csv.reader((line.decode("utf-8-sig") for line in lines), strict=True, skipinitialspace=True)
        try:
            for row in reader:
                if row:
                    yield reader.line_num, row
        except csv.Error as error:
            raise click.ClickException(f"line {reader.line_num} is not CSV: {error}") from None
        except UnicodeDecodeError:
            raise click.ClickException(f"line {reader.line_num + 1} is not UTF-8 text") from None
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise click.ClickException(f"the gzip file is damaged after line {reader.line_num}: {error}") from None


def number(cell: str, line: int, column: str) -> float:
    """A cell as a number, or an error that says where it stands."""
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not abs(value) <= LARGEST:
        raise click.ClickException(
            f"line {line}, column {column!r}: {cell!r} where a finite number (up to {LARGEST:g}) is expected; "
            "leave the cell empty where a value is missing"
        )
    return value
