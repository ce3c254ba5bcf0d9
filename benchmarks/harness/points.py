"""Which lesions a benchmark of a model counts: those of a named operating point."""

from __future__ import annotations

import argparse

from sgnet.config import LesionSettings
from sgnet.inference.model import Model
from sgnet.inference.operating_points import named_point, operating_points


def add_point_option(parser: argparse.ArgumentParser) -> None:
    """Give a benchmark ``--operating-point``."""
    parser.add_argument("--operating-point", metavar="NAME", help="of the model: precise, sensitive; else its first")


def point_settings(arguments: argparse.Namespace, model: Model) -> LesionSettings:
    """The settings that were asked for, or the model's own first ones: each model is judged at what was chosen for it.

    The defaults belong to the shipped model; a model without points has nothing else. Raises InputError where the
    model has no point of that name.
    """
    name = arguments.operating_point
    points = operating_points(model.details)[:1] if name is None else (named_point(model.details, name),)
    return points[0].settings(LesionSettings()) if points else LesionSettings()
