"""Training of the detector with Keras 3: data sets, network, losses, training, evaluation and export.

Nothing else imports this package; it needs the extra `train`.
"""
