import os
import signal
import subprocess
import sys
import time

import pytest

from sgnet.config import TrainSettings
from sgnet.training.pool import StudyPool

SETTINGS = TrainSettings(pool_size=3, studies_per_step=0.5, seed=2)


def test_pool_moves_on_with_the_steps_and_makes_each_study_once():
    made = []

    def make(number):
        made.append(number)
        return number

    pool = StudyPool(make, SETTINGS, workers=0)
    assert pool.at(0) == [20_000_000, 20_000_001, 20_000_002]
    assert pool.at(1) == pool.at(0)
    assert pool.at(4) == [20_000_002, 20_000_003, 20_000_004]
    assert made == [20_000_000 + n for n in range(5)]


def test_resumed_pool_holds_what_an_uninterrupted_one_would():
    running, resumed = (StudyPool(lambda n: n, SETTINGS, workers=0) for _ in range(2))
    for step in range(9):
        expected = running.at(step)
    assert resumed.at(8) == expected


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends the children by its own rules")
def test_workers_end_when_the_training_is_killed(tmp_path):
    script = tmp_path / "run.py"
    script.write_text(
        "import os, time\n"
        "from sgnet.config import TrainSettings\n"
        "from sgnet.training.pool import StudyPool\n"
        "def make(number):\n"
        "    return os.getpid()\n"
        "if __name__ == '__main__':\n"
        "    pool = StudyPool(make, TrainSettings(pool_size=1), workers=1)\n"
        "    print(pool.at(0)[0], flush=True)\n"
        "    time.sleep(120)\n"
    )
    training = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    worker = int(training.stdout.readline())
    training.send_signal(signal.SIGKILL)
    training.wait()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        time.sleep(0.2)
    os.kill(worker, signal.SIGKILL)
    pytest.fail("the worker outlived the training")
