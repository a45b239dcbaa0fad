"""Measurements; every row is a ratio in one run on one machine."""
