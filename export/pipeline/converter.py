"""How a transformer becomes nodes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from ..graph import Graph
from .table import NUMBER, Kind, Table


class Sure(IntEnum):
    """How sure it is that a step has made a feature."""

    NEVER = 0  # The step would have learned of it, and has not.
    POSSIBLY = 1  # The step hands on whatever it gets.
    BY_NAME = 2  # The feature is named like what the step makes.
    KNOWN = 3  # The step has learned of it.


@dataclass(frozen=True)
class Origin:
    """What a step makes a feature of.

    Parameters
    ----------
    features
        The features that the step must get for it, by name, and of which kind.
    sure
        How sure that is. Where steps stand side by side, the surest make a feature.

    """

    features: dict[str, Kind]
    sure: Sure = Sure.POSSIBLY


class Converter:
    """Base of the converters, one object for each step of a pipeline. As it is, it hands everything on.

    An export walks through the pipeline twice: from the model's features backwards, asking each step what it needs
    (`origin`), and then forwards (`convert`). So a step gets the features that it asked for and no others.

    Parameters
    ----------
    step
        The transformer.
    name
        Where it stands in the pipeline, for errors.

    """

    def __init__(self, step: Any, name: str) -> None:
        self.step = step
        self.name = name

    def origin(self, name: str, kind: Kind) -> Origin | None:
        """What a feature that leaves the step is made of; None if the step cannot make it."""
        # What may be either is a number here: a step that computes lets texts pass.
        return Origin({name: kind & NUMBER or kind})

    def passes_all(self, seen: bool) -> bool:
        """Whether everything that enters the step reaches the model, given whether everything that leaves it does.

        A step whose output depends on features that nobody asks for raises ValueError unless all of it is seen.
        """
        return seen

    def convert(self, graph: Graph, table: Table, wanted: dict[str, Kind]) -> Table:
        """Add the step's nodes.

        Parameters
        ----------
        graph
            Takes the nodes.
        table
            The features that `origin` named.
        wanted
            The features to return, and no others, each with its kind.

        """
        return table

    def needs(self, wanted: dict[str, Kind]) -> dict[str, Kind]:
        """What the step must get to make all of these features."""
        needed: dict[str, Kind] = {}
        for name, kind in wanted.items():
            origin = self.origin(name, kind)
            if origin is None:
                raise ValueError(
                    f"{self.name} cannot make {name!r} ({in_words(kind)}), which is used behind it: either it has not "
                    "met it in training, or the name says too little of what it is made of"
                )
            self.merge(needed, origin.features)
        return needed

    def merge(self, features: dict[str, Kind], more: dict[str, Kind]) -> None:
        """Add features to those that are needed; raises where no feature can be of both kinds."""
        for name, kind in more.items():
            both = features.get(name, kind) & kind
            if not both:
                raise ValueError(
                    f"{self.name} takes {name!r} as {in_words(features[name])} in one place and as {in_words(kind)} in "
                    "another, and an input of a file is one of them: select features by name in these places"
                )
            features[name] = both


def in_words(kind: Kind) -> str:
    return " or ".join(sorted(t.__name__ for t in kind))


def chained(sure: Iterable[Sure]) -> Sure:
    """How sure it is of steps one after another."""
    every = {Sure.POSSIBLY, *sure}
    return Sure.NEVER if Sure.NEVER in every else max(every)


def by_text(names: Iterable[Any], step: str) -> dict[str, Any]:
    """Names under the text that they have in a file."""
    found: dict[str, Any] = {}
    for name in names:
        if found.setdefault(str(name), name) is not name:
            raise ValueError(
                f"{step} has features {found[str(name)]!r} and {name!r}, which have the same name in a file. "
                "Rename one of them in front of the pipeline"
            )
    return found
