"""Writes the pages that list what the program has: commands, rules, errors, settings, scorers, the picture.

`make docs` runs it; a test holds the pages to it.
"""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = Path(__file__).parent
MADE = "<!-- made by docs/generate.py: change the program, then run make docs -->\n\n"


def commands_page() -> str:
    """The help of every command."""
    from labelaudit.cli.app import COMMANDS
    from labelaudit.cli.review import SUBCOMMANDS

    env = {**os.environ, "TERMINAL_WIDTH": "100", "NO_COLOR": "1", "TERM": "dumb"}
    env.pop("FORCE_COLOR", None)
    parts = ["# Commands\n"]
    for command in ("", *COMMANDS, *(f"review {name}" for name in SUBCOMMANDS)):
        words = [sys.executable, "-m", "labelaudit", *command.split(), "--help"]
        run = subprocess.run(words, capture_output=True, text=True, check=True, env=env)
        text = "\n".join(line.rstrip() for line in run.stdout.strip("\n").splitlines())
        parts.append(f"## {' '.join(['labelaudit', command]).strip()}\n\n```text\n{text}\n```\n")
    return MADE + "\n".join(parts)


def rules_page() -> str:
    """Every LA code."""
    from labelaudit.rules import RULES

    parts = [
        "# Rules\n\n`labelaudit rule CODE` prints the same. Exit code 2 goes with every error.\n",
        "| code | name | meaning | outcome |\n|---|---|---|---|",
    ]
    parts += [
        f"| {r.code} | {r.name} | {r.summary} | {r.outcome if r.raised else 'not raised yet'} |"
        for r in RULES.values()
    ]
    for rule in RULES.values():
        parts.append(f"\n## {rule.code} {rule.name}\n\n{rule.explanation}\n\n**Mend:** {rule.mend}")
    return MADE + "\n".join(parts) + "\n"


def errors_page() -> str:
    """Every error code."""
    from labelaudit.errors import ALL_ERRORS

    parts = [
        "# Errors\n",
        "Every error exits with 2 and reads `error[CODE]: FILE, column 'C', row R (line L): what is wrong`,",
        "then `hint: the mend`. Rows count from 0, lines from 1.\n",
        "| code | Python class | when |\n|---|---|---|",
    ]
    for error in ALL_ERRORS:
        parts.append(f"| `{error.code}` | `{error.__name__}` | {inspect.getdoc(error)} |")
    return MADE + "\n".join(parts) + "\n"


def scorers_page() -> str:
    """Every scorer and filter."""
    from labelaudit.config import BY_PROBABILITIES, FILTERS, SCORER_NAMES
    from labelaudit.scorers import GRAPH_SCORERS

    told = {name: scorer_in_words(name) for name in SCORER_NAMES}
    parts = [
        "# Scorers and filters\n",
        "A score is in [0, 1], low is suspicious. `--rank-by NAME` chooses the one that ranks, by default",
        "`fused`; `--scorers NAMES` puts others beside it, a column each in `scores.parquet`.",
        "[How it works](how-it-works.md) tells how they hang together.\n",
        "| scorer | looks at | in short |\n|---|---|---|",
    ]
    for name, (short, _) in told.items():
        needs = "all rows and their neighbours" if name in GRAPH_SCORERS else "the probabilities of all rows"
        sees = "the row's own probabilities" if name in BY_PROBABILITIES else needs
        parts.append(f"| `{name}` | {sees} | {short} |")
    parts.append("\nNeighbours need embeddings; without them `fused` is `em`.")
    parts += [f"\n## `{name}`\n\n{long}" for name, (_, long) in told.items()]
    parts += [
        "\n## Filters\n\n`--filter NAME` chooses which rows are suspects: by default `fused`, and",
        "`prune-by-noise-rate` where one of cleanlab's scores ranks. All but `fused` are cleanlab 2.9's,",
        "ties going by row.\n",
        "| filter | which rows |\n|---|---|",
    ]
    parts += [f"| `{name}` | {FILTERS_IN_WORDS[name]} |" for name in FILTERS]
    return MADE + "\n".join(parts) + "\n"


def scorer_in_words(name: str) -> tuple[str, str]:
    """A scorer in a sentence, and in full: the docstrings of its module and of what computes it."""
    from labelaudit.kernels import em
    from labelaudit.scorers import BATCH_SCORERS, GRAPH_SCORERS, ROW_SCORERS

    scorers = {**ROW_SCORERS, **BATCH_SCORERS, **GRAPH_SCORERS}
    sources = [type(scorers[name])] if name in scorers else [em.em_scores, em.fit_em]
    module = inspect.getdoc(inspect.getmodule(sources[0])) or ""
    whole = [(inspect.getdoc(source) or "").partition("\n\nArgs:")[0] for source in sources]
    return module.partition("\n\n")[0], "\n\n".join(whole)


FILTERS_IN_WORDS = {
    "fused": "rows whose chance of error, by FUSE or without embeddings by EM, is above one half",
    "prune-by-noise-rate": "for each pair of classes as many rows as the joint counts, largest margins first",
    "prune-by-class": "for each class as many rows as the joint calls wrong, lowest self-confidence first",
    "both": "rows that both of the former flag",
    "confident-learning": "rows in which the model is confident of another class",
    "predicted-neq-given": "rows whose most probable class is not the given one",
    "low-normalized-margin": "as many rows as `confident-learning` flags, lowest margin first",
    "low-self-confidence": "as many rows as `confident-learning` flags, lowest self-confidence first",
}


def settings_page() -> str:
    """What `labelaudit init` writes."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "labelaudit", "init", folder, "-q"], check=True, capture_output=True
        )
        text = Path(folder, "labelaudit.toml").read_text(encoding="utf-8")
    return (
        f"{MADE}# Settings\n\nEvery option can be pinned. Command line, `LABELAUDIT_*` environment,\n"
        "`--config FILE`, `labelaudit.toml` and `[tool.labelaudit]` in pyproject.toml count in this order;\n"
        f"`--show-settings` tells which did. `labelaudit init` writes this file:\n\n```toml\n{text}```\n"
    )


def picture() -> str:
    """The table of `labelaudit scan sample_data/digits` as SVG."""
    from rich.console import Console

    import labelaudit
    from labelaudit.report.model import report_of
    from labelaudit.report.terminal import table

    with labelaudit.open_dataset(["sample_data/digits"]) as dataset:
        report = report_of(labelaudit.audit(dataset), top=10)
        console = Console(record=True, width=84, file=StringIO(), force_terminal=True)
        console.print("[bold green]$[/] make scan\n")
        console.print(table(report))
    svg = console.export_svg(title="labelaudit scan sample_data/digits", unique_id="labelaudit")
    # The picture must not fetch a font from anywhere.
    return re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL).replace(
        "Fira Code", "ui-monospace, Menlo, Consolas"
    )


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "errors.md": errors_page,
    "rules.md": rules_page,
    "scan.svg": picture,
    "scorers.md": scorers_page,
    "settings.md": settings_page,
}


def main() -> None:
    """Write all pages."""
    os.chdir(ROOT)
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
        print(f"docs/{name}")


if __name__ == "__main__":
    main()
