"""Lets the tests of this folder share modules: they are no package, like all tests here."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
