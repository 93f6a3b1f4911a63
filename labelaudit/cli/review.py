"""`labelaudit review`: the commands with which people decide."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from labelaudit.cli.command import CONTEXT, AsTyped

SUBCOMMANDS = ("serve", "page", "terminal", "merge", "stats")
"""In the order of the help."""
EXIT_REFUSED = 2


class ReviewGroup(AsTyped, TyperGroup):
    """The commands below `review`, each imported when it is asked for."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands.update(dict.fromkeys(SUBCOMMANDS))  # type: ignore[arg-type]  # names, for "did you mean"

    def get_command(self, _ctx: Any, cmd_name: str) -> Any:
        """Import a command."""
        known = cmd_name in SUBCOMMANDS
        return import_module(f"labelaudit.cli.review_{cmd_name}").command if known else None


_app = typer.Typer(
    name="review",
    cls=ReviewGroup,
    invoke_without_command=True,
    add_completion=False,
    context_settings=CONTEXT,
    rich_markup_mode="rich",
)


@_app.callback()
def _review(ctx: typer.Context) -> int:
    """Decide on suspects, and measure what was decided.

    Decisions are appended to decisions.jsonl in the audit's folder; apply makes corrected labels of them.

    Examples:
      labelaudit review serve labelaudit-out                     a page in the browser, one key a decision
      labelaudit review serve labelaudit-out --queue sample=100  then stats tells how many labels are wrong
      labelaudit review stats labelaudit-out
    """
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        return EXIT_REFUSED
    return 0


command = get_command(_app)
