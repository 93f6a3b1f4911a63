"""Relation graph: do the rows that look alike, to the embeddings and to the model, share the label?"""

from __future__ import annotations

from labelaudit.kernels.relation import mean_relations, neighbor_cosines
from labelaudit.scorers.evidence import Evidence
from labelaudit.types import FloatArray


class RelationGraph:
    """(1 + mean of (2 [y_i = y_j] - 1) (max(0, cos) P_i . P_j)^4 over 50 neighbours) / 2; Kim et al. 2023."""

    name = "relation-graph"

    def score_rows(self, evidence: Evidence) -> FloatArray:
        """(N,) the mean relations, moved from [-1, 1] to [0, 1]."""
        cosines = neighbor_cosines(
            evidence.neighbors, evidence.distances, evidence.vectors, metric=evidence.metric
        )
        relations = mean_relations(
            evidence.neighbors,
            cosines,
            evidence.given,
            evidence.top_classes,
            evidence.top_probs,
            evidence.n_classes,
        )
        return (1 + relations) / 2
