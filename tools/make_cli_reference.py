"""Rewrite docs/reference/cli.md from the commands' own help; a test compares them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from sgnet.cli.main import cli

TARGET = Path(__file__).parents[1] / "docs" / "reference" / "cli.md"
WIDTH = 100


def reference() -> str:
    """The help of ``sgnet`` and of each command, as Markdown."""
    parts = [
        "# Command line\n\nThe help texts of `sgnet` and its commands; written by `tools/make_cli_reference.py`.\n"
    ]
    settings = {**cli.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    root = click.Context(cli, info_name="sgnet", **settings)
    for context in contexts(root):
        parts.append(f"## {context.command_path}\n\n```text\n{context.command.get_help(context)}\n```\n")
    return "\n".join(parts)


def contexts(context: click.Context) -> Iterator[click.Context]:
    """The context of a command and of every command below it."""
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            assert command is not None
            yield from contexts(click.Context(command, info_name=name, parent=context))


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
