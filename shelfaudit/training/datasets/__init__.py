"""Labelled photos for training and evaluation."""
