"""Keras by its own ``fit``: a GRU over windows of a series, copied out, the same that seqloom trains on.

    KERAS_BACKEND=jax python keras_series.py ARRAYS.npz EPOCHS

Prints JSON: ``epoch_seconds`` of each epoch from the second on.
"""

import json
import sys
import time

import keras
import numpy as np
from keras import layers

CONTEXT, AHEAD = 240, 24


class Clock(keras.callbacks.Callback):
    """The time at the beginning and the end of each epoch."""

    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):  # noqa: ARG002 - Keras calls it by these names
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):  # noqa: ARG002
        self.seconds.append(time.perf_counter() - self.began)


def main():
    """Train, with a clock around each epoch."""
    arrays, epochs = np.load(sys.argv[1]), int(sys.argv[2])
    values, starts = arrays["values"], arrays["starts"]
    x = values[starts[:, None] + np.arange(CONTEXT)]
    y = values[starts + CONTEXT + AHEAD - 1, 0]
    keras.utils.set_random_seed(0)
    past = keras.Input((CONTEXT, values.shape[1]))
    found = layers.GRU(32, dropout=0.2, recurrent_dropout=0.2)(past)
    model = keras.Model(past, layers.Dense(1)(found))
    model.compile(keras.optimizers.Adam(), "mae")
    clock = Clock()
    told = model.fit(x, y, batch_size=128, epochs=epochs, verbose=0, callbacks=[clock])
    print(json.dumps({"epoch_seconds": clock.seconds[1:], "loss": told.history["loss"][-1]}))


main()
