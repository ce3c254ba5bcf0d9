from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from sgnet.cli.options import settings_options
from sgnet.cli.segment import command as segment
from sgnet.cli.train import command as train
from sgnet.config import InferenceSettings, LesionSettings, Settings, TrainSettings, setting


@dataclass(frozen=True)
class SampleSettings(Settings):
    """One field of every kind."""

    share: float = setting(0.5, "A share.", minimum=0, maximum=1)
    count: int = setting(3, "A count.", minimum=1)
    sizes: tuple[int, ...] = setting((8, 16), "Sizes.", minimum=1)
    mode: str = setting("fast", "A mode.", choices=("fast", "good"))
    loud: bool = setting(False, "Noise.")
    folder: Path | None = setting(None, "A folder.")


def built(*arguments: str, names: list[str] | None = None) -> tuple[SampleSettings | None, Any]:
    received: list[SampleSettings] = []

    @click.command()
    @settings_options(SampleSettings, names)
    def command(sample_settings: SampleSettings) -> None:
        received.append(sample_settings)

    result = CliRunner().invoke(command, list(arguments))
    return (received[0] if received else None), result


def test_without_options_the_defaults_are_those_of_the_class() -> None:
    assert built()[0] == SampleSettings()


def test_every_kind_of_value_is_read() -> None:
    got, _ = built(
        *("--share", "0.25", "--count", "4", "--sizes", "1,2,3", "--mode", "good", "--loud", "--folder", "here")
    )
    assert got == SampleSettings(0.25, 4, (1, 2, 3), "good", True, Path("here"))


def test_a_value_out_of_range_is_refused_by_the_class() -> None:
    got, result = built("--share", "2")
    assert got is None
    assert str(result.exception) == "share must be in [0, 1], got 2.0."


def test_help_shows_text_range_and_default() -> None:
    text = " ".join(built("--help")[1].output.split())
    assert "A share. From 0 to 1. [default: 0.5]" in text
    assert "A count. At least 1. [default: 3]" in text
    assert "Sizes. At least 1. [default: 8,16]" in text


def test_only_the_named_fields_are_offered() -> None:
    assert built("--count", "5", names=["count"])[0] == SampleSettings(count=5)
    assert built("--share", "0.1", names=["count"])[1].exit_code == 2


def test_an_unknown_name_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(ValueError, match="no field 'shape'"):
        settings_options(SampleSettings, ["shape"])


@pytest.mark.parametrize(
    ("command", "settings"),
    [(segment, LesionSettings), (segment, InferenceSettings), (train, TrainSettings)],
    ids=["segment-lesions", "segment-inference", "train"],
)
def test_commands_offer_every_field_with_its_help(command: click.Command, settings: type[Settings]) -> None:
    options = {option.name: option for option in command.params if isinstance(option, click.Option)}
    for item in fields(settings):
        assert (options[item.name].help or "").startswith(item.metadata["help"])
        assert options[item.name].opts == ["--" + item.name.replace("_", "-")]
