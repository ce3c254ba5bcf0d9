"""The weights that come with the package; needs nothing but the standard library."""

from pathlib import Path

SHIPPED = Path(__file__).parent / "sgnet-0.3"
SHIPPED_SHA256 = "eeabe3187ef5ee92d8c10d46200a8010b695c806408e6a81b5be71a216a58d26"
"""Of its ``weights.safetensors``: what was measured is what runs."""
