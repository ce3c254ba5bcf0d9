"""The weights that come with the package; needs nothing but the standard library."""

from pathlib import Path

SHIPPED = Path(__file__).parent / "sgnet-0.10"
SHIPPED_SHA256 = "1dea1ca893e49b03bfac1b71940e7e4dbc9b3a10461469e2f62b61cfc249e808"
"""Of its ``weights.safetensors``: what was measured is what runs."""
