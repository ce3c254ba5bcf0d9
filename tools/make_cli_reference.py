"""Rewrite docs/reference/cli.md from the commands' own help; a test compares them."""

from __future__ import annotations

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
    contexts = [("sgnet", cli, root)]
    for name in cli.list_commands(root):
        command = cli.get_command(root, name)
        assert command is not None
        contexts.append((f"sgnet {name}", command, click.Context(command, info_name=name, parent=root)))
    for title, command, context in contexts:
        parts.append(f"## {title}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
