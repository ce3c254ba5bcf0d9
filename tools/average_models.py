"""One model whose weights are the mean of several: of the ends of consecutive stages of one training.

    python tools/average_models.py --output FOLDER MODEL MODEL [MODEL ...]

Stages that begin where the one before ended, each with a learning rate that falls to its end, stop at different places
of one valley; the mean lies deeper in it (Izmailov et al., "Averaging weights leads to wider optima and better
generalization", UAI 2018, arXiv:1803.05407). Running means and variances of the normalisation are averaged as the
weights are, as in the running average that training keeps. What was fitted to one of the models, its
temperatures and operating points, is left out: fit it anew.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch

from sgnet.errors import InputError
from sgnet.inference.model import Model, load_model, save_model

KEPT = ("training", "steps", "earlier_training")


def average(models: list[Model]) -> dict[str, torch.Tensor]:
    """The mean of every weight; what is counted, as the steps of a normalisation, is the last model's.

    Raises
    ------
    InputError
        If the models are of different networks, or of images prepared in different ways.
    """
    last = models[-1]
    for model in models:
        if (model.settings, model.preprocess) != (last.settings, last.preprocess):
            raise InputError(
                f"{model.name} and {last.name} have different settings; only the same network is averaged."
            )
    states = [model.network.state_dict() for model in models]
    return {
        name: torch.stack([state[name] for state in states]).mean(0) if value.is_floating_point() else value
        for name, value in states[-1].items()
    }


def main() -> None:
    """Read, average, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    models = [load_model(folder) for folder in arguments.models]
    last = models[-1]
    last.network.load_state_dict(average(models))
    details: dict[str, Any] = {name: last.details[name] for name in KEPT if name in last.details}
    details["average_of"] = [{"name": model.name, "sha256": model.sha256} for model in models]
    save_model(last.network, arguments.output, last.settings, last.preprocess, details)


if __name__ == "__main__":
    main()
