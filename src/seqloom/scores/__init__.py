"""How good a model is: scores that agree with scikit-learn's, and how far each can be trusted.

``confusion`` counts, ``intervals`` doubts, ``metrics`` gives all of it as records. ``blend`` and
``temperature`` make answers of answers, ``calibration`` asks how sure they may be. Written in NumPy alone, but for
``calibration``: a cold prediction and ``evaluate`` read this room, and importing scikit-learn costs 1 s,
``scipy.special`` 0.35 s. The tests hold every number to scikit-learn's and SciPy's.
"""
