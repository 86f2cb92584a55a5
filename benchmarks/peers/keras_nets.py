"""Keras by its own ``fit``: a recurrent or convolutional net on arrays that are ready, the same that seqloom trains on.

    KERAS_BACKEND=jax python keras_nets.py ARRAYS.npz NET FEED EPOCHS

NET: lstm, gru (with dropout and recurrent dropout), conv. FEED: padded (every row as long as the longest may be), or
buckets (batches of rows of like length, padded to one of six lengths, batches shuffled: the peer's own best practice).
Prints JSON: ``epoch_seconds`` of each epoch from the second on, without validation, and validation accuracies.
"""

import json
import sys
import time

import keras
import numpy as np
from keras import layers


class Batches(keras.utils.PyDataset):
    """Batches of rows of like length; those of one length in a new order in each epoch."""

    def __init__(self, x, y, *, batch_size, lengths):
        super().__init__()
        self.x, self.y, self.batch_size = x, y, batch_size
        self.n_words = (x != 0).sum(axis=1)
        self.wanted = np.array(lengths)[np.searchsorted(lengths, self.n_words)]
        self.random = np.random.default_rng(0)
        self.on_epoch_end()

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, i):
        rows = self.batches[i]
        length = self.wanted[rows[0]]
        return self.x[rows, :length], self.y[rows]

    def on_epoch_end(self):
        self.batches = []
        for length in np.unique(self.wanted):
            rows = self.random.permutation(np.flatnonzero(self.wanted == length))
            self.batches += [rows[i : i + self.batch_size] for i in range(0, len(rows), self.batch_size)]
        self.random.shuffle(self.batches)


class Clock(keras.callbacks.Callback):
    """The time at the beginning and the end of each epoch."""

    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):  # noqa: ARG002 - Keras calls it by these names
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):  # noqa: ARG002
        self.seconds.append(time.perf_counter() - self.began)


def build_model(net, n_ids, width):
    """The net, compiled in Keras's sense."""
    keras.utils.set_random_seed(0)
    ids = keras.Input((None,), dtype="int32")
    if net == "conv":
        x = layers.Embedding(n_ids, width)(ids)
        x = layers.MaxPooling1D(5)(layers.Conv1D(32, 7, activation="relu")(x))
        x = layers.GlobalMaxPooling1D()(layers.Conv1D(32, 7, activation="relu")(x))
    else:
        x = layers.Embedding(n_ids, width, mask_zero=True)(ids)
        options = {"dropout": 0.2, "recurrent_dropout": 0.2} if net == "gru" else {}
        x = {"lstm": layers.LSTM, "gru": layers.GRU}[net](32, **options)(x)
    model = keras.Model(ids, layers.Dense(1, activation="sigmoid")(x))
    model.compile(keras.optimizers.Adam(0.002), "binary_crossentropy", metrics=["acc"])
    return model


def main():
    """Train, with a clock around each epoch."""
    arrays, net, feed, epochs = np.load(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    x, y = arrays["x_train"], arrays["y_train"].astype("float32")
    model = build_model(net, int(arrays["n_ids"]), int(arrays["width"]))
    data = {"x": x, "y": y, "batch_size": 128}
    if feed == "buckets":
        data = {"x": Batches(x, y, batch_size=128, lengths=arrays["lengths"])}
    clock, accuracies = Clock(), []
    for epoch in range(epochs):
        model.fit(**data, epochs=1, verbose=0, callbacks=[clock])
        if epoch + 1 >= epochs - 2:
            valid = arrays["x_valid"], arrays["y_valid"].astype("float32")
            accuracies.append(model.evaluate(*valid, batch_size=256, verbose=0)[1])
    print(json.dumps({"epoch_seconds": clock.seconds[1:], "scores": {"validation": max(accuracies)}}))


main()
