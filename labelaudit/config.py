"""Every option of an audit: its name, its values, its default.

An option is called the same here, on the command line (with dashes), in the environment
(`LABELAUDIT_...`) and in `labelaudit.toml`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal, get_args

from labelaudit.errors import ConfigError

Filter = Literal[
    "prune-by-noise-rate",
    "prune-by-class",
    "both",
    "confident-learning",
    "predicted-neq-given",
    "low-normalized-margin",
    "low-self-confidence",
]
RankBy = Literal["self-confidence", "normalized-margin", "entropy"]
Collision = Literal["cleanlab", "paper"]
Backend = Literal["stream", "cleanlab"]
OnFault = Literal["error", "skip"]
PredictFrom = Literal["embeddings", "text", "columns"]
StdinFormat = Literal["csv", "tsv", "jsonl", "arrow", "parquet"]

FILTERS: tuple[Filter, ...] = get_args(Filter)
ALLOWABLE: tuple[str, ...] = ("LA903", "LA904", "LA909")
"""Rules at the door that `--allow` may turn from an error into a notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputOptions:
    """Where labels, probabilities and embeddings are, and in which order the classes."""

    id_col: str | None = None
    label_col: str | None = None
    probs_col: str | None = None
    probs_prefix: str | None = None
    embedding_col: str | None = None
    split_col: str | None = None
    text_col: str | None = None
    image_col: str | None = None
    audio_col: str | None = None
    group_col: str | None = None
    classes: tuple[str, ...] | None = None
    positive_class: str | None = None
    row_order: bool = False
    stdin_format: StdinFormat | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictOptions:
    """How probabilities are predicted for data that has none; `predict_from` None chooses."""

    predict_from: PredictFrom | None = None
    folds: int = 5
    on_bad_row: OnFault = "error"
    on_missing_label: OnFault = "error"
    seed: int = 0
    workers: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no choice."""
        if self.predict_from is not None:
            _refuse_unknown("predict_from", self.predict_from, get_args(PredictFrom))
        _refuse_unknown("on_bad_row", self.on_bad_row, get_args(OnFault))
        _refuse_unknown("on_missing_label", self.on_missing_label, get_args(OnFault))
        if self.folds < 2:
            raise ConfigError(
                f"folds is {self.folds}", hint="give 2 or more: each row is predicted from the others"
            )
        if self.workers < 0:
            raise ConfigError(f"workers is {self.workers}", hint="give 0 (choose for me) or more")

    def worker_count(self) -> int:
        """Threads to use: `workers`, or one a core (at most 8) when it is 0."""
        return _worker_count(self.workers)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditOptions:
    """What is let through at the door, and how the rows are scored and flagged."""

    filter: Filter = "prune-by-noise-rate"
    rank_by: RankBy = "self-confidence"
    collision: Collision = "cleanlab"
    backend: Backend = "stream"
    per_split: bool = False
    allow: tuple[str, ...] = ()
    on_bad_row: OnFault = "error"
    on_missing_label: OnFault = "error"
    select: tuple[str, ...] = ("LA",)
    ignore: tuple[str, ...] = ()
    seed: int = 0
    workers: int = 0
    batch_rows: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no choice: a misspelt filter must not choose another one silently."""
        choices: dict[str, tuple[str, ...]] = {
            "filter": FILTERS,
            "rank_by": get_args(RankBy),
            "collision": get_args(Collision),
            "backend": get_args(Backend),
            "on_bad_row": get_args(OnFault),
            "on_missing_label": get_args(OnFault),
        }
        for name, known in choices.items():
            _refuse_unknown(name, getattr(self, name), known)
        for code in self.allow:
            _refuse_unknown("allow", code, ALLOWABLE)
        for name in ("workers", "batch_rows"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} is {getattr(self, name)}", hint="give 0 (choose for me) or more")

    def selects(self, code: str) -> bool:
        """Whether a rule is wanted: by the longest matching prefix, `ignore` winning a tie.

        Example:
            >>> AuditOptions(ignore=("LA9",)).selects("LA907")
            False
        """
        chosen = max((len(p) for p in self.select if code.startswith(p)), default=-1)
        ignored = max((len(p) for p in self.ignore if code.startswith(p)), default=-1)
        return chosen > ignored

    def shows(self, code: str) -> bool:
        """Whether a notice is wanted: those without an LA code always are."""
        return not code.startswith("LA") or self.selects(code)

    def worker_count(self) -> int:
        """Threads to use: `workers`, or one a core (at most 8) when it is 0."""
        return _worker_count(self.workers)


def _worker_count(workers: int) -> int:
    return workers or min(8, os.cpu_count() or 1)


def _refuse_unknown(option: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigError(f"{option} cannot be '{value}'", hint=f"choose one of {', '.join(known)}")
