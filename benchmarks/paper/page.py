"""The page that the tables go to. Its prose is written by hand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "paper.md"


def fill(name: str, text: str) -> None:
    """Replace what stands between `<!-- name -->` and the next `<!-- end -->`."""
    before, rest = PAGE.read_text().split(f"<!-- {name} -->", 1)
    after = rest[rest.index("<!-- end -->") :]
    PAGE.write_text(f"{before}<!-- {name} -->\n{text}\n{after}")
    print(f"{name}\n\n{text}\n", flush=True)


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])
