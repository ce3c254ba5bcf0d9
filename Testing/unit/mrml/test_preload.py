"""What is imported beforehand."""

import subprocess
import sys

from sgnet.mrml.preload import _MODULES, preload
from sgnet.mrml.steps import finish

SHOWS_A_RESULT = "import sgnet.lesions.measure, sgnet.lesions.rethreshold, sgnet.lesions.followup, sgnet.lesions.side"


def test_one_module_a_step(monkeypatch):
    taken = []
    monkeypatch.setattr("importlib.import_module", taken.append)
    for number, _ in enumerate(preload(), start=1):
        assert taken == list(_MODULES[:number])


def test_what_is_missing_is_passed_over(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    finish(preload())


def test_afterwards_a_result_imports_hardly_anything_of_scipy():
    code = (
        "import sys; from sgnet.mrml.preload import preload; from sgnet.mrml.steps import finish; finish(preload());"
        "assert 'sgnet.lesions.rethreshold' in sys.modules;"
        f"before = set(sys.modules); {SHOWS_A_RESULT};"
        "print(len([name for name in set(sys.modules) - before if name.startswith('scipy')]))"
    )
    assert int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout) <= 3
