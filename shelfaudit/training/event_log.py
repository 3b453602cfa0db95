"""What TensorBoard shows: scalars and pictures in an event file, written under any Keras backend."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import cv2
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from shelfaudit.detection.preprocess import PixelArray


class EventLog:
    """An event file in a folder.

    Args:
        folder: of the run's event files.
        first_step: what older files say about later steps counts no more, because the run goes on from here.
    """

    def __init__(self, folder: Path, first_step: int = 0) -> None:
        self._writer = EventFileWriter(str(folder))
        if first_step:
            self._add(Event(session_log=SessionLog(status=SessionLog.START)), first_step + 1)

    def scalars(self, values: Mapping[str, float], step: int) -> None:
        """Numbers by name, for this step."""
        summary = Summary(value=[Summary.Value(tag=name, simple_value=value) for name, value in values.items()])
        self._add(Event(summary=summary), step)

    def picture(self, name: str, pixels: PixelArray, step: int) -> None:
        """A picture, uint8 (H, W, 3) RGB."""
        _, data = cv2.imencode(".png", pixels[..., ::-1])
        image = Summary.Image(
            height=pixels.shape[0], width=pixels.shape[1], colorspace=3, encoded_image_string=data.tobytes()
        )
        self._add(Event(summary=Summary(value=[Summary.Value(tag=name, image=image)])), step)

    def _add(self, event: Event, step: int) -> None:
        event.wall_time = time.time()
        event.step = step
        self._writer.add_event(event)

    def close(self) -> None:
        """Write what is left and end the writer's thread."""
        self._writer.close()
