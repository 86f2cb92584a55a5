"""PyTorch by hand: a recurrent or convolutional net on arrays that are ready, the same that seqloom trains on.

    python torch_nets.py ARRAYS.npz NET FEED EPOCHS

As ``keras_nets.py``. A row's last state is taken at its last word. PyTorch has no recurrent dropout.
"""

import json
import sys
import time

import numpy as np
import torch
from torch import nn


class Net(nn.Module):
    """Embedding, the layers of NET, and one logit."""

    def __init__(self, net, n_ids, width):
        super().__init__()
        self.net = net
        self.embed = nn.Embedding(n_ids, width, padding_idx=0)
        self.drop = nn.Dropout(0.2 if net == "gru" else 0.0)
        if net == "conv":
            self.conv_1, self.pool, self.conv_2 = nn.Conv1d(width, 32, 7), nn.MaxPool1d(5), nn.Conv1d(32, 32, 7)
        else:
            self.recurrent = {"lstm": nn.LSTM, "gru": nn.GRU}[net](width, 32, batch_first=True)
        self.dense = nn.Linear(32, 1)

    def forward(self, ids):
        vectors = self.embed(ids)
        if self.net == "conv":
            found = torch.relu(self.conv_2(self.pool(torch.relu(self.conv_1(vectors.transpose(1, 2))))))
            return self.dense(found.amax(dim=2))[:, 0]
        outputs, _ = self.recurrent(self.drop(vectors))
        last = ((ids != 0).sum(dim=1) - 1).clamp(min=0)
        return self.dense(outputs[torch.arange(len(ids)), last])[:, 0]


def make_batches(wanted, random):
    """Row numbers of an epoch's batches; rows of one length together."""
    batches = []
    for length in np.unique(wanted):
        rows = random.permutation(np.flatnonzero(wanted == length))
        batches += [rows[i : i + 128] for i in range(0, len(rows), 128)]
    random.shuffle(batches)
    return batches


def main():
    """Train, with a clock around each epoch."""
    arrays, net, feed, epochs = np.load(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    x, y = torch.from_numpy(arrays["x_train"].astype("int64")), torch.from_numpy(arrays["y_train"].astype("float32"))
    lengths, n_words = arrays["lengths"], (arrays["x_train"] != 0).sum(axis=1)
    wanted = lengths[np.searchsorted(lengths, n_words)] if feed == "buckets" else np.full(len(y), x.shape[1])
    torch.manual_seed(0)
    random, model = np.random.default_rng(0), Net(net, int(arrays["n_ids"]), int(arrays["width"]))
    optimizer, seconds = torch.optim.Adam(model.parameters(), lr=0.002), []
    for _ in range(epochs):
        began = time.perf_counter()
        for rows in make_batches(wanted, random):
            loss = nn.functional.binary_cross_entropy_with_logits(model(x[rows, : wanted[rows[0]]]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        seconds.append(time.perf_counter() - began)
    model.eval()
    with torch.no_grad():
        valid = torch.from_numpy(arrays["x_valid"].astype("int64"))
        answers = torch.cat([model(part) > 0 for part in valid.split(256)]).numpy()
    accuracy = float((answers == arrays["y_valid"]).mean())
    print(json.dumps({"epoch_seconds": seconds[1:], "scores": {"validation": accuracy}}))


main()
