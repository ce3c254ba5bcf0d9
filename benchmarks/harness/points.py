"""Which lesions a benchmark of a model counts: those of a named operating point."""

from __future__ import annotations

import argparse

from sgnet.config import LesionSettings
from sgnet.inference.model import Model
from sgnet.inference.operating_points import named_point


def add_point_option(parser: argparse.ArgumentParser) -> None:
    """Give a benchmark ``--operating-point``."""
    parser.add_argument("--operating-point", metavar="NAME", help="of the model: precise, sensitive; else the defaults")


def point_settings(arguments: argparse.Namespace, model: Model) -> LesionSettings:
    """The settings that were asked for; raises InputError where the model has no point of that name."""
    name = arguments.operating_point
    return LesionSettings() if name is None else named_point(model.details, name).settings(LesionSettings())
