"""Labelled photos for training and evaluation: one type, and the formats it is read from and written to."""
