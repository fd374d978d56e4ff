"""All arrays of a model in one struct."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from streamnorm.typing import Array

from .literals import declared, indented, initialized


class Struct(NamedTuple):
    """A struct with a member `replica`, an array of structs, and arrays beside it.

    Parameters
    ----------
    replicas
        The arrays of each replica by name; the shapes are those of the first.
    arrays
        The arrays of all together by name.

    """

    replicas: list[dict[str, Array]]
    arrays: dict[str, Array]

    def members(self) -> Iterator[str]:
        """What stands between the braces of its type."""
        yield "    struct {"
        yield from indented(indented(declared(self.replicas[0])))
        yield f"    }} replica[{len(self.replicas)}];"
        yield from indented(declared(self.arrays))

    def initializers(self) -> Iterator[str]:
        """What stands between the braces of its initial value."""
        yield "    .replica = {"
        for replica in self.replicas:
            yield "        {"
            yield from indented(indented(indented(initialized(replica))))
            yield "        },"
        yield "    },"
        yield from indented(initialized(self.arrays))
