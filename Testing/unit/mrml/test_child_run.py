"""A run in a child process, with small scripts in place of the network."""

import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from sgnet.config import InferenceSettings, LesionSettings
from sgnet.data.study import Study
from sgnet.errors import Cancelled, InputError, OutOfMemoryError, SGNetError
from sgnet.events import Progress
from sgnet.export.volume import write_volume
from sgnet.geometry import Grid, Volume
from sgnet.lesions.lesion import Lesion
from sgnet.lesions.probability_map import ProbabilityMap
from sgnet.mrml.child_events import Failed, Result
from sgnet.mrml.child_job import PACKAGE_ROOT, ChildJob, RunSettings, child_environment, failure_message
from sgnet.mrml.child_run import run_blocking
from sgnet.mrml.process_tree import ask_to_stop, descendants, kill_trees
from sgnet.mrml.steps import finish

GRID = Grid((8, 9, 10), np.diag([-1.0, -1.0, 2.0, 1.0]))
LESION = Lesion(1, 0.5, 10.0, 8.0, 11.0, (1.0, 2.0, 3.0), 0.8, 0.9)


@pytest.fixture
def study():
    def make(value):
        return Volume(np.full(GRID.shape, value, np.float32), GRID)

    return Study(make(1), make(2))


@pytest.fixture
def job(study, tmp_path):
    with ChildJob(study, RunSettings(), tmp_path) as made:
        yield made


@pytest.fixture
def child(tmp_path):
    """A function that makes a stand-in for Python: it runs ``code`` with the job's arguments in ``args``."""

    def make(code):
        path = tmp_path / "child.py"
        start = "import sys, json, os, time\nargs = dict(zip(sys.argv[1::1], sys.argv[2::1]))\n"
        say = 'def say(event, **values): print(json.dumps({"event": event, **values}), flush=True)\n'
        path.write_text(start + say + textwrap.dedent(code), encoding="utf-8")
        return [sys.executable, str(path)]

    return make


def write_outputs(job, labels):
    job.output.mkdir()
    write_volume(Volume(labels, GRID), job.output / "lesions.nii.gz")
    write_volume(Volume((labels > 0).astype(np.uint8), GRID), job.output / "whole.nii.gz")
    probability = (labels > 0).astype(np.float32)
    ProbabilityMap.of(probability, probability, GRID).save(job.output / "probability_map.npz")


def test_job_states_every_choice_on_the_command_line(study, tmp_path):
    settings = RunSettings(LesionSettings(0.35, 7.5, 0.65), InferenceSettings(device="cpu"))
    with ChildJob(study, settings, tmp_path) as job:
        words = job.arguments
        assert words[:4] == ["-u", "-m", "sgnet", "segment"]
        for option, value in [("--threshold", "0.35"), ("--min-volume-mm3", "7.5"), ("--min-confidence", "0.65"),
                          ("--device", "cpu")]:  # fmt: skip
            assert words[words.index(option) + 1] == value
        finish(job.write())
        assert "--json" in words and "--save-map" in words
        assert Path(words[words.index("--t1ce") + 1]).is_file() and Path(words[words.index("--flair") + 1]).is_file()


def test_the_command_line_understands_the_job(job):
    from click.testing import CliRunner

    from sgnet.cli.segment import command

    # --help after all options: click has to accept every one of them first.
    answer = CliRunner().invoke(command, [*job.arguments[4:], "--help"])
    assert answer.exit_code == 0, answer.output
    unknown = CliRunner().invoke(command, [*job.arguments[4:], "--unheard-of"])
    assert "--unheard-of" in unknown.output


def test_folder_is_gone_afterwards_also_when_nothing_could_be_written(study, tmp_path, monkeypatch):
    with ChildJob(study, RunSettings(), tmp_path) as job:
        finish(job.write())
        assert sorted(path.name for path in job.folder.iterdir()) == ["flair.nrrd", "t1ce.nrrd"]
        assert job.folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []
    bad = Study(study.t1ce, Volume(study.flair.array.astype(complex), GRID))
    with pytest.raises(InputError), ChildJob(bad, RunSettings(), tmp_path) as job:
        finish(job.write())
    assert list(tmp_path.iterdir()) == []


def test_a_temporary_folder_that_cannot_be_made_is_told(study, tmp_path):
    with pytest.raises(InputError, match=r"No temporary folder can be made in .*missing"):
        ChildJob(study, RunSettings(), tmp_path / "missing")


def test_result_is_collected_on_the_grid_of_the_t1ce(job):
    labels = np.zeros(GRID.shape, np.uint16)
    labels[1:3, 2:4, 5] = 1
    write_outputs(job, labels)
    result = finish(job.collect(Result(job.output, (LESION.to_dict(),))))
    np.testing.assert_array_equal(result.labels, labels)
    np.testing.assert_array_equal(result.whole, labels > 0)
    assert result.lesions == (LESION,)
    np.testing.assert_array_equal(result.kept.core > 0, labels[1:3, 2:4, 5:6] > 0)
    assert result.kept.grid.matches(GRID)


def test_result_that_contradicts_itself_is_refused(job):
    write_outputs(job, np.zeros(GRID.shape, np.uint16))
    with pytest.raises(InputError, match="names 1 lesions but marks 0"):
        finish(job.collect(Result(job.output, (LESION.to_dict(),))))
    with pytest.raises(InputError, match="measurements cannot be read"):
        finish(job.collect(Result(job.output, ({"number": 1},))))


def test_child_finds_this_package_and_keeps_what_it_inherits():
    environment = child_environment({"PYTHONPATH": "/elsewhere"})
    assert environment["PYTHONPATH"] == f"{PACKAGE_ROOT}{os.pathsep}/elsewhere"
    assert environment["PYTHONUTF8"] == "1"
    assert child_environment({})["PYTHONPATH"] == str(PACKAGE_ROOT)
    code = "import sgnet; print(sgnet.__file__)"
    bare = {**os.environ, **environment}
    said = subprocess.run([sys.executable, "-c", code], env=bare, capture_output=True, text=True, check=True).stdout
    assert Path(said.strip()).parent.parent == PACKAGE_ROOT


class Recorder(Progress):
    def __init__(self):
        self.events = []

    def phase(self, name):
        self.events.append(name)

    def step(self, done, total):
        self.events.append((done, total))

    def warn(self, message):
        self.events.append(message)


def test_blocking_run_reports_progress_and_returns_the_result(job, child):
    labels = np.zeros(GRID.shape, np.uint16)
    labels[4, 4, 4] = 1
    write_outputs(job, labels)
    python = child(f"""
        say("start", version="1", pid=os.getpid())
        print("some library talks")
        say("phase", name="segmenting")
        say("step", done=1, total=2)
        say("warning", message="mind this")
        say("result", output=args["--output"], files=[], lesions={[LESION.to_dict()]!r})
    """)
    recorder = Recorder()
    assert run_blocking(job, python, recorder).lesions == (LESION,)
    assert recorder.events == ["segmenting", (1, 2), "mind this"]


@pytest.mark.parametrize(
    ("code", "kind", "sentence"),
    [
        ('say("error", code=2, message="T1ce is constant."); sys.exit(2)', InputError, "T1ce is constant."),
        ('say("error", code=4, message="No memory."); sys.exit(4)', OutOfMemoryError, "No memory."),
        ('sys.stderr.write("ImportError: torch"); sys.exit(1)', SGNetError, "exit code 1.*ImportError: torch"),
        ("os.kill(os.getpid(), 9)", SGNetError, "most likely because memory ran out"),
        ('say("phase", name="segmenting")', SGNetError, r"stopped without a result \\(exit code 0\\)"),
    ],
)
def test_a_failed_run_raises_what_the_child_said(job, child, code, kind, sentence):
    with pytest.raises(kind, match=f"(?s){sentence}".replace("\\\\", "\\")):
        run_blocking(job, child(code), Progress())


def test_a_program_that_does_not_exist_is_told(job):
    with pytest.raises(SGNetError, match="cannot be started"):
        run_blocking(job, ["/nowhere/PythonSlicer"], Progress())


def test_more_messages_than_a_pipe_holds_do_not_stop_the_child(job, child):
    python = child('sys.stderr.write("x" * 1_000_000); say("error", code=2, message="end"); sys.exit(2)')
    with pytest.raises(InputError, match="end"):
        run_blocking(job, python, Progress())


LAUNCHER = """
import json, os, subprocess, sys
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(json.dumps({"event": "start", "version": "1", "pid": inner.pid}), flush=True)
print(json.dumps({"event": "phase", "name": "segmenting"}), flush=True)
inner.wait()
"""


def test_cancelling_a_blocking_run_ends_launcher_and_python(job, tmp_path):
    path = tmp_path / "launcher.py"
    path.write_text(LAUNCHER, encoding="utf-8")

    class Impatient(Progress):
        def cancelled(self):
            return True

    before = set(descendants(os.getpid()))
    with pytest.raises(Cancelled):
        run_blocking(job, [sys.executable, str(path)], Impatient())
    assert_gone(set(descendants(os.getpid())) - before)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends process trees through taskkill")
def test_a_tree_is_found_and_ended_as_a_whole(tmp_path):
    path = tmp_path / "launcher.py"
    path.write_text(LAUNCHER, encoding="utf-8")
    launcher = subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE)
    inner = json.loads(launcher.stdout.readline())["pid"]
    assert descendants(launcher.pid) == [inner]
    kill_trees([launcher.pid])
    launcher.wait(10)
    launcher.stdout.close()
    assert_gone({inner})


def test_children_are_found_alike_with_and_without_the_kernel_s_list(tmp_path, monkeypatch):
    path = tmp_path / "launcher.py"
    path.write_text(LAUNCHER, encoding="utf-8")
    launcher = subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE)
    launcher.stdout.readline()
    found = descendants(launcher.pid)
    monkeypatch.setattr("sgnet.mrml.process_tree._KERNEL_LISTS_CHILDREN", tmp_path / "not there")
    assert len(found) == 1 and descendants(launcher.pid) == found
    kill_trees([launcher.pid])
    launcher.wait(10)
    launcher.stdout.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM on Windows")
def test_asking_reaches_the_python_behind_the_launcher_which_then_ends_too(tmp_path):
    path = tmp_path / "launcher.py"
    path.write_text(LAUNCHER, encoding="utf-8")
    launcher = subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE)
    launcher.stdout.readline()
    ask_to_stop(descendants(launcher.pid))
    assert launcher.wait(10) == 0
    launcher.stdout.close()


def test_processes_that_are_gone_are_passed_over():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    ask_to_stop([ended.pid])
    kill_trees([ended.pid])


def test_the_roots_of_the_whole_system_are_never_ended(monkeypatch):
    monkeypatch.setattr("sgnet.mrml.process_tree._signal", lambda pid, number: pytest.fail(f"{pid} would be ended"))
    kill_trees([0, 1, -1])


def assert_gone(pids):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        alive = [pid for pid in pids if Path(f"/proc/{pid}/stat").exists() and " Z " not in _stat(pid)]
        if not alive:
            return
        time.sleep(0.05)
    pytest.fail(f"still there: {alive}")


def _stat(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return " Z "


@pytest.mark.parametrize(
    ("code", "crashed", "failed", "sentence"),
    [
        (2, False, Failed(2, "T1ce is empty."), "T1ce is empty."),
        (137, False, None, "memory ran out"),
        (1, True, None, "memory ran out"),
        (7, False, None, "exit code 7"),
    ],
)
def test_every_end_has_a_sentence(code, crashed, failed, sentence):
    assert sentence in failure_message(code, crashed, failed)
