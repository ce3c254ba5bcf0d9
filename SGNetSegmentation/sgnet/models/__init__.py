"""The weights that come with the package; needs nothing but the standard library."""

from pathlib import Path

SHIPPED = Path(__file__).parent / "sgnet-0.5"
SHIPPED_SHA256 = "916221ed413d00578c5d909767ef9ddb390ccef132bbcb8380e1fbab905a0a2b"
"""Of its ``weights.safetensors``: what was measured is what runs."""
