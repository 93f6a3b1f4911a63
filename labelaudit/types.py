"""The vocabulary: array types and the small frozen values that flow through labelaudit.

Arrays inside a value are read-only. Scores are in [0, 1] and low is suspicious; a flag is a
bool; classes are numbered 0..K-1 in the order of the probability columns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
FloatMatrix: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
AnyArray: TypeAlias = npt.NDArray[Any]
HashArray: TypeAlias = npt.NDArray[np.uint64]


class Frozen:
    """Makes the arrays inside a frozen dataclass read-only."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for item in fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the user should know although nothing is wrong.

    `code` is an LA rule or a few words with dashes; `count` says how many rows or classes it
    is about, where that means anything.
    """

    code: str
    message: str
    count: int | None = None

    def __str__(self) -> str:
        return f"notice[{self.code}]: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClassSums(Frozen):
    """How many rows each class has, and how sure the model is of them.

    `sums` are self-confidences rounded to units of 2**-32, so that they add up to the same
    bits in any order.
    """

    counts: IntArray  # (K,)
    sums: IntArray  # (K,) in units of 2**-32


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConfidentJoint(Frozen):
    """The confident joint and what follows from it (Northcutt, Jiang, Chuang 2021, section 3.1).

    Rows are given labels and columns true labels, everywhere.
    """

    thresholds: FloatArray  # (K,) mean self-confidence of a class; 2 for a class without rows
    raw: IntArray  # (K, K) counted, diagonal at least 1
    calibrated: IntArray  # (K, K) rows sum to the class counts
    joint: FloatMatrix  # (K, K) sums to 1
    noise_matrix: FloatMatrix  # (K, K) P(given | true), columns sum to 1
    inverse_noise_matrix: FloatMatrix  # (K, K) P(true | given), rows sum to 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowView(Frozen):
    """What is kept of every row once its probabilities have been read: about 22 bytes.

    `rival` is the strongest class other than the given one, `runner_up` the second strongest
    class of all.
    """

    given: AnyArray  # (N,) small ints
    rival: AnyArray  # (N,) small ints
    runner_up: AnyArray  # (N,) small ints
    self_confidence: FloatArray  # (N,) p[given]
    rival_prob: FloatArray  # (N,) p[rival]

    @property
    def predicted(self) -> AnyArray:
        """(N,) the most probable class; the first one when tied."""
        given_wins = (self.self_confidence > self.rival_prob) | (
            (self.self_confidence == self.rival_prob) & (self.given < self.rival)
        )
        return np.where(given_wins, self.given, self.rival)

    @property
    def normalized_margin(self) -> FloatArray:
        """(N,) in [0, 1]: (p[given] - p[rival] + 1) / 2."""
        return (self.self_confidence - self.rival_prob + 1) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """One file that was read: what `summary.json` says of it."""

    path: str
    sha256: str
    rows: int
    columns: tuple[str, ...]
    roles: tuple[str, ...] = ()  # "labels", "probabilities", "embeddings"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """One line of `classes.csv`."""

    name: str
    n: int
    threshold: float | None
    suspects: int
    suspect_rate: float
    est_noise_rate: float | None
    most_confused_with: str | None
    confused_count: int
    mean_label_quality: float | None
    split: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JointCell:
    """One non-zero cell of the calibrated joint: a line of `joint.csv`."""

    given_label: str
    true_label: str
    count: int
    joint_prob: float
    noise_prob: float
    inverse_noise_prob: float
    split: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Rows by label quality, in equal bins from 0 to 1."""

    rows: tuple[int, ...]
    suspects: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """One flagged row, the columns of `suspects.*` (contract, section 4)."""

    rank: int
    id: str
    file: str
    row: int
    line: int | None
    split: str | None
    given_label: str
    suggested_label: str | None
    label_quality: float
    p_error: float | None
    self_confidence: float | None
    suggested_prob: float | None
    runner_up_label: str | None
    normalized_margin: float | None
    neighbor_agreement: float | None
    rules: tuple[str, ...]
    neighbor_ids: tuple[str, ...] = ()
    neighbor_labels: tuple[str, ...] = ()
    status: str = "new"
    fingerprint: str = ""


Scope: TypeAlias = Literal["dataset", "changes"]
"""Which rows a limit is about: all, or those that a change touches."""
About: TypeAlias = Literal["all", "labels", "class", "split", "rule", "new", "expired", "reviewed"]
"""Which suspects among them; "reviewed": no suspects, but the errors that a review makes likely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRule:
    """One limit of a gate and what came of it.

    Suspects hidden by a baseline, an ignore or a decision are not counted. The interval is Wilson's,
    two-sided.
    """

    name: str  # "dataset", "changed rows, class 'cat'": unique within a gate
    scope: Scope
    about: About
    of: str | None  # the class, split or rule
    rows: int  # the rate's denominator
    suspects: int
    rate: float  # 0 where there are no rows
    low: float
    high: float
    level: float  # of the interval: 0.95
    max_rate: float | None
    max_count: int | None
    by_interval: bool  # whether an end decides, not the rate: the lower one, of "reviewed" the upper one
    informational: bool  # told, never failing
    passed: bool
    decisions: int | None = None  # of a sample, that a reviewed estimate rests on


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The verdict on a dataset; `passed` is None when no gate was declared."""

    declared: bool = False
    passed: bool | None = None
    rules: tuple[GateRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """How a dataset differs from its old version; removed rows are not judged."""

    against: str  # for people: "main (merge base 1a2b3c4)", "old.csv"
    rows: int  # changed rows: new, relabelled or edited
    new: int
    relabelled: int
    edited: int
    removed: int
    suspects: int  # among the changed rows, those that count


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedCount:
    """How many labels of some rows are wrong, by a reviewed sample, with an interval."""

    rows: int
    decided: int  # of these rows
    errors: float
    low: float
    high: float

    def rate(self, errors: float) -> float:
        """A count of errors as a share of the rows."""
        return errors / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """`reviewed.json`: what decisions make of the estimates."""

    schema_version: int
    tool: str
    scan: str  # the hash of the scan that was reviewed
    method: str
    assumes: tuple[str, ...]
    level: float  # of the intervals: 0.9
    seed: int  # of the scan
    reviewers: tuple[str, ...]
    decisions: dict[str, int]  # rows: sample, other, skipped, stale
    decided: str  # the hash of the decisions that were counted
    calibration: dict[str, float]  # slope, shift, reviewer_error
    total: ReviewedCount
    top: tuple[ReviewedCount, ...]  # of the worst rows, as many as `rows` says
    by_class: dict[str, ReviewedCount]
    by_split: dict[str, ReviewedCount]
    is_outdated: bool = False  # whether the audit holds other decisions now; not in the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """`summary.json`: everything about an audit but its rows."""

    schema_version: int
    tool: str
    algorithm: dict[str, Any]
    command: str
    inputs: tuple[InputFile, ...]
    n_rows: int
    n_classes: int
    n_suspects: int
    suspect_rate: float
    est_errors: dict[str, Any] | None
    by_rule: dict[str, int]
    by_class: dict[str, int]
    by_split: dict[str, dict[str, Any]]
    notices: tuple[Notice, ...]
    gate: Gate
    seed: int
    seconds: float
    peak_memory_mb: float
    hidden: dict[str, int]  # suspects that do not count, by what hides them
    changes: Changes | None
    n_skipped: int  # rows left out at the door
    has_ids: bool  # whether rows are named by a column, not by their number
    paths: tuple[str, ...]  # that were scanned
    input_options: dict[str, Any]  # what was named: columns, classes


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """How far a step has come; `total` is None while nobody knows."""

    step: str
    done: int
    total: int | None = None


Progress: TypeAlias = Callable[[ProgressEvent], None]


def no_progress(event: ProgressEvent) -> None:
    """The progress listener that listens to nothing."""
