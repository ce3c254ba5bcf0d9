"""Command-line options made from the settings classes, so that each setting is described once."""

from __future__ import annotations

import dataclasses
import functools
import re
import types
import typing
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from sgnet.cli.common import PATH
from sgnet.config import Settings

F = TypeVar("F", bound=Callable[..., Any])


class Numbers(click.ParamType):  # type: ignore[type-arg]  # generic in some versions of click only
    """Whole or decimal numbers with commas between them, for settings that hold several."""

    name = "numbers"

    def __init__(self, kind: type) -> None:
        self.kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Any, ...]:
        if isinstance(value, tuple):
            return value
        try:
            return tuple(self.kind(part) for part in str(value).split(",") if value)
        except ValueError:
            self.fail(f"{value!r} is not numbers with commas between them, such as 96,96,32", param, ctx)


def settings_options(settings: type[Settings], names: Iterable[str] | None = None) -> Callable[[F], F]:
    """Give a command one option a field of ``settings``; it receives the built object.

    The command gets it under the class's name in snake case (``lesion_settings`` for
    ``LesionSettings``). Fields that are not in ``names`` keep their defaults.

    Parameters
    ----------
    settings : type
        A settings class of :mod:`sgnet.config`.
    names : iterable of str, optional
        The fields to offer; all of them if None.

    Raises
    ------
    ValueError
        If a name is no field of ``settings``.
    """
    fields = {item.name: item for item in dataclasses.fields(settings)}
    offered = list(fields) if names is None else list(names)
    unknown = [name for name in offered if name not in fields]
    if unknown:
        raise ValueError(f"{settings.__name__} has no field {unknown[0]!r}")
    hints = typing.get_type_hints(settings)
    keyword = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", settings.__name__).lower()

    def decorate(command: F) -> F:
        @functools.wraps(command)
        def wrapper(*args: Any, **values: Any) -> Any:
            chosen = {name: values.pop(name) for name in offered}
            return command(*args, **values, **{keyword: settings(**chosen)})

        decorated: Any = wrapper
        for name in reversed(offered):
            decorated = _option(fields[name], hints[name])(decorated)
        return typing.cast(F, decorated)

    return decorate


def _option(item: dataclasses.Field[Any], hint: Any) -> Callable[[Any], Any]:
    flag = "--" + (item.metadata["option"] or item.name).replace("_", "-")
    help_text = item.metadata["help"] + _range(item)
    default = item.default
    if isinstance(default, tuple):
        text, kind = ",".join(map(str, default)), Numbers(typing.get_args(hint)[0])
        return click.option(flag, item.name, type=kind, default=text, show_default=bool(text), help=help_text)
    if isinstance(default, bool):
        switch = f"{flag}/--no-{flag[2:]}"
        return click.option(switch, item.name, default=default, show_default=True, help=help_text)
    if item.metadata["choices"] is not None:
        kind_of_choice = click.Choice(item.metadata["choices"])
        return click.option(flag, item.name, type=kind_of_choice, default=default, show_default=True, help=help_text)
    return click.option(
        flag, item.name, type=_plain_type(hint), default=default, show_default=default is not None, help=help_text
    )


def _plain_type(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        hint = next(one for one in typing.get_args(hint) if one is not type(None))
    return PATH if hint is Path else hint


def _range(item: dataclasses.Field[Any]) -> str:
    """The bounds in words; the settings class checks them, with one message for every caller."""
    low, high = item.metadata["minimum"], item.metadata["maximum"]
    if low is None and high is None:
        return ""
    if high is None:
        return f" At least {low:g}."
    if low is None:
        return f" At most {high:g}."
    return f" From {low:g} to {high:g}."
