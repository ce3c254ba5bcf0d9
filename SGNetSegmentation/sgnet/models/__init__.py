"""The weights that come with the package; needs nothing but the standard library."""

from pathlib import Path

SHIPPED = Path(__file__).parent / "sgnet-0.7"
SHIPPED_SHA256 = "d9149d26f876bb4db3bd540f004815b04c329103677bb74f9d3fbc7ec229e7fe"
"""Of its ``weights.safetensors``: what was measured is what runs."""
