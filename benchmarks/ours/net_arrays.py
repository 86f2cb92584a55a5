"""seqloom's engine, training alone: the net of listing 6-7 on arrays that are ready, the same that the peer trains on.

    python net_arrays.py ARRAYS.npz

Prints JSON as ``peers/keras_arrays.py`` does, and by the same rules: libraries are loaded before the clock starts; the
seconds of an epoch run from the end of one to the end of the next, over everything that the engine does between them.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from seqloom import engine, nets
from seqloom.flow import Encoded, Plan
from seqloom.network import NetModel

LIBRARIES = (engine.train, nets.build_net)  # named, hence loaded: JAX and Keras
PLAN = Plan(epochs=10, batch_size=32, optimizer="rmsprop", patience=None)


def make_net() -> NetModel:
    """The net, untrained."""
    return NetModel("embedding", 2, sizes={"n_ids": 10_000, "width": 8, "length": 20, "dropout": 0.0})


def main() -> None:
    """Train twice: with validation for the clock of the whole, all but without for the clock of an epoch."""
    arrays = np.load(sys.argv[1])
    train = Encoded(inputs={"ids": arrays["x_train"]}, target=arrays["y_train"])
    valid = Encoded(inputs={"ids": arrays["x_valid"]}, target=arrays["y_valid"])
    began = time.perf_counter()
    records = list(make_net().fit(train, valid, plan=PLAN))
    seconds = time.perf_counter() - began
    few = Encoded(inputs={"ids": arrays["x_valid"][:16]}, target=arrays["y_valid"][:16])  # the engine asks for some
    ends = [time.perf_counter() for _ in make_net().fit(train, few, plan=PLAN)]
    values = [record.valid["accuracy"] for record in records]
    result = {
        "train_seconds": seconds,
        "compile_seconds": sum(record.compile_seconds for record in records),
        "epoch_seconds": np.diff(ends).tolist(),
        "scores": {"validation": max(values), "validation_last": values[-1]},
    }
    print(json.dumps(result))


main()
