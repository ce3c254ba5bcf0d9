"""The weights that come with the package; needs nothing but the standard library."""

from pathlib import Path

SHIPPED = Path(__file__).parent / "sgnet-0.6"
SHIPPED_SHA256 = "11c73a56964cbc33ea1e7fca5268b28e1a51ca21629a325cda20922bc3d23b4b"
"""Of its ``weights.safetensors``: what was measured is what runs."""
