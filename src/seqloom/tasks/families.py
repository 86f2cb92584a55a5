"""The families of text classifiers, from the simplest up: the one table that everything that lists families asks.

Light: neither Keras nor scikit-learn is imported to read it.
"""

from __future__ import annotations

from seqloom.nets.defaults import NET_DEFAULTS

__all__ = ["BASELINES", "ENSEMBLE", "FAMILIES", "REFIT_NETS", "SOLVED_FAMILIES"]

# In every comparison: a score says little without them.
BASELINES = ("majority", "linear")

# Solved in one go: they have no epochs, so they are finished or not begun.
SOLVED_FAMILIES = (*BASELINES, "linear-char", "lsa")

# Of two that score alike the one that stands earlier is kept; nets in the order of their own table.
FAMILIES = (*SOLVED_FAMILIES, *NET_DEFAULTS)

# Nets that a study trains once more on all rows, if it keeps them.
REFIT_NETS = tuple(family for family, default in NET_DEFAULTS.items() if default.refits)

# Several of them as one, in tables, cards and folders: the least simple of all.
ENSEMBLE = "ensemble"
