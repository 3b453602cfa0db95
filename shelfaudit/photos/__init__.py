"""Photo files to upright pixels and back. All pixels are RGB uint8 (H, W, 3)."""
