"""Labels and arrays, there and back: a class for each row, or several labels at once.

One class a row is a target ``[N] int32`` of class indices; several labels (or none) are an indicator ``[N, K] uint8``,
1 where a row has the label. The number of axes is what everything else goes by.

``labels`` reads, ``weights`` weighs rows, ``answers`` turns probabilities into labels and judges them. ``numbers``
reads targets that are no labels, and ``values`` judges such, windows of what is to be forecast too.
"""

from seqloom.targets.answers import decide, find_hits, join_names, measure_answers, name_answers
from seqloom.targets.labels import check_lengths, encode_labels, find_classes, find_strata, read_labels
from seqloom.targets.numbers import cut_strata, read_numbers
from seqloom.targets.values import measure_values
from seqloom.targets.weights import weigh_rows

__all__ = [
    "check_lengths",
    "cut_strata",
    "decide",
    "encode_labels",
    "find_classes",
    "find_hits",
    "find_strata",
    "join_names",
    "measure_answers",
    "measure_values",
    "name_answers",
    "read_labels",
    "read_numbers",
    "weigh_rows",
]
