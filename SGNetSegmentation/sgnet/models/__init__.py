"""The weights that come with the package; needs nothing but the standard library."""

from pathlib import Path

SHIPPED = Path(__file__).parent / "sgnet-0.9"
SHIPPED_SHA256 = "9575e43db673af8f7ef4d1ac3eaa96a43b73dc6227d495f3ec2e1a62bae0ec8f"
"""Of its ``weights.safetensors``: what was measured is what runs."""
