"""Measurements over time: their clock, their scale, and windows of them that never see the future."""
