"""``keras.preprocessing.sequence``, of which Keras 3 kept ``pad_sequences`` alone.

See ``pad``, ``skipgram`` and ``timeseries``. ``TimeseriesGenerator`` is a Keras data set, so Keras is imported when it
is first asked for, on JAX unless KERAS_BACKEND says otherwise.
"""

from typing import TYPE_CHECKING

from seqloom.lazy import resolve_lazily
from seqloom.legacy.pad import pad_sequences
from seqloom.legacy.skipgram import make_sampling_table, skipgrams

if TYPE_CHECKING:
    from seqloom.legacy.timeseries import TimeseriesGenerator, timeseries_generator_from_json

__all__ = [
    "TimeseriesGenerator",
    "make_sampling_table",
    "pad_sequences",
    "skipgrams",
    "timeseries_generator_from_json",
]

__getattr__ = resolve_lazily(
    __name__,
    {
        "TimeseriesGenerator": "seqloom.legacy.timeseries",
        "timeseries_generator_from_json": "seqloom.legacy.timeseries",
    },
)
