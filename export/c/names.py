"""The names that a program needs: of the outputs, and of texts."""

from __future__ import annotations

from typing import Any

from .literals import text


def name_type(names: list[Any]) -> str:
    """The type of an element; raises ValueError for names that are neither all texts nor all whole numbers."""
    if all(isinstance(name, str) for name in names):
        return "const char *const "
    if all(isinstance(name, int) for name in names):
        return "const int64_t "
    raise ValueError(f"the names of outputs in C are all str or all int, not {names!r:.60}: rename them")


def name_table(table: str, size: str, names: list[Any]) -> list[str]:
    """The definition of the array of the outputs' names; raises ValueError for one that an int64 cannot hold."""
    kind = name_type(names)
    if isinstance(names[0], str):
        values = [text(name) for name in names]
    else:
        for name in map(int, names):
            if not -(2**63) <= name < 2**63:
                raise ValueError(f"label {name} does not fit an int64: use a str instead")
        # C has no literal for the least.
        values = ["INT64_MIN" if name == -(2**63) else f"{int(name)}" for name in names]
    return [f"{kind}{table}[{size}] = {{", *(f"    {value}," for value in values), "};", ""]


def text_table(texts: list[str]) -> list[str]:
    """The definition of the texts, if there are any."""
    if not texts:
        return []
    return ["const char *const model_texts[MODEL_TEXTS] = {", *(f"    {text(value)}," for value in texts), "};", ""]
