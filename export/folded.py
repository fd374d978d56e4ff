"""What a folded network is made of: layers as ONNX has them, channels first, without any normalisation."""

from __future__ import annotations

from typing import NamedTuple, Self

from streamnorm.layers.grid import Grid
from streamnorm.typing import Array


class FoldedLayer(NamedTuple):
    """A layer $f(W h + b)$ and nothing else.

    Parameters
    ----------
    weight
        float64 [fan_out, fan_in].
    bias
        float64 [fan_out].
    activation
        Name of $f$, see `streamnorm.activations`.
    reach
        The smallest and the largest output to reckon with; of the head, nobody knows.
    flattens
        Whether its input is [channels, *size], and has to become a row first.

    """

    weight: Array
    bias: Array
    activation: str
    reach: tuple[float, float]
    flattens: bool = False


class Slide(NamedTuple):
    """How a kernel goes over a tensor [batch, channels, *size]: a number for each dimension of its size.

    Parameters
    ----------
    kernel, strides
        How large a patch is, and how far it is to the next.
    pads
        How many zeros stand in front along each dimension, and then how many behind.
    everywhere
        Whether there is but one patch, the whole.

    """

    kernel: list[int]
    strides: list[int]
    pads: list[int]
    everywhere: bool

    @classmethod
    def of(cls, grid: Grid, dimensions: int) -> Self:
        """A grid, along so many dimensions: of a series it has height 1."""
        along = range(2 - dimensions, 2)
        return cls(
            kernel=[grid.kernel[i] for i in along],
            strides=[grid.stride[i] for i in along],
            pads=[grid.before[i] for i in along] + [grid.padded[i] - grid.size[i] - grid.before[i] for i in along],
            everywhere=grid.kernel == grid.size and grid.positions == 1,
        )


class FoldedConvolution(NamedTuple):
    """A layer $f(W * h + b) - s$ and nothing else; where f is relu, $max(W * h + b, floor)$.

    Parameters
    ----------
    weight
        float64 [fan_out, channels, *kernel].
    bias
        float64 [fan_out].
    activation
        Name of $f$, see `streamnorm.activations`.
    reach
        The smallest and the largest output to reckon with.
    slide
        Where the filters are laid.
    shift
        $s$: zeros around what a convolution behind it gets have to be means.
    floor
        With relu $-s$.

    """

    weight: Array
    bias: Array
    activation: str
    reach: tuple[float, float]
    slide: Slide
    shift: float = 0.0
    floor: float = 0.0

    def shifted(self, s: float) -> Self:
        """The same, less a number."""
        own = self._replace(reach=(self.reach[0] - s, self.reach[1] - s))
        # max(u, 0) - s = max(u - s, -s)
        return own._replace(bias=self.bias - s, floor=-s) if self.activation == "relu" else own._replace(shift=s)


class FoldedPool(NamedTuple):
    """The largest or the mean $p$ of each patch, as $p - s$.

    Parameters
    ----------
    slide
        Where the patches are.
    maximum
        Whether it is the largest.
    shift
        $s$, see `FoldedConvolution`.

    """

    slide: Slide
    maximum: bool
    shift: float = 0.0

    def shifted(self, s: float) -> Self:
        """The same, less a number."""
        return self._replace(shift=s)


Folded = FoldedLayer | FoldedConvolution | FoldedPool
