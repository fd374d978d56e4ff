"""Frames of any kind that narwhals knows, through River's own helpers. Imported where a frame comes in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoDataFrame, IntoSeries


def rows(X: IntoDataFrame) -> Iterator[dict[Any, Any]]:
    """The rows of a frame as dicts."""
    from river.utils import dataframe

    yield from dataframe.into_frame(X).iter_rows(named=True)


def values(y: IntoSeries) -> list[Any]:
    """The values of a series."""
    from river.utils import dataframe

    return dataframe.into_series(y).to_list()


def frame(columns: Mapping[Any, list[float]], like: IntoDataFrame) -> IntoDataFrame:
    """A frame of the kind, and with the index, of another."""
    from river.utils import dataframe

    return dataframe.to_native_frame(columns, like=dataframe.into_frame(like))


def series(values: list[Any], like: IntoDataFrame) -> IntoSeries:
    """A series of the kind, and with the index, of a frame."""
    from river.utils import dataframe

    return dataframe.to_native_series(values, name=None, like=dataframe.into_frame(like))
