"""The network in a model file, by the way in which it is spoken to."""

from __future__ import annotations

from shelfaudit.detection.model_file import Interface, ModelInfo
from shelfaudit.detection.postprocess_op import PostprocessedNetwork
from shelfaudit.detection.tflite import Network, TfliteNetwork


def open_network(info: ModelInfo, threads: int) -> Network:
    """The network of a model, ready to run in the thread that runs it first.

    Raises:
        ModelError: the file cannot be read, or has other inputs and outputs than its metadata says.
    """
    if info.interface is Interface.POSTPROCESSED:
        return PostprocessedNetwork(info, threads)
    return TfliteNetwork(info.file, threads)
