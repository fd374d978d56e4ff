"""How far a step may go."""

from __future__ import annotations


def implicit_rate(learning_rate: float, promised_decrease: float, error: float) -> float:
    r"""The rate that never overshoots by more than it set out to mend: $\eta / (1 + \eta D / 2 |\delta|^2)$.

    Parameters
    ----------
    learning_rate
        The rate $\eta$ that was asked for.
    promised_decrease
        $D = \langle G, P G \rangle$, by which the gradient promises to lower the loss at a rate of one.
    error
        $|\delta|^2$, squared norm of the loss's gradient at the network's output.

    References
    ----------
    [^1]: Kulis, B. and Bartlett, P., 2010. Implicit Online Learning. ICML.

    [^2]: Asi, H. and Duchi, J., 2019. Stochastic (Approximate) Proximal Point Methods: Convergence, Optimality, and
    Adaptivity. SIAM Journal on Optimization 29(3). arXiv:1810.05633.

    Examples
    --------
    Linear regression on one input of 3: the gradient's square is nine times that of the error. A small rate stays
    what it is; a large one takes the error to no more than minus what it was.

    >>> implicit_rate(0.001, promised_decrease=9.0, error=1.0)
    0.000995
    >>> 1.0 - 9.0 * implicit_rate(1.0, promised_decrease=9.0, error=1.0)
    -0.636363

    """
    return learning_rate / (1.0 + 0.5 * learning_rate * promised_decrease / error)
