"""The weights that come with the package; needs nothing but the standard library."""

from pathlib import Path

SHIPPED = Path(__file__).parent / "sgnet-0.1"
SHIPPED_SHA256 = "af4b99038505d2714f96b60fb891fb5e1f08ef68dc426ba8a6c1f8561c89f1be"
"""Of its ``weights.safetensors``: what was measured is what runs."""
