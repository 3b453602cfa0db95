"""Frames from cameras and video files. All frames are RGB uint8 (H, W, 3)."""
