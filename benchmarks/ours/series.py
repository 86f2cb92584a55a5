"""seqloom's engine, training alone: a GRU over windows of a series that is ready.

    python series.py ARRAYS.npz EPOCHS

As ``peers/keras_series.py``; windows stay one array and their starts. Compiling is told apart.
"""

from __future__ import annotations

import json
import sys

import numpy as np

from seqloom import engine, nets
from seqloom.flow import Encoded, Plan, Windows
from seqloom.network import ForecastNet

LIBRARIES = (engine.train, nets.build_forecaster)  # named, hence loaded: JAX and Keras
CONTEXT, AHEAD = 240, 24


def main() -> None:
    """Train, and print what the records say."""
    arrays, epochs = np.load(sys.argv[1]), int(sys.argv[2])
    values, starts = arrays["values"], arrays["starts"]
    rows = Encoded(
        inputs={"past": Windows(values=values, starts=starts, length=CONTEXT)},
        target=Windows(values=values[:, :1], starts=starts + CONTEXT + AHEAD - 1, length=1),
    )
    sizes = {"context": CONTEXT, "n_channels": values.shape[1], "units": 32, "dropout": 0.0}
    model = ForecastNet("gru", sizes={**sizes, "input_dropout": 0.2, "recurrent_dropout": 0.2})
    some = Encoded(
        inputs={"past": rows.inputs["past"].take(np.arange(16))}, target=rows.target.take(np.arange(16))
    )  # validation is not what is measured
    records = list(model.fit(rows, some, plan=Plan(epochs=epochs, patience=None)))
    result = {
        "epoch_seconds": [record.seconds for record in records[1:]],
        "compile_seconds": sum(record.compile_seconds for record in records),
        "n_devices": model.n_devices_,
        "loss": records[-1].train["loss"],
    }
    print(json.dumps(result))


main()
