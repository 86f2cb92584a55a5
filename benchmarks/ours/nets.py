"""seqloom's engine, training alone: a recurrent or convolutional net on arrays that are ready.

    python nets.py ARRAYS.npz NET FEED EPOCHS

As ``peers/keras_nets.py``; FEED rows pads every row as long as the longest may be. Compiling is told apart.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np

from seqloom import engine, nets
from seqloom.flow import Encoded, Plan, Ragged
from seqloom.network import NetModel

LIBRARIES = (engine.train, nets.build_net)  # named, hence loaded: JAX and Keras
SIZES: dict[str, dict[str, Any]] = {
    "lstm": {"dropout": 0.0, "units": 32},
    "gru": {"dropout": 0.2, "recurrent_dropout": 0.2, "units": 32},
    "conv": {"dropout": 0.0, "units": 32, "layers": 2, "kernel_size": 7},
}


def to_ragged(padded: np.ndarray) -> Ragged:
    """Rows without their padding."""
    is_real = padded != 0
    return Ragged(values=padded[is_real], offsets=np.concatenate([[0], np.cumsum(is_real.sum(axis=1))]))


def main() -> None:
    """Train, and print what the records say."""
    arrays, net, feed, epochs = np.load(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    sizes = {"n_ids": int(arrays["n_ids"]), "width": int(arrays["width"]), "length": 500, **SIZES[net]}
    rows = {
        name: Encoded(
            inputs={"ids": to_ragged(arrays[f"x_{name}"]) if feed == "buckets" else arrays[f"x_{name}"]},
            target=arrays[f"y_{name}"],
            feed=feed,
        )
        for name in ("train", "valid")
    }
    model = NetModel(net, 2, sizes=sizes)
    plan = Plan(epochs=epochs, learning_rate=0.002, patience=None)
    records = list(model.fit(rows["train"], rows["valid"], plan=plan))
    began = time.perf_counter()
    model.predict(rows["valid"].inputs)
    rate = len(rows["valid"]) / (time.perf_counter() - began)
    result = {
        "epoch_seconds": [record.seconds for record in records[1:]],
        "compile_seconds": sum(record.compile_seconds for record in records),
        "scores": {"validation": max(record.valid["accuracy"] for record in records), "rows_a_second": rate},
        "n_devices": model.n_devices_,
    }
    print(json.dumps(result))


main()
