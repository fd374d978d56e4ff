"""JSON of files that anybody may have written."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any


def loads(text: str) -> Any:
    """The value of a JSON text, as the standard has it.

    Python's own reader is more generous: it takes NaN and Infinity, and of a key that stands twice the last.

    Raises
    ------
    ValueError
        For what is not JSON, stands twice, or is nested too deeply to be read.

    Examples
    --------
    >>> loads('{"a": [1, 2.5]}')
    {'a': [1, 2.5]}
    >>> loads('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ...
    ValueError: 'a' stands twice
    >>> loads("[NaN]")
    Traceback (most recent call last):
    ...
    ValueError: NaN is not JSON

    """
    try:
        return json.loads(text, parse_constant=_refused, object_pairs_hook=_unique)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        ((twice, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"{twice[:60]!r} stands twice")
    return value
