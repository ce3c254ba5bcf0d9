import csv

import pytest

from sgnet.training.log import RunLog, mean_of


def steps(path):
    return [int(row["step"]) for row in csv.DictReader(path.open())]


def test_rows_beyond_the_checkpoint_and_half_lines_are_dropped_when_a_run_goes_on(tmp_path):
    log = RunLog(tmp_path, 0)
    for step in (25, 50, 75, 100):
        log.write("log", step, {"dice": 0.5})
    log.close()
    with (tmp_path / "log.csv").open("a") as file:
        file.write("12")  # of a step 125 whose line was cut by the kill
    log = RunLog(tmp_path, 60)
    log.write("log", 75, {"dice": 0.4})
    log.close()
    assert steps(tmp_path / "log.csv") == [25, 50, 75]
    assert list(csv.DictReader((tmp_path / "log.csv").open()))[-1]["dice"] == "0.4"


def test_each_name_has_its_own_file(tmp_path):
    log = RunLog(tmp_path, 0)
    log.write("log", 5, {"dice": 0.5})
    log.write("validation", 5, {"loss": 0.7})
    log.close()
    assert (tmp_path / "validation.csv").read_text().splitlines() == ["step,loss", "5,0.7"]


def test_mean_is_taken_column_by_column():
    assert mean_of([{"a": 1.0, "b": 0.0}, {"a": 2.0, "b": 1.0}]) == {"a": 1.5, "b": 0.5}


def test_tensorboard_holds_the_same_numbers(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = RunLog(tmp_path, 0)
    for step in (25, 50, 75):
        log.write("log", step, {"dice": step / 100})
    log.close()
    log = RunLog(tmp_path, 50)
    log.write("log", 75, {"dice": 0.1})
    log.close()
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    found = [(event.step, round(event.value, 4)) for event in events.Scalars("log/dice")]
    assert found == [(25, 0.25), (50, 0.5), (75, 0.1)]
