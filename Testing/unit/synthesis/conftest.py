import pytest

from sgnet.config import SynthesisSettings
from sgnet.synthesis.generate import generate_study


@pytest.fixture(scope="session")
def stripped():
    """A study without skull and with several lesions."""
    return generate_study(3, SynthesisSettings(skull_share=0.0))
