"""TFLite files: what is in them, and the runtime that runs them. The detector and the embedder share it."""
