"""The house as a table: who stands on which floor, who may use which library, how large things may get.

This is the one place to change when the house itself changes; the tests beside it only read it. Each table is
followed by the reason for what looks arbitrary in it. A change here belongs in ``docs/decisions.md`` too.
"""

from __future__ import annotations

# A module imports only from lower floors, or from its own package. So stages (floor 3) never import each other:
# each can be read, tested and replaced alone, and tasks join them.
FLOORS = {
    "__main__": 9,  # python -m seqloom: only calls cli
    "__init__": 8,  # public names, resolved when asked for
    "cli": 8,
    "serve": 8,
    "legacy": 8,
    "studies": 7,
    "tasks": 6,
    "learner": 5,
    "predictor": 4,  # answers from a saved model: never Keras, so it must not reach nets either
    "forecasts": 4,  # a saved forecaster answering, as predictor does for classes
    "series_predictor": 4,  # a saved classifier of series answering, likewise
    "network": 4,  # a Keras net trained by the engine: joins nets and engine, meets Model; predictor never needs it
    "frames": 3,
    "text": 3,
    "series": 3,
    "nets": 3,
    "baselines": 3,
    "engine": 3,
    "scores": 3,
    "report": 3,
    "targets": 2,
    "artifact": 2,
    "estimator": 2,  # scikit-learn's conventions for constructors
    "flow": 1,
    "groups": 1,  # rows that stay together: learner, studies and frames ask for them
    "json_files": 1,  # JSON of run and model folders
    "errors": 0,
    "cache": 0,  # where downloads and compiled programs lie
    "whole": 0,  # files written whole or not at all
    "lazy": 0,  # resolves the public names of packages when asked for
}

# (importer, imported) of one floor, allowed against the rule.
NEIGHBOURS = {
    ("cli", "__init__"): "the command uses what everybody uses, and says __version__",
    ("serve", "__init__"): "likewise",
}

ANYWHERE = None

# Which library lives in which rooms. NumPy is the language that stages speak to each other; a library that does
# not stand here has no room, and gets one only together with its line in pyproject.toml.
ROOMS = {
    "numpy": ANYWHERE,
    "keras": {"nets", "legacy"},  # legacy: TimeseriesGenerator is a keras.utils.PyDataset, or fit would not take it
    "jax": {"nets", "engine"},
    "polars": {"frames", "text", "series", "artifact"},
    "sklearn": {"learner", "baselines", "scores", "text"},
    "scipy": {"text", "baselines", "scores", "predictor"},
    "matplotlib": {"report"},
    "jinja2": {"report"},
    "typer": {"cli"},
    "rich": {"cli"},
    "safetensors": {"artifact"},
    "zstandard": {"frames"},
    "kiwipiepy": {"text"},  # Korean morphemes, an extra
    "gensim": {"text"},
    "dtaidistance": {"baselines"},  # dynamic time warping, an extra
}

# What a library is called in pyproject.toml, where that is another name.
DISTRIBUTIONS = {"sklearn": "scikit-learn", "rich": "typer"}

# Imports inside functions: rooms that must be light at import, and single cases with their reason.
LATE_ROOMS = {"__init__", "cli", "serve", "legacy", "lazy"}
LATE_LIBRARIES = {
    ("learner", "sklearn"): "__sklearn_tags__ is built when scikit-learn asks; a cold prediction must not pay 1.0 s",
    ("text", "sklearn"): "likewise",
    ("text", "kiwipiepy"): "an extra: only who asks for Korean morphemes needs it",
    ("text", "gensim"): "an optional extra: skip-gram says how to install it when it is not there",
    ("baselines", "dtaidistance"): "an extra: only who asks for dynamic time warping needs it",
}

# A model folder is data from outside: nothing that could run code out of it, and no second tensor library.
BANNED_MODULES = {
    "pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib",
    "torch", "tensorflow",
}  # fmt: skip
BANNED_CALLS = {"eval", "exec", "os.system", "os.popen", "__import__"}

# What ``import seqloom``, ``--help`` and ``--version`` must not load: each costs 0.1 to 2 s.
HEAVY = {"jax", "jaxlib", "keras", "matplotlib", "polars", "scipy", "sklearn", "tensorflow", "torch"}

BODY_LINES = 40
BODY_LINES_MOSTLY = 25
BODY_SHARE_MOSTLY = 0.9  # in the houses praised for clarity the median body has 5 to 12 lines
FILE_LINES = 300
ARGUMENTS = 6
ARGUMENTS_ALLOWED = {
    "fit": 7,  # what stands beside each row (weights, groups, columns) goes in by name, as in scikit-learn
    "to_series": 7,  # what each column of a table is for, likewise
}
POSITIONAL = 2
POSITIONAL_ALLOWED = {"analogy"}  # a is to b as c is to what: by name it would be no shorter to read

# Interfaces that are given by others: the command line, Keras's old names, scikit-learn's constructors (every
# setting is an argument of __init__, by name).
FREE_SIGNATURES = {"cli", "legacy"}
FREE_CONSTRUCTORS = (
    "seqloom.tasks.", "seqloom.text.count", "seqloom.text.hashing", "seqloom.text.lsa",
    "seqloom.text.onehot", "seqloom.text.vectorise",
)  # fmt: skip
KWARGS_ALLOWED = {"set_params"}

# Names that say nothing about what is inside.
EMPTY_WORDS = {"util", "utils", "helper", "helpers", "common", "core", "misc", "manager", "managers"}
