"""The rivals that a net has to beat. Each meets ``flow.Model``, as a net does."""

from seqloom.lazy import resolve_lazily

__all__ = [
    "ConstantModel",
    "LinearModel",
    "MeanModel",
    "NeighbourModel",
    "NeighbourRegressor",
    "RankedModel",
    "RocketModel",
    "RocketRegressor",
    "TreesForecast",
]

__getattr__ = resolve_lazily(
    __name__,
    {
        "ConstantModel": "seqloom.baselines.constant",
        "LinearModel": "seqloom.baselines.linear",  # loads scikit-learn
        "RankedModel": "seqloom.baselines.ranked",  # likewise
        "MeanModel": "seqloom.baselines.constant",
        "NeighbourModel": "seqloom.baselines.neighbours",  # asks dtaidistance, an extra
        "NeighbourRegressor": "seqloom.baselines.neighbours",
        "RocketModel": "seqloom.baselines.rocket",
        "RocketRegressor": "seqloom.baselines.rocket",
        "TreesForecast": "seqloom.baselines.trees",  # loads scikit-learn
    },
)
