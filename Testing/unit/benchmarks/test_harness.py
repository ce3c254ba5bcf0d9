"""The harness of the benchmarks: its plan, its table, and the whole way with two steps on tiny studies."""

from __future__ import annotations

import csv
import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import gates  # noqa: E402
import harness.run  # noqa: E402
import harness.training  # noqa: E402
import seed1  # noqa: E402
import seed2  # noqa: E402
from harness.judging import judge  # noqa: E402
from harness.markdown import markdown_table  # noqa: E402
from harness.plan import PRESETS, Benchmark, Entry, Preset  # noqa: E402
from harness.table import mean_rows  # noqa: E402
from harness.training import finished  # noqa: E402

import sgnet.cli.main  # noqa: E402
import sgnet.cli.train  # noqa: E402

TINY = Preset(
    steps=2, batch_size=1, patch=(16, 16, 16), warmup_steps=0, decay_steps=0, minutes=None, training_studies=1,
    test_studies=2, seeds=(1, 2),
)  # fmt: skip
SMALL_NETWORK = ("--channels", "4,4")


@pytest.mark.parametrize("benchmark", [seed1.SEED1, seed2.SEED2, gates.GATES], ids=lambda one: one.name)
def test_every_entry_is_a_command_that_sgnet_train_accepts(benchmark: Benchmark) -> None:
    names = [entry.name for entry in benchmark.entries]
    assert len(set(names)) == len(names) and benchmark.against in names
    for preset in PRESETS[benchmark.task].values():
        for entry in benchmark.entries:
            options = [*preset.options(), *benchmark.options, *entry.options, "--task", benchmark.task]
            help_names = {"help_option_names": ["-h", "--help"]}  # click remembers them with the command
            context = sgnet.cli.train.command.make_context("train", ["--output", "x", *options], **help_names)
            assert context.params["loss"] in ("dice_bce", "hdl")
            assert context.params["stem_stride"] == preset.stem_stride


def test_the_networks_of_both_papers_are_all_there() -> None:
    from sgnet.config import PUBLISHED_CHANNELS

    trained = {
        entry.options[entry.options.index("--network") + 1]
        for one in (seed1.SEED1, seed2.SEED2)
        for entry in one.entries
    }
    assert trained == set(PUBLISHED_CHANNELS)


def test_a_gate_is_compared_with_the_same_options_otherwise() -> None:
    hard, ungated = (
        next(one for one in seed1.SEED1.entries if one.name == name) for name in ("sgnet", "sgnet_ungated")
    )
    assert hard.repeated and ungated.repeated
    assert set(hard.options) - set(ungated.options) == {"sgnet", "--gate-supervision", "0"}


def test_trainings_of_one_name_are_the_same_in_all_benchmarks_of_a_task() -> None:
    known: dict[str, tuple[str, ...]] = {}
    for benchmark in (seed1.SEED1, gates.GATES):
        for entry in benchmark.entries:
            options = (*benchmark.options, *entry.options)
            assert known.setdefault(entry.name, options) == options


def test_every_network_comes_before_the_repetitions() -> None:
    benchmark = Benchmark("b", "?", "metastases", (Entry("a", (), repeated=True), Entry("b", ())), "a")
    runs = [(entry.name, seed) for entry, seed in benchmark.runs(TINY)]
    assert runs == [("a", 1), ("b", 1), ("a", 2)]
    every = [(entry.name, seed) for entry, seed in benchmark.runs(dataclasses.replace(TINY, repeat_all=True))]
    assert every == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]


def test_means_over_seeds_with_their_spread() -> None:
    rows = [
        {"network": "a", "seed": 1, "steps": 10, "synthetic_core_dice": 0.4},
        {"network": "b", "seed": 1, "steps": 10, "synthetic_core_dice": None},
        {"network": "a", "seed": 2, "steps": 20, "synthetic_core_dice": 0.6},
    ]
    first, second = mean_rows(rows)
    assert (first["seeds"], first["steps"], first["synthetic_core_dice"]) == (2, 15, 0.5)
    assert first["synthetic_core_dice_sd_over_seeds"] == pytest.approx(0.1414)
    assert (second["seeds"], second["synthetic_core_dice"], second["synthetic_core_dice_sd_over_seeds"]) == (
        1,
        None,
        None,
    )


def test_markdown_has_the_columns_there_are_and_the_spread_over_seeds() -> None:
    rows = [
        {"network": "a", "seeds": 3, "parameters": 668690, "synthetic_core_dice": 0.51234,
         "synthetic_core_dice_sd_over_seeds": 0.0123, "synthetic_core_hd95_mm": 12.345},
        {"network": "b", "seeds": "1", "parameters": "12", "synthetic_core_dice": "0.4",
         "synthetic_core_dice_sd_over_seeds": "", "synthetic_core_hd95_mm": None},
    ]  # fmt: skip
    assert markdown_table(rows).splitlines() == [
        "| Network | Seeds | Parameters | Core Dice | HD95, mm |",
        "|---|---|---|---|---|",
        "| `a` | 3 | 668,690 | 0.512 ± 0.012 | 12.3 |",
        "| `b` | 1 | 12 | 0.400 | – |",
    ]


def test_a_run_is_finished_by_its_steps_or_by_its_minutes(tmp_path: Path) -> None:
    hasty, long = dataclasses.replace(TINY, steps=9, minutes=1.0), dataclasses.replace(TINY, steps=9)
    assert not finished(tmp_path, hasty)
    (tmp_path / "done.json").write_text(json.dumps({"steps": 5, "wanted": 9, "minutes": 1.0}))
    assert finished(tmp_path, hasty)
    assert not finished(tmp_path, long)
    assert not finished(tmp_path, dataclasses.replace(hasty, minutes=2.0))
    assert finished(tmp_path, dataclasses.replace(long, steps=5))


def write_study(folder: Path, seed: int) -> None:
    """A ball of tissue of 40 mm with a bright lesion of 8 mm, as ``sgnet synthesize`` would lay it out."""
    rng = np.random.default_rng(seed)
    i, j, k = np.indices((40, 40, 40)) - 19.5
    head = i**2 + j**2 + k**2 < 18**2
    tissue = ndimage.gaussian_filter(rng.standard_normal(head.shape), 2) > 0
    centre = rng.uniform(-6, 6, 3)
    lesion = (i - centre[0]) ** 2 + (j - centre[1]) ** 2 + (k - centre[2]) ** 2 < 4**2
    t1ce = np.where(head, np.where(tissue, 400, 250) + 10 * rng.standard_normal(head.shape) + 500 * lesion, 0)
    flair = np.where(head, np.where(tissue, 180, 300) + 10 * rng.standard_normal(head.shape) + 200 * lesion, 0)
    folder.mkdir(parents=True)
    for name, array in (("t1ce", t1ce), ("flair", flair), ("lesions", lesion), ("whole", lesion)):
        kind = np.uint8 if array.dtype == bool else np.float32
        sitk.WriteImage(
            sitk.GetImageFromArray(np.ascontiguousarray(array.T.astype(kind))), str(folder / f"{name}.nii.gz")
        )
    (folder / "synthesis.json").write_text("{}")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose studies are there; commands run in this process, and there are no real scans."""
    for part, count in (("training", 1), ("test", 2)):
        for number in range(count):
            write_study(tmp_path / "studies" / part / f"{part}-{number}", seed=10 * count + number)

    def call(*arguments: str) -> None:
        assert sgnet.cli.main.run(list(arguments)) == 0

    monkeypatch.setattr(harness.training, "sgnet", call)
    monkeypatch.setattr(harness.run, "real_cases", list)
    return tmp_path


def test_from_studies_to_table_and_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    networks = (
        Entry("sgnet", ("--network", "sgnet", *SMALL_NETWORK), repeated=True),
        Entry("ungated", ("--network", "sgnet_ungated", *SMALL_NETWORK)),
    )
    benchmark, preset = Benchmark("tiny", "?", "metastases", networks, "ungated"), dataclasses.replace(TINY, seeds=(1,))
    harness.run.run(benchmark, preset, folder, device="cpu")

    with (folder / "tiny" / "runs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["network"], row["seed"], row["steps"]) for row in rows] == [
        ("sgnet", "1", "2"),
        ("ungated", "1", "2"),
    ]
    assert int(rows[0]["parameters"]) > int(rows[1]["parameters"]) > 0
    assert float(rows[0]["synthetic_seconds_a_case"]) > 0 and rows[0]["synthetic_cases"] == "2"
    scores = json.loads((folder / "scores" / "synthetic" / "sgnet" / "seed-1" / "scores.json").read_text())
    assert float(rows[0]["synthetic_core_dice"]) == pytest.approx(
        scores["summary"]["core"]["scores"]["dice"]["mean"], abs=1e-4
    )
    with (folder / "tiny" / "table.csv").open() as file:
        assert [(row["network"], row["seeds"]) for row in csv.DictReader(file)] == [("sgnet", "1"), ("ungated", "1")]
    comparison = json.loads((folder / "tiny" / "comparison" / "comparison.json").read_text())
    pairs = {(one["first"], one["second"], one["n"]) for one in comparison["comparisons"] if one["metric"] == "dice"}
    assert pairs == {("sgnet", "ungated", 2)}

    def nothing(*arguments: str) -> None:
        raise AssertionError(f"trained again: {arguments}")

    before = (folder / "tiny" / "table.csv").read_bytes()
    monkeypatch.setattr(harness.training, "sgnet", nothing)
    harness.run.run(benchmark, preset, folder, device="cpu")
    assert (folder / "tiny" / "table.csv").read_bytes() == before


def test_other_weights_are_judged_anew(folder: Path) -> None:
    import torch

    from sgnet.config import NetworkSettings, PreprocessSettings
    from sgnet.data.layouts.registry import read_cases
    from sgnet.inference.model import save_model
    from sgnet.networks.registry import build_network

    settings = NetworkSettings(channels=(4, 4))
    cases = read_cases(folder / "studies" / "test")[:1]
    digests = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        save_model(build_network(settings), folder / "model", settings, PreprocessSettings(), {})
        judged = judge(folder / "model", cases, folder / "judged", "cpu")
        digests.append((judged["sha256"], judged["seconds"]))
        assert list(judged["cases"]) == ["test-0"]
    assert digests[0] == digests[1]  # read back, to the microsecond
    assert digests[2][0] != digests[0][0]
