"""A model folder: weights (safetensors) and everything needed to use them (config.json)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file

from sgnet import __version__
from sgnet.atomic import atomic_path
from sgnet.config import TASKS, NetworkSettings, PreprocessSettings
from sgnet.errors import ModelError
from sgnet.inference.guided_filter import GUIDES, GuidedFilter
from sgnet.inference.operating_points import read_config
from sgnet.lesions.confidence import Confidence
from sgnet.lesions.tightening import Tightening
from sgnet.models import SHIPPED, SHIPPED_SHA256
from sgnet.networks.network import Network
from sgnet.networks.registry import build_network

WEIGHTS = "weights.safetensors"
CONFIG = "config.json"
_PACKAGED = SHIPPED


@dataclass(frozen=True, eq=False)
class Model:
    """A network ready to run, in evaluation mode on the CPU, with how its input was scaled.

    Attributes
    ----------
    name : str
        Name of the model's folder.
    network : Network
    settings : NetworkSettings
        Its architecture.
    preprocess : PreprocessSettings
    sha256 : str
        Of the weights file.
    details : dict
        ``config.json``: training, operating points, guided filter, temperatures, confidence, tightening.
    """

    name: str
    network: Network
    settings: NetworkSettings
    preprocess: PreprocessSettings
    sha256: str
    details: dict[str, Any]

    @property
    def temperatures(self) -> tuple[float, ...] | None:
        """Of each output, for calibrated probabilities; None for a model that was never calibrated."""
        found = self.details.get("temperatures")
        return tuple(float(found[name]) for name in TASKS[self.settings.task].outputs) if found else None

    @property
    def guided_filter(self) -> GuidedFilter:
        """How its log odds follow the edges of the images; not at all for a model that names none."""
        return GuidedFilter.from_dict(self.details.get("guided_filter"))

    @property
    def confidence(self) -> Confidence:
        """How sure a body is a lesion; its peak probability for a model that was not fitted."""
        return Confidence.from_dict(self.details.get("confidence"))

    @property
    def tightening(self) -> Tightening:
        """How much tighter small sure bodies are outlined; not at all for a model that was not fitted."""
        return Tightening.from_dict(self.details.get("tightening"))


def save_model(
    network: Network, folder: Path, settings: NetworkSettings, preprocess: PreprocessSettings, details: dict[str, Any]
) -> None:
    """Write ``weights.safetensors`` and ``config.json`` into ``folder``, each atomically."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    with atomic_path(folder / WEIGHTS) as beside:
        save_file(tensors, beside)
    config = {
        "format": 1,
        "sgnet": __version__,
        "network": settings.to_dict(),
        "preprocess": preprocess.to_dict(),
        "inputs": list(TASKS[settings.task].inputs),
        "outputs": list(TASKS[settings.task].outputs),
        "sha256": _sha256(folder / WEIGHTS),
        **details,
    }
    with atomic_path(folder / CONFIG) as beside:
        beside.write_text(json.dumps(config, indent=1) + "\n")


def load_model(folder: Path | None = None) -> Model:
    """The model in ``folder``; without one, the model shipped with the package.

    Raises
    ------
    ModelError
        If a file is missing, damaged or of another format.
    """
    folder = folder or SHIPPED
    config = read_config(folder)
    try:
        digest = _sha256(folder / WEIGHTS)
    except OSError as error:
        raise ModelError(f"{folder} is no model folder: it needs {CONFIG} and {WEIGHTS} ({error}).") from error
    if config.get("sha256") != digest:
        raise ModelError(f"{folder / WEIGHTS} does not match the checksum in {CONFIG}; copy the model folder again.")
    if folder == _PACKAGED and digest != SHIPPED_SHA256:
        raise ModelError(f"{folder / WEIGHTS} is not the file this version was measured with; install sgnet again.")
    try:
        settings = NetworkSettings.from_dict(config["network"])
        preprocess = PreprocessSettings.from_dict(config["preprocess"])
        guided_filter = GuidedFilter.from_dict(config.get("guided_filter"))
        if guided_filter.radius and len(TASKS[settings.task].inputs) != GUIDES:
            raise ModelError(f"a guided filter takes {GUIDES} images, the task {settings.task} has others")
        Confidence.from_dict(config.get("confidence"))
        Tightening.from_dict(config.get("tightening"))
        network = build_network(settings)
        network.load_state_dict(load_file(folder / WEIGHTS))
    except Exception as error:
        raise ModelError(f"{folder} does not fit sgnet {__version__}: {error}") from error
    network.eval()
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return Model(folder.resolve().name, network, settings, preprocess, digest, config)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
