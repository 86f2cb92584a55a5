"""Ridge regression onto numbers and classes, its penalty chosen by leaving each row out: from one eigenproblem."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqloom.baselines.sharpness import fit_sharpness

__all__ = ["ALPHAS", "RidgePlanes", "RidgeSolution", "fit_planes", "solve_ridge"]

# Penalties to choose from, of features of deviation 1. The least leaves hardly a residual, the largest hardly a weight.
ALPHAS = tuple(float(alpha) for alpha in np.logspace(-3, 5, 17))


@dataclass(frozen=True, kw_only=True)
class RidgePlanes:
    """Coefficients ``[K, F]`` and intercepts ``[K]`` of K numbers, and the penalty.

    ``left_out`` is what a model of the others says of each training row, ``[N, K]``, and ``errors`` its mean square
    distance from what was wanted for each of ``ALPHAS``.
    """

    coef: np.ndarray
    intercept: np.ndarray
    alpha: float
    left_out: np.ndarray
    errors: np.ndarray


@dataclass(frozen=True, kw_only=True)
class RidgeSolution(RidgePlanes):
    """Planes of which each wants 1 of the rows of its class and -1 of others, and how sharp such margins are."""

    sharpness: float


def solve_ridge(
    features: np.ndarray, target: np.ndarray, *, n_classes: int, weight: np.ndarray | None = None
) -> RidgeSolution:
    """A plane for each class, against the others.

    Parameters
    ----------
    features : ndarray, ``[N, F]``
        Any; one that never changes gets no weight.
    target : ndarray, ``[N] int``
        Class indices.
    n_classes : int
        K.
    weight : ndarray or None
        ``[N]``, of the rows.

    Returns
    -------
    RidgeSolution
        See ``fit_planes``.
    """
    planes = fit_planes(features, np.where(target[:, None] == np.arange(n_classes), 1.0, -1.0), weight=weight)
    counted = np.ones(len(target), bool) if weight is None else weight > 0
    sharpness = fit_sharpness(
        planes.left_out, target[counted], weight=None if weight is None else weight[counted].astype(np.float64)
    )
    return RidgeSolution(**vars(planes), sharpness=sharpness)


def fit_planes(features: np.ndarray, wanted: np.ndarray, *, weight: np.ndarray | None = None) -> RidgePlanes:
    """A plane for each number that is wanted, of features brought to mean 0 and deviation 1.

    Parameters
    ----------
    features : ndarray, ``[N, F]``
        Any; one that never changes gets no weight.
    wanted : ndarray, ``[N, K]``
        Numbers.
    weight : ndarray or None
        ``[N]``, of the rows; those of weight 0 are left out, of ``left_out`` too.

    Returns
    -------
    RidgePlanes
        It takes ``min(N, F) ** 3`` steps, whatever the number of penalties.

    Source: Rifkin and Lippert (2007), Notes on Regularized Least Squares, sections 3 and 4, for the rows left out.
    """
    weight = np.ones(len(wanted)) if weight is None else weight.astype(np.float64)
    kept = weight > 0
    features, wanted, weight = features[kept].astype(np.float64), wanted[kept], weight[kept]
    mean, level = np.average(features, axis=0, weights=weight), np.average(wanted, axis=0, weights=weight)
    features -= mean
    deviation = np.sqrt(np.average(features**2, axis=0, weights=weight))
    inverse = np.where(deviation > 1e-6, 1 / np.maximum(deviation, 1e-6), 0.0)
    features *= inverse
    root = np.sqrt(weight)[:, None]
    features *= root
    left_out, alpha, errors, dual = _leave_out(features @ features.T, wanted, level=level, root=root)
    coef = (dual.T @ features) * inverse  # [K, F]
    return RidgePlanes(coef=coef, intercept=level - coef @ mean, alpha=alpha, left_out=left_out, errors=errors)


def _leave_out(
    gram: np.ndarray, wanted: np.ndarray, *, level: np.ndarray, root: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray, np.ndarray]:
    """Margins of rows left out under the best penalty, that penalty, the errors of all, and its dual weights.

    A row's residual in a model of the others is its residual in the model of all, over 1 less its own share in its
    answer (the diagonal of the hat matrix, the intercept's part in it).
    """
    values, vectors = np.linalg.eigh(gram)
    values = np.maximum(values, 0.0)
    turned = vectors.T @ (root * (wanted - level))  # [N, K]
    own = root[:, 0] ** 2 / (root**2).sum()  # what the intercept has of it
    best: tuple[float, np.ndarray, float, np.ndarray] | None = None
    errors = []
    for alpha in ALPHAS:
        dual = vectors @ (turned / (values + alpha)[:, None])  # [N, K]
        share = (vectors**2) @ (values / (values + alpha)) + own
        residual = alpha * dual / np.maximum(1 - share, 1e-12)[:, None]
        errors.append(float((residual**2).sum() / ((root**2).sum() * wanted.shape[1])))
        if best is None or errors[-1] < best[0]:
            best = errors[-1], wanted - residual / root, alpha, dual
    assert best is not None
    return best[1], best[2], np.array(errors), best[3]
