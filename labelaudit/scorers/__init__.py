"""Label quality scores by name.

A row scorer needs only what is kept of every row; a batch scorer reads the probabilities; a graph scorer
looks at all rows and their neighbours. A new scorer is one file here and one entry below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from labelaudit.scorers.entropy import Entropy
from labelaudit.scorers.fused import Fuse
from labelaudit.scorers.kernel_density import KernelDensity
from labelaudit.scorers.knn import KnnVote
from labelaudit.scorers.mix import MixPosterior
from labelaudit.scorers.normalized_margin import NormalizedMargin
from labelaudit.scorers.pool import PoolMargin
from labelaudit.scorers.relation_graph import RelationGraph
from labelaudit.scorers.self_confidence import SelfConfidence
from labelaudit.scorers.self_supervised import SelfSupervised
from labelaudit.scorers.spreading import LabelSpreading
from labelaudit.types import AnyArray, FloatArray, RowView

if TYPE_CHECKING:
    from labelaudit.scorers.evidence import Evidence


class RowScorer(Protocol):
    """Scores rows by their view."""

    name: str

    def score_rows(self, view: RowView) -> FloatArray:
        """(N,) float64 in [0, 1], low is suspicious, row order."""
        ...


class BatchScorer(Protocol):
    """Scores rows by all their probabilities, a block at a time."""

    name: str

    def score_block(self, labels: AnyArray, pred_probs: AnyArray) -> FloatArray:
        """(n,) float64 in [0, 1], low is suspicious; clean probabilities, left untouched."""
        ...


class GraphScorer(Protocol):
    """Scores rows by all rows and their neighbours."""

    name: str

    def score_rows(self, evidence: Evidence) -> FloatArray:
        """(N,) float64 in [0, 1], low is suspicious, row order."""
        ...


ROW_SCORERS: dict[str, RowScorer] = {s.name: s for s in (SelfConfidence(), NormalizedMargin())}
BATCH_SCORERS: dict[str, BatchScorer] = {s.name: s for s in (Entropy(),)}
GRAPH_SCORERS: dict[str, GraphScorer] = {
    s.name: s
    for s in (
        Fuse(),
        KernelDensity(),
        KnnVote(),
        LabelSpreading(),
        MixPosterior(),
        PoolMargin(),
        RelationGraph(),
        SelfSupervised(),
    )
}
FITTED_SCORERS = ("em",)
"""Scorers that are fitted to a sample and then read all probabilities once more; see passes/."""

SCORERS: tuple[str, ...] = (*ROW_SCORERS, *BATCH_SCORERS, *FITTED_SCORERS, *GRAPH_SCORERS)
"""Every scorer, by the name that `--rank-by` and `--scorers` take."""
