"""What defines a run, and the file in its folder that says so."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sgnet.atomic import atomic_path
from sgnet.config import NetworkSettings, PreprocessSettings, SynthesisSettings, TrainSettings
from sgnet.errors import InputError
from sgnet.inference.model import Model

EXTENDABLE = {"steps", "decay_steps", "patience"}
"""Settings that may change when a run goes on."""
LEARNED_ANEW = {"median_level"}
"""Settings in which a run may differ from the model it starts from: its first steps learn the other scaling."""


@dataclass(frozen=True)
class TrainingRun:
    """Everything that defines a run; written to ``run.json`` in its folder.

    ``initial`` is a model whose weights the run starts from (fine-tuning) instead of random ones.
    ``data`` names the studies of a run that is given its own pool; None means synthetic ones.

    Raises
    ------
    InputError
        If ``initial`` has another architecture or another ``preprocess`` (but for :data:`LEARNED_ANEW`), or the
        studies do not have the voxel size of ``preprocess``.
    """

    network: NetworkSettings
    train: TrainSettings
    synthesis: SynthesisSettings
    preprocess: PreprocessSettings
    anatomy: tuple[Path, ...] | None = None
    initial: Model | None = None
    data: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.data is None and self.preprocess.spacing_mm != 1:
            raise InputError(
                f"spacing_mm is {self.preprocess.spacing_mm:g}, but synthetic studies are made at 1 mm; "
                "train at another voxel size on a data set (--data; `sgnet synthesize` writes one)."
            )
        if self.initial is None:
            return
        theirs = {**self.initial.settings.to_dict(), **self.initial.preprocess.to_dict()}
        for name, value in {**self.network.to_dict(), **self.preprocess.to_dict()}.items():
            if theirs[name] != value and name not in LEARNED_ANEW:
                raise InputError(
                    f"The initial model {self.initial.name} has {name} = {theirs[name]}, not {value}; "
                    "give the same setting or start without it."
                )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; of the label maps only the names, of the initial model name and checksum."""
        return {
            "network": self.network.to_dict(),
            "train": self.train.to_dict(),
            "synthesis": self.synthesis.to_dict(),
            "preprocess": self.preprocess.to_dict(),
            "anatomy": [path.name for path in self.anatomy] if self.anatomy else None,
            "initial": {"name": self.initial.name, "sha256": self.initial.sha256} if self.initial else None,
            "data": self.data,
        }


def claim(run: TrainingRun, folder: Path, *, write: bool = True) -> None:
    """Check that the ``run.json`` in ``folder``, if any, is of the same run; write it anew.

    Raises
    ------
    InputError
        If the folder holds a run with other settings, studies or initial weights.
    """
    path = folder / "run.json"
    wanted = run.to_dict()
    if path.is_file():
        found = json.loads(path.read_text())
        parts = {"network": run.network, "train": run.train, "synthesis": run.synthesis, "preprocess": run.preprocess}
        for part, settings in parts.items():
            # What an older version did not know had the value that is the default now.
            held = {**type(settings)().to_dict(), **found[part]}
            for name, value in wanted[part].items():
                if name not in EXTENDABLE and held[name] != value:
                    raise InputError(
                        f"{folder} holds a run with {name} = {held[name]}, not {value}; give another folder."
                    )
        if found.get("data") != wanted["data"]:
            raise InputError(f"{folder} holds a run on other studies; give another folder, or the same data and split.")
        begun, asked = ((run_of.get("initial") or {}).get("sha256") for run_of in (found, wanted))
        if begun != asked:
            raise InputError(
                f"{folder} holds a run that began from {_initial_name(found)}, not from {_initial_name(wanted)}; "
                "give another folder."
            )
    if write:
        with atomic_path(path) as beside:
            beside.write_text(json.dumps(wanted, indent=1))


def _initial_name(run: dict[str, Any]) -> str:
    return str(run["initial"]["name"]) if run.get("initial") else "random weights"
