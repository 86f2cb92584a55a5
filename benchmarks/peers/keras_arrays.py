"""Keras on JAX, training alone: the net of listing 6-7 on arrays that are ready, the same that seqloom trains on.

    python keras_arrays.py ARRAYS.npz STEPS_PER_EXECUTION

Prints JSON: ``train_seconds`` from building the net to the end of ten epochs, each with validation, compiling included;
``epoch_seconds`` of epochs 2 to 10 of a second fit without validation; the validation accuracies.
"""

import os

os.environ["KERAS_BACKEND"] = "jax"

import json
import sys
import time

import keras
import numpy as np
from keras import layers


class Clock(keras.callbacks.Callback):
    """The time at the end of each epoch."""

    def __init__(self):
        super().__init__()
        self.ends = []

    def on_epoch_end(self, epoch, logs=None):  # noqa: ARG002 - Keras calls it by these names
        self.ends.append(time.perf_counter())


def build_model(steps_per_execution):
    """The net, compiled in Keras's sense."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((20,), dtype="int32"),
            layers.Embedding(10_000, 8),
            layers.Flatten(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("rmsprop", "binary_crossentropy", metrics=["acc"], steps_per_execution=steps_per_execution)
    return model


def main():
    """Train twice: with validation for the clock of the whole, without for the clock of an epoch."""
    arrays, steps = np.load(sys.argv[1]), int(sys.argv[2])
    x, y = arrays["x_train"], arrays["y_train"]
    valid = arrays["x_valid"], arrays["y_valid"]
    began = time.perf_counter()
    history = build_model(steps).fit(x, y, epochs=10, batch_size=32, validation_data=valid, verbose=0)
    seconds = time.perf_counter() - began
    clock = Clock()
    build_model(steps).fit(x, y, epochs=10, batch_size=32, verbose=0, callbacks=[clock])
    values = history.history["val_acc"]
    result = {
        "train_seconds": seconds,
        "epoch_seconds": np.diff(clock.ends).tolist(),
        "scores": {"validation": max(values), "validation_last": values[-1]},
    }
    print(json.dumps(result))


main()
