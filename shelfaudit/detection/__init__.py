"""From pixels to detections: preparation of the input, priors, postprocessing and the TFLite adapter."""
