"""How good a detector is on labelled photos: average precision, recall, counts."""
