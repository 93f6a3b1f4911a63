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
    "fused",
    "prune-by-noise-rate",
    "prune-by-class",
    "both",
    "confident-learning",
    "predicted-neq-given",
    "low-normalized-margin",
    "low-self-confidence",
]
RankBy = Literal[
    "fused",
    "self-confidence",
    "normalized-margin",
    "entropy",
    "em",
    "pool",
    "mix",
    "self",
    "knn",
    "spreading",
    "relation-graph",
    "kernel-density",
]
Metric = Literal["cosine", "euclidean"]
Collision = Literal["cleanlab", "paper"]
Backend = Literal["stream", "cleanlab"]
OnFault = Literal["error", "skip"]
PredictFrom = Literal["embeddings", "text", "columns"]
StdinFormat = Literal["csv", "tsv", "jsonl", "arrow", "parquet"]

FILTERS: tuple[Filter, ...] = get_args(Filter)
SCORER_NAMES: tuple[RankBy, ...] = get_args(RankBy)
BY_PROBABILITIES: tuple[RankBy, ...] = ("self-confidence", "normalized-margin", "entropy")
"""Scorers that look at a row's own probabilities alone, as cleanlab's do."""
ALLOWABLE: tuple[str, ...] = ("LA903", "LA904", "LA909")
"""Rules at the door that `--allow` may turn from an error into a notice."""
BASELINE_FILE = "labelaudit.baseline.json"
IGNORE_FILE = "labelaudit.ignore.toml"
DEFAULT_CHANGES_RATE = 0.05
"""The limit on changed rows where an old version is named and no limit is."""


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

    filter: Filter | None = None
    rank_by: RankBy | None = None
    scorers: tuple[str, ...] = ()
    class_shares: tuple[str, ...] = ()
    metric: Metric | None = None
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
            "rank_by": SCORER_NAMES,
            "metric": get_args(Metric),
            "collision": get_args(Collision),
            "backend": get_args(Backend),
            "on_bad_row": get_args(OnFault),
            "on_missing_label": get_args(OnFault),
        }
        for name, known in choices.items():
            if getattr(self, name) is not None:
                _refuse_unknown(name, getattr(self, name), known)
        for code in self.allow:
            _refuse_unknown("allow", code, ALLOWABLE)
        for name in self.scorers:
            _refuse_unknown("scorers", name, SCORER_NAMES)
        if self.backend == "cleanlab" and not {self.ranking, *self.scorers} <= set(BY_PROBABILITIES):
            raise ConfigError(
                "cleanlab has no such score",
                hint=f"with --backend cleanlab, rank by one of {', '.join(BY_PROBABILITIES)}",
            )
        if self.flagging == "fused" and self.ranking in BY_PROBABILITIES:
            raise ConfigError(
                f"filter 'fused' with rank_by '{self.ranking}'",
                hint="drop --rank-by, or name a confident-learning filter",
            )
        for name in ("workers", "batch_rows"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} is {getattr(self, name)}", hint="give 0 (choose for me) or more")

    @property
    def ranking(self) -> RankBy:
        """The scorer that ranks: `rank_by`, else the best there is for the backend."""
        return self.rank_by or ("fused" if self.backend == "stream" else "self-confidence")

    @property
    def flagging(self) -> Filter:
        """The filter that decides: `filter`, else the fused score where it is made.

        Example:
            >>> AuditOptions().flagging, AuditOptions(rank_by="entropy").flagging
            ('fused', 'prune-by-noise-rate')
        """
        return self.filter or ("prune-by-noise-rate" if self.ranking in BY_PROBABILITIES else "fused")

    @property
    def confident_filter(self) -> Filter:
        """The confident-learning filter, which is a reason where it does not decide."""
        return "prune-by-noise-rate" if self.flagging == "fused" else self.flagging

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
