"""The rivals that a net has to beat. Each meets ``flow.Model``, as a net does."""

from seqloom.lazy import resolve_lazily

__all__ = ["ConstantModel", "LinearModel", "NeighbourModel", "RankedModel", "RocketModel", "TreesForecast"]

__getattr__ = resolve_lazily(
    __name__,
    {
        "ConstantModel": "seqloom.baselines.constant",
        "LinearModel": "seqloom.baselines.linear",  # loads scikit-learn
        "RankedModel": "seqloom.baselines.ranked",  # likewise
        "NeighbourModel": "seqloom.baselines.neighbours",  # asks dtaidistance, an extra
        "RocketModel": "seqloom.baselines.rocket",
        "TreesForecast": "seqloom.baselines.trees",  # loads scikit-learn
    },
)
