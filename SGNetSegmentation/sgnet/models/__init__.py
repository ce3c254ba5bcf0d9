"""The weights that come with the package; needs nothing but the standard library."""

from pathlib import Path

SHIPPED = Path(__file__).parent / "sgnet-0.8"
SHIPPED_SHA256 = "c22b3ca1fccd1a0c7523e56e585dc69ae630ab0bd4abdce5a209e5b695a3d740"
"""Of its ``weights.safetensors``: what was measured is what runs."""
