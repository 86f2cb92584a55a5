"""What every task's learner does, written once: fit, predict, score, save, load, and scikit-learn's conventions.

``learner`` trains and saves one family of any task; ``classifier`` is for tasks whose answers are classes,
``regressor`` for those whose answer is a number.
"""

from seqloom.learner.classifier import AbstractClassifier
from seqloom.learner.learner import AbstractLearner
from seqloom.learner.regressor import AbstractRegressor

__all__ = ["AbstractClassifier", "AbstractLearner", "AbstractRegressor"]
