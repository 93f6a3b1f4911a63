"""The app. Exit codes are decided here and nowhere else, so that tests and the real process agree."""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from itertools import pairwise
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from labelaudit.cli import version_line
from labelaudit.cli.command import CONTEXT, AsTyped
from labelaudit.cli.streams import flush_streams, prepare_streams, wants_color, write_stderr
from labelaudit.errors import LabelAuditError, OutputError, UsageError

COMMANDS = (
    "scan",
    "validate",
    "check",
    "baseline",
    "diff",
    "apply",
    "export",
    "predict",
    "selftest",
    "rank-models",
    "explain",
    "report",
    "review",
    "rule",
    "init",
)

EXIT_DONE = 0  # and 1 is what a command returns when the gate said no
EXIT_REFUSED = 2
EXIT_BUG = 3
EXIT_INTERRUPTED = 130

_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_BUG = "this is a bug in labelaudit, please report it with the lines above and the command you ran"


class AuditGroup(AsTyped, TyperGroup):
    """All commands; the one place where the end of a run becomes an exit code."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands.update(dict.fromkeys(COMMANDS))  # type: ignore[arg-type]  # names, for "did you mean"

    def get_command(self, _ctx: Any, cmd_name: str) -> Any:
        """Import a command when it is asked for."""
        if cmd_name not in COMMANDS:
            return None
        return import_module(f"labelaudit.cli.{cmd_name.replace('-', '_')}").command

    def main(self, args: Sequence[str] | None = None, *_: Any, **extra: Any) -> NoReturn:
        """Run a command and leave the process with its code."""
        arguments = list(sys.argv[1:] if args is None else args)
        prepare_streams()
        extra |= {"prog_name": "labelaudit", "standalone_mode": False}
        try:
            code = super().main(arguments, **extra) or EXIT_DONE
            flush_streams()
        except BaseException as error:
            code = _code_of(error, color=wants_color(sys.stderr, _color_typed(arguments)))
            with suppress(OutputError):
                flush_streams()
        if code == EXIT_INTERRUPTED:
            write_stderr("interrupted", color=False)
        sys.exit(code)


def _code_of(error: BaseException, *, color: bool) -> int:
    """Tell what ended a run, and with which code it leaves."""
    code, message = EXIT_REFUSED, str(error)
    match error:
        case LabelAuditError():
            pass
        case typer.TyperException():
            message = str(_as_ours(error))
        case OSError() if error.errno in _UNWRITABLE:
            message = str(OutputError(error.strerror or "cannot be written", file=error.filename))
        case KeyboardInterrupt():
            code, message = EXIT_INTERRUPTED, ""
        case SystemExit():  # typer and rich leave a closed pipe with 1, which is the gate's
            piped = isinstance(error.__context__, BrokenPipeError)
            code, message = EXIT_DONE if piped or not error.code else EXIT_REFUSED, ""
        case _:
            code, message = EXIT_BUG, "".join(traceback.format_exception(error)) + _BUG
    if message:
        write_stderr(message, color=color)
    return code


def _as_ours(error: typer.TyperException) -> UsageError:
    """A complaint of the parser in the form of all errors."""
    ctx = getattr(error, "ctx", None)
    near = getattr(error, "possibilities", None)
    if near:
        return UsageError(error.message, hint=f"did you mean {' or '.join(near)}?")
    return UsageError(error.format_message(), hint=f"{ctx.command_path if ctx else 'labelaudit'} --help")


def _color_typed(arguments: Sequence[str]) -> str:
    """The value of --color, also where the command line as a whole is wrong."""
    asked = "auto"
    for word, following in pairwise([*arguments, ""]):
        if word.startswith("--color="):
            asked = word.removeprefix("--color=")
        elif word == "--color":
            asked = following
    return asked


app = typer.Typer(
    name="labelaudit",
    cls=AuditGroup,
    invoke_without_command=True,
    context_settings=CONTEXT,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(version_line())
        raise typer.Exit


@app.callback()
def top(
    ctx: typer.Context,
    _version: Annotated[
        bool | None,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            metavar="",
            help="Print the version and stop.",
        ),
    ] = None,
) -> int:
    """Find, rank and mend label errors: Parquet or CSV in, ranked suspects out.

    Examples:
      labelaudit scan data/                          audit all tables in a folder
      labelaudit scan labels.csv pred_probs.parquet  labels here, probabilities there
      labelaudit explain labelaudit-out img-17       why is this row listed?
    """
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        return EXIT_REFUSED
    return EXIT_DONE
