"""How good a model is: scores that agree with scikit-learn's, and how far each can be trusted.

Written in NumPy alone: a cold prediction and ``evaluate`` read this room, and importing scikit-learn costs 1 s,
``scipy.special`` 0.35 s. The tests hold every number to scikit-learn's and SciPy's.
"""

from seqloom.lazy import resolve_lazily

__all__ = [
    "PairedDifference",
    "accuracy",
    "classify_scores",
    "confusion_matrix",
    "f1_by_class",
    "log_loss",
    "macro_f1",
    "macro_f1_interval",
    "paired_difference",
    "precision_by_class",
    "recall_by_class",
    "roc_auc",
    "wilson_interval",
]

_MODULES = {
    "confusion": ["accuracy", "confusion_matrix", "f1_by_class", "macro_f1", "precision_by_class", "recall_by_class"],
    "intervals": ["PairedDifference", "macro_f1_interval", "paired_difference", "wilson_interval"],
    "metrics": ["classify_scores", "log_loss", "roc_auc"],
}

__getattr__ = resolve_lazily(
    __name__, {name: f"{__name__}.{module}" for module, names in _MODULES.items() for name in names}
)
