"""The hook of pre-commit: `labelaudit scan` of what a commit changes, and nothing is written.

It is no command of `labelaudit`: `.pre-commit-hooks.yaml` runs this module. pre-commit hands it the files
that the commit touches, behind the `args` of its configuration.
"""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from labelaudit.cli import scan
from labelaudit.cli.app import AuditGroup
from labelaudit.cli.command import as_command
from labelaudit.cli.options import OF_SCAN
from labelaudit.cli.run import messages_of, settings_of
from labelaudit.cli.streams import STDOUT
from labelaudit.config import InputOptions
from labelaudit.errors import AmbiguousInputError, ColumnNotFoundError, GitError, IdError

FROM_REF = "PRE_COMMIT_FROM_REF"
"""Set by pre-commit before a push, and for `pre-commit run --from-ref REF --to-ref HEAD`."""
TOP = "25"
WRITES_NOTHING = {"save": False, "report": [], "summary": False, "output": STDOUT}
BY_FOLDER = (
    "this hook sees the changed files alone; if others belong to them, name their folder in "
    ".pre-commit-config.yaml: args: [data/] and pass_filenames: false"
)


@as_command("pre-commit", OF_SCAN)
def command(
    paths: Annotated[list[str] | None, typer.Argument(metavar="PATH", help="Files and folders.")] = None,
    **given: Any,
) -> int:
    """Judge the rows that a commit changes; write nothing."""
    named = paths or []
    defaults = {"against": os.environ.get(FROM_REF) or "HEAD", "output_format": "concise", "top": TOP}
    given = defaults | given | WRITES_NOTHING
    settings = settings_of(given, named)
    _refuse_first_commit(settings["against"], named)
    files = [path for path in named if Path(path).is_file()]
    without = _without_labels(files, settings["against"], settings.into(InputOptions))
    if files and len(without) == len(named):
        messages_of(settings).say(f"no labels in {', '.join(files)}: nothing to judge")
        return 0
    assert scan.command.callback is not None
    run = inspect.unwrap(scan.command.callback)  # typer's wrapper would take an empty list for none
    try:
        return int(run(paths=named, **given))
    except (ColumnNotFoundError, AmbiguousInputError, IdError) as error:
        if files:
            error.hint = f"{BY_FOLDER}\nhint: {error.hint}"
        raise


def _refuse_first_commit(against: str, paths: list[str]) -> None:
    from labelaudit.io.git.commits import known_commit
    from labelaudit.io.git.repository import repository_of

    near = Path(paths[0]) if paths else Path()
    if against == "HEAD" and known_commit(repository_of(near), against) is None:
        raise GitError(
            "there is no commit yet to compare with",
            hint="make the first one by SKIP=labelaudit git commit; labelaudit scan judges all rows",
        )


def _without_labels(files: list[str], against: str, options: InputOptions) -> list[str]:
    """The files that hold no labels.

    Raises:
        ColumnNotFoundError: one held some: a renamed column must not pass as a file of another kind.
    """
    from labelaudit.io.discover import tables_under
    from labelaudit.io.roles import roles_of
    from labelaudit.old_versions import old_tables

    without = [
        file
        for file in files
        if all(roles_of(table, options).label is None for table in tables_under([Path(file)]))
    ]
    if without:
        with old_tables(against, without) as (_, tables, _):
            lost = next((table for table in tables if roles_of(table, options).label is not None), None)
        if lost is not None:
            raise ColumnNotFoundError(
                f"has labels in column '{roles_of(lost, options).label}', which the commit takes away",
                file=lost.name,
                hint="name it: args: [--label-col, NAME]; if there is none, SKIP=labelaudit git commit",
            )
    return without


class _Hook(AuditGroup):
    """This command alone, with the exit codes of all."""

    def get_command(self, _ctx: Any, _name: str) -> Any:
        return command


def main(words: list[str]) -> None:
    """Judge what pre-commit names, and exit."""
    try:
        _Hook(name="labelaudit").main(["pre-commit", *words])
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 0)  # for Arrow's threads, as `labelaudit` does


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
