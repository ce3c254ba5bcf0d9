"""The weights that come with the package; needs nothing but the standard library."""

from pathlib import Path

SHIPPED = Path(__file__).parent / "sgnet-0.13"
SHIPPED_SHA256 = "8e7e2714afc239439fea7629ad8a58ac5fd473690b5e7725b137c11632471f47"
"""Of its ``weights.safetensors``: what was measured is what runs."""
