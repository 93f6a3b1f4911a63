"""Readings of the probabilities, and how a reading is run."""
