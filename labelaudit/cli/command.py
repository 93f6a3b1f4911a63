"""From a function and the names of its options to a command.

typer parses, shows help and completes; what values mean is read by `labelaudit.settings`, the same way
from every source.
"""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Annotated, Any

import typer
from typer.core import TyperCommand
from typer.main import get_command

from labelaudit.cli.options import SETTINGS
from labelaudit.errors import LabelAuditError
from labelaudit.settings import Option

CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"]}


class AsTyped:
    """Hands values over as they were typed, and shows no types in the help.

    typer would convert each value with pydantic, and loading that takes longer than all else in `--help`.
    """

    help_panel: str | None = None

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, the help option among them."""
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            if not isinstance(param.process_value, partial):  # asked for several times
                param.process_value = partial(_as_typed, param, param.process_value)
                param.display_type_rich = partial(_shown_type, param)
            if param.name == "help":
                param.rich_help_panel = self.help_panel
        return params


def _as_typed(param: Any, convert: Callable[[Any, Any], Any], ctx: Any, value: Any) -> Any:
    if param.required and param.value_is_missing(value):
        return convert(ctx, value)  # typer's error
    return param.callback(ctx, param, value) if param.callback is not None else value


def _shown_type(param: Any, ctx: Any) -> str | None:
    return param.metavar if param.param_type_name == "option" else None


class AuditCommand(AsTyped, TyperCommand):
    """Any of our commands."""

    help_panel = SETTINGS
    declared: tuple[Option, ...] = ()


def as_command(name: str, options: Iterable[Option]) -> Callable[[Callable[..., int]], AuditCommand]:
    """Make a command of a function that takes its options as `**given`.

    Args:
        name: what the command is called.
        options: what it takes; `given` has those that were typed, by their Python names.

    Returns:
        A decorator. The function's docstring is the help, its number the exit code.
    """

    def decorate(function: Callable[..., int]) -> AuditCommand:
        own = [
            p
            for p in inspect.signature(function, eval_str=True).parameters.values()
            if p.kind != p.VAR_KEYWORD
        ]

        def run(**values: Any) -> int:
            try:
                return function(**{key: value for key, value in values.items() if value is not None})
            except LabelAuditError as error:
                if error.hint and "audit" in values:  # so that it can be pasted
                    error.hint = re.sub(r"\bAUDIT\b", lambda _: shlex.quote(values["audit"]), error.hint)
                raise

        run.__doc__ = function.__doc__
        declared = tuple(options)
        typed = [option for option in declared if option.kind != "table"]
        run.__signature__ = inspect.Signature([*own, *map(_parameter, typed)])  # type: ignore[attr-defined]
        app = typer.Typer(add_completion=False, rich_markup_mode="rich")
        app.command(name, cls=AuditCommand, context_settings=CONTEXT)(run)
        command = get_command(app)
        assert isinstance(command, AuditCommand)
        command.declared = declared
        return command

    return decorate


def _parameter(option: Option) -> inspect.Parameter:
    names = [f"--{option.dashed}"]
    if option.kind == "flag" and option.pinned:
        names = [f"--{option.dashed}/--no-{option.dashed}"]
    if option.short:
        names.append(option.short)
    types: dict[str, Any] = {"flag": bool, "list": list[str], "reports": list[str]}
    info = typer.Option(
        *names,
        help=option.help + _values(option),
        metavar=option.metavar,
        rich_help_panel=option.panel,
        autocompletion=_completion(option.choices) if option.choices else None,
    )
    annotation: Any = Annotated[types.get(option.kind, str) | None, info]
    return inspect.Parameter(option.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _values(option: Option) -> str:
    """Choices and default, where neither the metavar nor the help tells them."""
    told = ""
    if option.kind == "choice" and "|" not in option.metavar:
        told += f" One of {', '.join(option.choices)}."
    if isinstance(option.default, str) and option.default != "auto":
        told += f" Default {option.default}."
    return told


def _completion(choices: Sequence[str]) -> Callable[[str], list[str]]:
    def matching(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete)]

    return matching
