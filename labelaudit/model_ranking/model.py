"""The answer of `rank-models`: how models stand on the given and on the reviewed labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from labelaudit.errors import ConfigError
from labelaudit.model_ranking.label_codes import ClassesBy
from labelaudit.types import AnyArray, FloatArray, FloatMatrix, Frozen, Notice

Metric = Literal["accuracy", "balanced_accuracy", "macro_f1"]
Labels = Literal["given", "reviewed"]

METRICS: tuple[Metric, ...] = ("accuracy", "balanced_accuracy", "macro_f1")
LABELS: tuple[Labels, ...] = ("given", "reviewed")


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingOptions:
    """Who must agree on a reviewed label, and how intervals are made."""

    min_reviewers: int = 1
    min_agreement: float = 0.5
    split: str | None = None  # rows of this split only
    confidence: float = 0.9
    draws: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what gives no interval."""
        if not 0.5 <= self.confidence < 1:
            raise ConfigError(f"confidence is {self.confidence:g}", hint="give a level from 0.5 to below 1")
        if not 100 <= self.draws <= 100_000:
            raise ConfigError(f"draws is {self.draws}", hint="give 100 to 100000")
        if self.seed < 0:
            raise ConfigError(f"seed is {self.seed}", hint="give 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions(Frozen):
    """What one model says of the rows."""

    name: str
    file: str
    predicted: AnyArray  # (n,) class numbers, in the order of the audit's rows
    found_by: str  # the columns, for people
    has_ids: bool = True  # whether rows are known by id; else by their order alone
    classes_by: ClassesBy = "name"
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A metric of one model, with its interval and its place among the models."""

    value: float
    low: float
    high: float
    rank: int  # from 1; equal values share the better rank


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedModel:
    """One model on both kinds of labels."""

    name: str
    file: str
    given: Mapping[Metric, Measure]
    reviewed: Mapping[Metric, Measure]
    accuracy_on_right: float | None  # on rows whose given label is not known to be wrong
    accuracy_on_errors: float | None  # on the label errors, by their reviewed labels
    errors_repeated: float | None  # share of the label errors where it says the wrong given label

    def on(self, labels: Labels) -> Mapping[Metric, Measure]:
        """Its metrics on one kind of labels."""
        return self.given if labels == "given" else self.reviewed


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """By how much one model leads another, from the same resampled rows."""

    first: str
    second: str
    labels: Labels
    metric: Metric
    value: float  # first minus second
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """The noise prevalence at which two models have the same expected accuracy on reviewed labels."""

    below: str  # ahead where fewer rows were originally wrong
    above: str  # ahead where more were
    prevalence: float  # in (0, 1)
    low: float  # the least and the largest prevalence at which either may be ahead
    high: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curves(Frozen):
    """Expected accuracy on reviewed labels by noise prevalence."""

    prevalence: FloatArray  # (G,) in [0, 1], ascending
    accuracy: FloatMatrix  # (models, G)
    low: FloatMatrix  # (models, G)
    high: FloatMatrix  # (models, G)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What people have made of the rows, and what nobody has looked at."""

    rows: int  # in scope: of the audit, or of the split
    used: int  # those that models are measured on
    reviewed: int  # rows with an outcome
    errors: int  # used rows whose reviewed label is another than the given one
    either: int  # used rows that may be the given or another class
    neither: int  # left out: of no class
    conflicts: int  # left out: reviewers do not agree
    outvoted: int  # rows whose outcome some reviewers did not vote for
    in_batch: int  # errors that nobody decided one by one: all who said so accepted a batch
    stale: tuple[str, ...]  # set aside: ids of rows that are gone or have another label now
    suspects: int
    suspects_reviewed: int
    expected_errors: float | None  # the audit's p_error summed over suspects that nobody reviewed

    @property
    def suspects_left(self) -> int:
        """Suspects that keep the given label because nobody has looked at them."""
        return self.suspects - self.suspects_reviewed

    @property
    def prevalence(self) -> float:
        """The noise prevalence: the share of originally wrong rows among those used."""
        return self.errors / self.used

    @property
    def most_change(self) -> float:
        """By how much the reviews that are missing could still move an accuracy, at most."""
        return self.suspects_left / self.used


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelRanking:
    """Models ranked by their accuracy on reviewed labels, best first."""

    models: tuple[RankedModel, ...]
    differences: tuple[Difference, ...]  # of every pair, the better on reviewed accuracy first
    crossings: tuple[Crossing, ...]  # nearest to the present prevalence first
    curves: Curves | None  # None without label errors
    review: Review
    options: RankingOptions
    n_classes: int
    notices: tuple[Notice, ...]

    @property
    def moved(self) -> tuple[str, ...]:
        """The models whose rank by accuracy is another on reviewed labels."""
        return tuple(
            model.name
            for model in self.models
            if model.given["accuracy"].rank != model.reviewed["accuracy"].rank
        )
