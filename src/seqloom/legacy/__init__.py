"""What Keras 3 removed, under the old names, so that old code needs one changed import line.

::

    from keras.preprocessing.text import Tokenizer            from seqloom.legacy.text import Tokenizer
    from keras.preprocessing.sequence import pad_sequences    from seqloom.legacy.sequence import pad_sequences

Results, names, order and defaults of arguments are those of keras-preprocessing 1.1.2, the last release; what was read
out of a JSON file that Keras wrote goes on here. Bad input is refused with a reason where Keras failed with a
traceback, or went on with nonsense. NumPy is all that is imported; Keras only for ``TimeseriesGenerator``.

What is new in seqloom is not here: see ``docs/from-the-book.md`` for what to write today.
"""
