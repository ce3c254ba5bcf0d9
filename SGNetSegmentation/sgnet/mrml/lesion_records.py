"""Lesions to and from the plain dictionaries that the child process prints and the scene stores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from sgnet.errors import InputError
from sgnet.lesions.lesion import Lesion

_WORDS = ("side", "lobe", "tracking_uid")
_OTHERS = ("number", "centroid_ras_mm", *_WORDS)
_NUMBERS = tuple(item.name for item in fields(Lesion) if item.name not in _OTHERS and item.default is MISSING)
_MAY_LACK = tuple(item.name for item in fields(Lesion) if item.name not in _OTHERS and item.default is None)


def lesions_from_dicts(records: Iterable[Mapping[str, Any]]) -> tuple[Lesion, ...]:
    """The inverse of :meth:`Lesion.to_dict` for each record; what a newer version added is ignored.

    Raises
    ------
    InputError
        If a record lacks a measurement.
    """
    return tuple(_lesion(record) for record in records)


def _lesion(record: Mapping[str, Any]) -> Lesion:
    try:
        r, a, s = record["centroid_ras_mm"]
        values: dict[str, Any] = {name: float(record[name]) for name in _NUMBERS}
        values |= {name: float(record[name]) for name in _MAY_LACK if record.get(name) is not None}
        values |= {name: str(record[name]) for name in _WORDS if record.get(name) is not None}
        return Lesion(
            number=int(record["number"]),
            centroid_ras_mm=(float(r), float(a), float(s)),
            **values,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"A lesion's measurements cannot be read ({error!r}); run the segmentation again.") from error
