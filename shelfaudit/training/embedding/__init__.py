"""The embedder's life: named crops → metric learning → the TFLite file that `recognition.embedder` runs."""
