"""From settings to a gate: what is asked, what hides suspects, what the dataset is compared with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from labelaudit.config import BASELINE_FILE, DEFAULT_CHANGES_RATE, IGNORE_FILE, InputOptions
from labelaudit.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from labelaudit.auditing import Audit
    from labelaudit.gate import GateOptions, Limit
    from labelaudit.old_versions import OldVersion
    from labelaudit.settings import Settings
    from labelaudit.standing import Hiding
    from labelaudit.types import About, HashArray, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """All that a gate needs but the audit; read before the work, so that what is wrong is told at once."""

    options: GateOptions
    hiding: Hiding
    old: OldVersion | None = None
    item_columns: frozenset[str] | None = None  # of the dataset as it is
    contents: HashArray | None = None  # (rows,) of the item columns that both versions have, if not all

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to judge or to hide."""
        hiding = self.hiding
        return bool(self.options.declared or self.old or hiding.baseline or hiding.ignores or hiding.outcomes)

    def check(self, classes: Sequence[str], splits: Sequence[str]) -> None:
        """Refuse limits on what does not exist: told before the work, not after it.

        Raises:
            ConfigError: a class, a split or a rule that nothing can belong to, or no baseline.
        """
        from labelaudit.gate import Tally, gate_of
        from labelaudit.reasons import CODES

        nothing = Tally(
            rows=0,
            suspects=0,
            rows_by_class=dict.fromkeys(classes, 0),
            suspects_by_class={},
            rows_by_split=dict.fromkeys(splits, 0),
            suspects_by_rule=dict.fromkeys(CODES, 0),
            new=None if self.hiding.baseline is None else 0,
        )
        gate_of(self.options, {"dataset": nothing, "changes": nothing})

    def judged(self, audit: Audit) -> Audit:
        """The audit with its verdict, and with what hides each suspect."""
        from dataclasses import replace

        from labelaudit.gated import against, gated, ignored_prints

        hiding = replace(self.hiding, ignored_prints=ignored_prints(audit))
        if not (self.is_needed or hiding.ignored_prints):
            return audit
        old = (
            None
            if self.old is None
            else against(audit, self.old, item_columns=self.item_columns, contents=self.contents)
        )
        return gated(audit, self.options, hiding, against=old)


def gate_options_of(settings: Settings) -> GateOptions:
    """The limits: those of the command line first, then those of the tables of a file.

    Raises:
        ConfigError: a limit that is none, or one on changed rows without an old version.
    """
    from labelaudit.gate import GateOptions, Limit

    limits = {(limit.scope, limit.about, limit.of): limit for limit in reversed([*_limits(settings)])}
    if settings["against"] is None and any(scope == "changes" for scope, _, _ in limits):
        raise ConfigError(
            "limits on changed rows, and no old version to compare with",
            hint="name it: --against origin/main, or --against FILE",
        )
    if settings["against"] is not None and not any(scope == "changes" for scope, _, _ in limits):
        default = Limit(scope="changes", max_rate=DEFAULT_CHANGES_RATE)
        limits["changes", "all", None] = default
    return GateOptions(limits=tuple(reversed(limits.values())), confidence=settings["confidence"])


def _limits(settings: Settings) -> Iterator[Limit]:
    from labelaudit.gate import Limit, limit_of, limits_of_table, named_limit_of

    scope: Scope = "dataset" if settings["against"] is None else "changes"
    if settings["fail_over"] is not None:
        yield limit_of(settings["fail_over"], scope=scope)
    abouts: tuple[About, ...] = ("class", "split", "rule")
    for about in abouts:
        named = [named_limit_of(t, scope=scope, about=about) for t in settings[f"fail_over_{about}"]]
        for name, count in Counter(limit.of for limit in named).items():
            if count > 1:
                raise ConfigError(f"two limits on the {about} '{name}'", hint="keep one")
        yield from named
    if settings["fail_on_new"]:
        yield Limit(scope=scope, about="new", max_count=0)
    yield from limits_of_table(settings["gate_changes"], "changes")
    yield from limits_of_table(settings["gate_dataset"], "dataset")


def hiding_of(settings: Settings, folder: str | None, gate: GateOptions) -> Hiding:
    """Baseline, ignore file and decisions: those that are named, else those that lie where they belong.

    Args:
        settings: of the run.
        folder: of the audit, where decisions lie.
        gate: a line that is no decision may have taken one back: where a gate decides, it is an error.
    """
    from labelaudit.baseline import read_baseline
    from labelaudit.decisions import outcomes_of, read_decisions
    from labelaudit.ignores import read_ignores
    from labelaudit.standing import Hiding
    from labelaudit.store import DECISIONS

    baseline, ignores = (
        _file(settings["baseline"], BASELINE_FILE),
        _file(settings["ignore_file"], IGNORE_FILE),
    )
    decisions = []
    if folder is not None:
        decisions = read_decisions(Path(folder, DECISIONS), strict=gate.declared)
    return Hiding(
        today=date.today(),
        baseline=None if baseline is None else read_baseline(baseline),
        ignores=None if ignores is None else read_ignores(ignores),
        outcomes=outcomes_of(decisions),
    )


def _file(named: str | None, default: str) -> Path | None:
    if named is not None:
        return Path(named)
    return Path(default) if Path(default).exists() else None


def old_version_of(
    settings: Settings,
    paths: Sequence[str],
    options: InputOptions,
    classes: Sequence[str],
    without: Sequence[str],
    label_files: Sequence[str],
    item_columns: Collection[str] | None,
) -> OldVersion | None:
    """What `--against` names; None where nothing is named."""
    if settings["against"] is None:
        return None
    if settings["against"] in ("", "origin/"):
        raise UsageError(
            f"--against '{settings['against']}' names nothing",
            hint="name a branch, as in origin/main; is a variable not set?",
        )
    from labelaudit.old_versions import old_version

    return old_version(
        settings["against"],
        paths,
        options,
        classes,
        without=without,
        label_files=label_files,
        item_columns=item_columns,
    )
