"""The photo with the boxes of its facings over it: looking, selecting, and gestures that become domain edits."""
