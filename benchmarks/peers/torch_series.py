"""PyTorch by hand: a GRU over windows of a series, copied out, the same that seqloom trains on.

    python torch_series.py ARRAYS.npz EPOCHS

As ``keras_series.py``. PyTorch has no recurrent dropout: this is less work than the others do.
"""

import json
import sys
import time

import numpy as np
import torch
from torch import nn

CONTEXT, AHEAD = 240, 24


class Net(nn.Module):
    """A GRU and one value."""

    def __init__(self, n_channels):
        super().__init__()
        self.drop, self.gru, self.dense = nn.Dropout(0.2), nn.GRU(n_channels, 32, batch_first=True), nn.Linear(32, 1)

    def forward(self, past):
        outputs, _ = self.gru(self.drop(past))
        return self.dense(outputs[:, -1])[:, 0]


def main():
    """Train, with a clock around each epoch."""
    arrays, epochs = np.load(sys.argv[1]), int(sys.argv[2])
    values, starts = arrays["values"], arrays["starts"]
    x = torch.from_numpy(values[starts[:, None] + np.arange(CONTEXT)])
    y = torch.from_numpy(values[starts + CONTEXT + AHEAD - 1, 0])
    torch.manual_seed(0)
    model = Net(values.shape[1])
    optimizer, seconds = torch.optim.Adam(model.parameters()), []
    for _ in range(epochs):
        began = time.perf_counter()
        for rows in torch.randperm(len(y)).split(128):
            loss = nn.functional.l1_loss(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        seconds.append(time.perf_counter() - began)
    print(json.dumps({"epoch_seconds": seconds[1:], "loss": float(loss.detach())}))


main()
