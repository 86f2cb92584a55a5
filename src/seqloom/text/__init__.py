"""Texts to arrays: tokens, vocabulary, padding, n-grams. Polars and NumPy do the work; no Python loop over tokens."""
