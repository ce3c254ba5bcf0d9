"""What is trained and judged: the networks of a benchmark, and how much of it a preset can afford."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Entry:
    """One row of the table.

    Attributes
    ----------
    name : str
    options : tuple of str
        Of ``sgnet train``; what is not named has its default, the same for every entry.
    repeated : bool
        Whether a preset trains it with all of its seeds, or with the first one only.
    """

    name: str
    options: tuple[str, ...]
    repeated: bool = False


@dataclass(frozen=True)
class Preset:
    """How much.

    Attributes
    ----------
    steps, batch_size, patch, warmup_steps, decay_steps : training settings, the same for every network
    minutes : float or None
        Most minutes of training a network and seed, over all resumptions.
    training_studies, test_studies : int
    seeds : tuple of int
        Of weights and patches; the studies are the same for all.
    spacing_mm : float or None
        Voxel size the networks work at, where the task lets one choose; the task's own if None.
    stem_stride : int
        2: SG-Net sees that voxel size and computes at twice of it, as the shipped model does.
    repeat_all : bool
        Every entry with every seed.
    """

    steps: int
    batch_size: int
    patch: tuple[int, int, int]
    warmup_steps: int
    decay_steps: int
    minutes: float | None
    training_studies: int
    test_studies: int
    seeds: tuple[int, ...]
    spacing_mm: float | None = None
    stem_stride: int = 1
    repeat_all: bool = False

    def options(self) -> list[str]:
        """For ``sgnet train``."""
        return [
            *("--steps", str(self.steps), "--batch-size", str(self.batch_size)),
            *("--patch", ",".join(map(str, self.patch))),
            *("--warmup-steps", str(self.warmup_steps), "--decay-steps", str(self.decay_steps)),
            *(() if self.spacing_mm is None else ("--spacing-mm", str(self.spacing_mm))),
            *(() if self.stem_stride == 1 else ("--stem-stride", str(self.stem_stride))),
        ]


@dataclass(frozen=True)
class Benchmark:
    """A question and the networks that answer it.

    Attributes
    ----------
    name, question : str
    task : str
        Of :data:`sgnet.config.TASKS`.
    entries : tuple of Entry
    against : str
        The entry that every other is compared with.
    options : tuple of str
        Of ``sgnet train``, for every entry.
    """

    name: str
    question: str
    task: str
    entries: tuple[Entry, ...]
    against: str
    options: tuple[str, ...] = ()

    def runs(self, preset: Preset) -> list[tuple[Entry, int]]:
        """Every training: all entries with the first seed, then the repetitions, so that a table fills early."""
        first, *others = preset.seeds
        repeated = [entry for entry in self.entries if entry.repeated or preset.repeat_all]
        return [(entry, first) for entry in self.entries] + [(entry, seed) for seed in others for entry in repeated]


_METASTASES_SMALL = Preset(
    steps=800, batch_size=2, patch=(48, 48, 32), warmup_steps=50, decay_steps=300, minutes=30.0,
    training_studies=64, test_studies=40, seeds=(1, 2, 3), spacing_mm=2.0,
)  # fmt: skip
_METASTASES_FULL = Preset(
    steps=20000, batch_size=4, patch=(96, 96, 32), warmup_steps=200, decay_steps=5000, minutes=None,
    training_studies=600, test_studies=60, seeds=(1, 2, 3), repeat_all=True,
)  # fmt: skip
_METASTASES_HALF = replace(
    _METASTASES_SMALL, steps=2000, patch=(64, 64, 64), decay_steps=1000, spacing_mm=None, stem_stride=2
)

PRESETS = {
    "metastases": {"small": _METASTASES_SMALL, "half": _METASTASES_HALF, "full": _METASTASES_FULL},
    "schwannoma": {
        "small": replace(_METASTASES_SMALL, steps=500, patch=(96, 64, 16), spacing_mm=None),
        "full": _METASTASES_FULL,
    },
}
"""By task and name. A small one learns what can be learnt in minutes on two cores: metastases at 2 mm; half: for SG-Net
alone, at 1 mm with a stem of stride 2."""
