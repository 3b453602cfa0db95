"""A pinhole camera before a shelf, and the canvas it paints on.

World: cm, x along the shelf to the right, y up from the floor, z out of the shelf towards the shopper; the shelf
edges lie at z = 0. Picture: pixels, origin top left, y down.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from shelfaudit.samples.sheet import Pixels

Points = NDArray[np.float64]
_NEAREST = 5.0
# Fixed-point bits of the polygon filler, and the largest coordinate that then fits 32 bits.
_SHIFT = 4
_FAR_OUTSIDE = 2.0**26


@dataclass(frozen=True)
class Camera:
    """Where a photo is taken from: position (x, y, z) in cm, rotation world → camera (3, 3), focal length in pixels."""

    position: Points
    rotation: Points
    focal: float
    width: int
    height: int

    @classmethod
    def looking_at(
        cls, target: ArrayLike, position: ArrayLike, roll: float, focal: float, width: int, height: int
    ) -> Camera:
        """A camera at `position` whose picture's centre shows `target`, turned by `roll` radians."""
        eye = np.asarray(position, dtype=np.float64)
        forward = np.asarray(target, dtype=np.float64) - eye
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 1.0, 0.0))
        right /= np.linalg.norm(right)
        down = np.cross(forward, right)
        sine, cosine = np.sin(roll), np.cos(roll)
        rotation = np.stack([cosine * right + sine * down, cosine * down - sine * right, forward])
        return cls(eye, rotation, focal, width, height)

    def project(self, points: ArrayLike) -> Points:
        """World points (N, 3) as picture points (N, 2); points beside or behind the camera land far outside."""
        seen = (np.asarray(points, dtype=np.float64) - self.position) @ self.rotation.T
        depth = np.maximum(seen[:, 2:], _NEAREST)
        projected: Points = seen[:, :2] / depth * self.focal + (self.width / 2, self.height / 2)
        return projected


class Canvas:
    """A picture being painted from far to near, and, per pixel, which numbered thing is seen there (0: none)."""

    def __init__(self, backdrop: NDArray[np.float32]) -> None:
        self.picture = backdrop
        self.owners = np.zeros(backdrop.shape[:2], np.int32)

    def paint(
        self, sprite: Pixels, corners: Points, *, top: float = 1.0, bottom: float = 1.0, owner: int | None = None
    ) -> tuple[int, int, int, int] | None:
        """Puts a picture into a quadrilateral.

        Args:
            sprite: uint8 (h, w, 4), premultiplied RGBA, or (h, w, 3), RGB that fills the quadrilateral to its edges.
            corners: picture points (4, 2): top left, top right, bottom right, bottom left.
            top, bottom: light at the upper and lower end.
            owner: the number that the covered pixels get; None leaves the owners as they are.

        Returns:
            The painted pixel rectangle (x1, y1, x2, y2), or None if nothing lies inside the picture.
        """
        high, wide = self.picture.shape[:2]
        low = np.floor(corners.min(axis=0)) - 1
        far = np.ceil(corners.max(axis=0)) + 1
        x1, y1 = max(0, int(low[0])), max(0, int(low[1]))
        x2, y2 = min(wide, int(far[0])), min(high, int(far[1]))
        if x1 >= x2 or y1 >= y2:
            return None
        rows, columns = sprite.shape[:2]
        source = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], np.float32) - 0.5
        goal = (corners - (x1 + 0.5, y1 + 0.5)).astype(np.float32)
        matrix = cv2.getPerspectiveTransform(source, goal)
        size = (x2 - x1, y2 - y1)
        if sprite.shape[2] == 4:
            warped = cv2.warpPerspective(sprite, matrix, size, flags=cv2.INTER_LINEAR)
            alpha = warped[..., 3]
        else:
            warped = cv2.warpPerspective(sprite, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            alpha = _filled(goal, size)
        ramp = np.interp(np.arange(y1, y2), (low[1], far[1]), (top, bottom)).astype(np.float32)[:, None, None]
        cover = (alpha * np.float32(1 / 255))[..., None]
        part = self.picture[y1:y2, x1:x2]
        part *= 1 - cover
        part += warped[..., :3] * (ramp if sprite.shape[2] == 4 else ramp * cover)
        if owner is not None:
            self.owners[y1:y2, x1:x2][alpha > 127] = owner
        return x1, y1, x2, y2


def _filled(corners: NDArray[np.float32], size: tuple[int, int]) -> Pixels:
    """How much of each pixel the quadrilateral covers (0 to 255); corners in pixel centres, `size` width × height."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    fixed_point = np.rint(np.clip(corners, -_FAR_OUTSIDE, _FAR_OUTSIDE) * 2**_SHIFT).astype(np.int32)
    cv2.fillConvexPoly(mask, fixed_point, (255,), cv2.LINE_AA, _SHIFT)
    return mask
