"""What a net answers that learns how unsure it is: the median, and a bound on either side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqloom.errors import ArtifactError

__all__ = ["QUANTILES", "check_quantiles", "find_spread", "take_median"]

# Two and the median are enough to tell how the width changes; how wide that has to be is calibrated.
QUANTILES = (0.1, 0.5, 0.9)

# The least spread, in deviations of the target: errors are divided by it.
_LEAST_SPREAD = 1e-3


def check_quantiles(model: Mapping[str, Any]) -> bool:
    """Whether the net that a card calls ``model`` answers quantiles; ArtifactError where these are not ours."""
    if model.get("loss") != "quantile" and model.get("levels") is None:
        return False
    if model.get("loss") != "quantile" or model.get("levels") != list(QUANTILES):
        raise ArtifactError(
            f"card.json: a net with loss {model.get('loss')!r:.60} and levels {model.get('levels')!r:.60} found, "
            f"quantile with {list(QUANTILES)} expected, or another loss without levels. Get the folder again."
        )
    return True


def take_median(answers: np.ndarray) -> np.ndarray:
    """The values ``[N, O, G]`` of a model's ``answers``, which may be quantiles ``[N, O, G, 3]``."""
    return answers if answers.ndim == 3 else answers[..., QUANTILES.index(0.5)]


def find_spread(quantiles: np.ndarray) -> np.ndarray:
    """From the median down to the first of ``quantiles`` ``[N, O, G, 3]``, and up to the last: ``[N, O, G, 2]``."""
    below, median, above = np.moveaxis(quantiles.astype(np.float64), -1, 0)
    return np.maximum(np.stack([median - below, above - median], axis=-1), _LEAST_SPREAD)
