"""How likely a wrong key would have scored as well: a bound that holds, not an estimate."""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr

# 1 / (4 P(Z >= sqrt 2)) for a standard normal Z: the best constant there is.
_GAUSSIAN = -np.log(4) - log_ndtr(-np.sqrt(2))


def log_tail(z: float) -> float:
    """Return the natural log of a bound on P(Σ aᵢεᵢ ≥ z‖a‖), for fair signs εᵢ = ±1.

    Two bounds hold for every vector `a`, and the smaller one is taken: Hoeffding's
    exp(−z²/2), and 3.18 times the tail of a normal variable, which is the sharper from z = 1.3.

    >>> round(float(np.exp(log_tail(6.0))), 12), round(float(np.exp(-6.0**2 / 2)), 12)
    (3.136e-09, 1.523e-08)

    References
    ----------
    W. Hoeffding, "Probability inequalities for sums of bounded random variables" (1963).
    V. Bentkus and D. Dzindzalieta, "A tight Gaussian bound for weighted sums of Rademacher
    random variables", Bernoulli 21 (2015), theorem 1.1.
    """
    if z <= 0:
        return 0.0
    return float(min(0.0, -z * z / 2, _GAUSSIAN + log_ndtr(-z)))


def log_p_value(z: float, *, bits: int, log_alignments: float) -> float:
    """Return the natural log of the p-value of a score `z`, the best of many that were possible.

    A union bound over every payload and every alignment. Alignments need not be weighed alike:
    one that is given the share w of the whole costs ``log(1 / w)``, as long as the shares of all
    that the detector could have reported sum to at most one.

    Parameters
    ----------
    z : the correlation in units of ‖a‖
    bits : the length of the payload, over whose 2**bits values the best was taken
    log_alignments : log(1 / share) of the alignment at which `z` was found
    """
    return min(0.0, log_tail(z) + bits * np.log(2) + log_alignments)
