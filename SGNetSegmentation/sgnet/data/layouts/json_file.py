"""JSON files written by others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sgnet.errors import InputError


def read_json(path: Path) -> Any:
    """The content of ``path``; a file that is missing or damaged raises InputError."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check the path.") from error
    except ValueError as error:
        raise InputError(f"{path} is no JSON ({error}); correct it.") from error


def as_mapping(value: Any, path: Path) -> Mapping[str, Any]:
    """``value`` if it is a JSON object; otherwise InputError that names the file."""
    if not isinstance(value, dict):
        raise InputError(
            f"{path} lacks a member or has one of another kind ({value!r:.40}); see docs/how-to/own-data.md."
        )
    return value
