"""What every task's learner does, written once: fit, predict, score, save, load, and scikit-learn's conventions.

``learner`` trains and saves one family of any task; ``classifier`` is for tasks whose answers are classes.
"""

from seqloom.learner.classifier import AbstractClassifier
from seqloom.learner.learner import AbstractLearner

__all__ = ["AbstractClassifier", "AbstractLearner"]
