"""The weights that come with the package; needs nothing but the standard library."""

from pathlib import Path

SHIPPED = Path(__file__).parent / "sgnet-0.2"
SHIPPED_SHA256 = "4a2998b19d7064198972fcd69eeae291bc6cbe143892ce58acafea9af73eaa76"
"""Of its ``weights.safetensors``: what was measured is what runs."""
