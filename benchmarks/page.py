"""The pages in docs/ that benchmarks write their tables into. The prose around the tables is written by hand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def fill(page: str, name: str, text: str) -> None:
    """Replace what stands between `<!-- name -->` and the next `<!-- end -->` on a page of docs/, and print it."""
    path = DOCS / page
    before, rest = path.read_text().split(f"<!-- {name} -->", 1)
    after = rest[rest.index("<!-- end -->") :]
    path.write_text(f"{before}<!-- {name} -->\n{text}\n{after}")
    print(f"{name}\n\n{text}\n", flush=True)


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])
