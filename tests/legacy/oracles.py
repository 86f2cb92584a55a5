"""What the drop-ins are held against: Keras's own remains and, where somebody installed it, keras-preprocessing.

keras-preprocessing 1.1.2 is not among the dependencies of the tests, as it wants a NumPy that still has ``unicode_``.
Where it can be imported (on PYTHONPATH, ``np.unicode_`` in its sequence.py changed to ``np.str_``), the same tests run
against it.

Keras's remains (``keras.src.legacy``, Keras 3.15) differ from 1.1.2 in this, and nothing else:

- ``text_to_word_sequence`` and ``one_hot`` call their first argument ``input_text``; in 1.1.2, and here, ``text``;
- ``analyzer`` is new, the seventh argument of ``Tokenizer`` in the place of ``document_count``, which became a keyword;
  here ``document_count`` is the seventh, as in 1.1.2, and a function given in its place is refused with a word;
- ``TimeseriesGenerator`` is a ``PyDataset`` and takes its arguments; ``get_config`` and ``to_json`` fail, as PyDataset
  has no ``get_config`` to call; ``timeseries_generator_from_json`` is gone;
- ``pad_sequences`` lives on in ``keras.utils`` and knows bytes.
"""

from __future__ import annotations

import contextlib
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
from keras.src.legacy.preprocessing import sequence as keras_sequence
from keras.src.legacy.preprocessing import text as keras_text

TEXT = [keras_text]
SEQUENCE = [keras_sequence]
PAD = [keras.utils.pad_sequences]  # keras.preprocessing.sequence has the very same function

with contextlib.suppress(ImportError):
    from keras_preprocessing import sequence as old_sequence
    from keras_preprocessing import text as old_text

    TEXT.append(old_text)
    SEQUENCE.append(old_sequence)
    PAD.append(old_sequence.pad_sequences)
