"""The weights that come with the package; needs nothing but the standard library."""

from pathlib import Path

SHIPPED = Path(__file__).parent / "sgnet-0.4"
SHIPPED_SHA256 = "13e4c0f09e8aa79764eaf33ba3247cbfee0778b78767d41c6cd80c8de2ea6b5f"
"""Of its ``weights.safetensors``: what was measured is what runs."""
