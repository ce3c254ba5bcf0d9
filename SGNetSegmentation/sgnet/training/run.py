"""What defines a run, and the file in its folder that says so."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sgnet.atomic import atomic_path
from sgnet.config import NetworkSettings, PreprocessSettings, RefinerSettings, SynthesisSettings, TrainSettings
from sgnet.errors import InputError
from sgnet.inference.model import Model
from sgnet.networks.network import Network
from sgnet.networks.refiner import Refiner
from sgnet.networks.registry import build_network

EXTENDABLE = {"steps", "decay_steps", "patience"}
"""Settings that may change when a run goes on."""
LEARNED_ANEW = {"median_level"}
"""Settings in which a run may differ from the model it starts from: its first steps learn the other scaling."""


@dataclass(frozen=True)
class TrainingRun:
    """Everything that defines a run; written to ``run.json`` in its folder.

    ``initial`` is a model whose weights the run starts from (fine-tuning) instead of random ones.
    ``data`` names the studies of a run that is given its own pool; None means synthetic ones.
    ``refines`` is a model for which the run trains a refiner of the architecture ``refiner``, in place of a network of
    its own; it begins with the refiner that the model has, if it has one.

    Raises
    ------
    InputError
        If ``initial`` has another architecture or another ``preprocess`` (but for :data:`LEARNED_ANEW`), the
        studies do not have the voxel size of ``preprocess``, or ``refines`` cannot be refined so.
    """

    network: NetworkSettings
    train: TrainSettings
    synthesis: SynthesisSettings
    preprocess: PreprocessSettings
    anatomy: tuple[Path, ...] | None = None
    initial: Model | None = None
    data: dict[str, Any] | None = None
    refines: Model | None = None
    refiner: RefinerSettings = RefinerSettings()

    def __post_init__(self) -> None:
        if self.data is None and self.preprocess.spacing_mm != 1:
            raise InputError(
                f"spacing_mm is {self.preprocess.spacing_mm:g}, but synthetic studies are made at 1 mm; "
                "train at another voxel size on a data set (--data; `sgnet synthesize` writes one)."
            )
        if self.refines is not None:
            self._check_refined(self.refines)
        begin = self.initial or self.refines
        if begin is None:
            return
        theirs = {**begin.settings.to_dict(), **begin.preprocess.to_dict()}
        for name, value in {**self.network.to_dict(), **self.preprocess.to_dict()}.items():
            if theirs[name] != value and (self.refines or name not in LEARNED_ANEW):
                raise InputError(
                    f"The initial model {begin.name} has {name} = {theirs[name]}, not {value}; "
                    "give the same setting or start without it."
                )

    def _check_refined(self, model: Model) -> None:
        if self.initial is not None:
            raise InputError(f"A run that refines {model.name} begins with it; leave out the initial model.")
        if model.settings.task != "metastases":
            raise InputError(f"{model.name} is a model of the task {model.settings.task}; give one of metastases.")
        if model.refiner_settings not in (None, self.refiner):
            raise InputError(
                f"{model.name} has a refiner with channels {model.refiner_settings.refiner_channels}, not "
                f"{self.refiner.refiner_channels}; give the same or take a model without one."
            )

    def build(self) -> Network:
        """The network that the run trains, with the weights it begins with, or random ones."""
        if self.refines is None:
            network = build_network(self.network)
            if self.initial is not None:
                network.load_state_dict(self.initial.network.state_dict())
            return network
        refiner = Refiner(self.refiner)
        if self.refines.refiner is not None:
            refiner.load_state_dict(self.refines.refiner.state_dict())
        return refiner

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
            "refiner": self.refiner.to_dict(),
            "refines": {"name": self.refines.name, "sha256": self.refines.sha256} if self.refines else None,
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
        parts = {
            "network": run.network, "refiner": run.refiner, "train": run.train, "synthesis": run.synthesis,
            "preprocess": run.preprocess,
        }  # fmt: skip
        for part, settings in parts.items():
            # What an older version did not know had the value that is the default now.
            held = {**type(settings)().to_dict(), **found.get(part, {})}
            for name, value in wanted[part].items():
                if name not in EXTENDABLE and held[name] != value:
                    raise InputError(
                        f"{folder} holds a run with {name} = {held[name]}, not {value}; give another folder."
                    )
        if found.get("data") != wanted["data"]:
            raise InputError(f"{folder} holds a run on other studies; give another folder, or the same data and split.")
        for role, difference in _DIFFERENCE.items():
            begun, asked = ((run_of.get(role) or {}).get("sha256") for run_of in (found, wanted))
            if begun != asked:
                told = difference.format(_name(found, role), _name(wanted, role))
                raise InputError(f"{folder} holds a run that {told}; give another folder.")
    if write:
        with atomic_path(path) as beside:
            beside.write_text(json.dumps(wanted, indent=1))


_DIFFERENCE = {"initial": "began from {}, not from {}", "refines": "refines {}, not {}"}


def _name(run: dict[str, Any], role: str) -> str:
    return str(run[role]["name"]) if run.get(role) else {"initial": "random weights", "refines": "no model"}[role]
