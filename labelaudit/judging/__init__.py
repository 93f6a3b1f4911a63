"""From what was learned to a judgement on every row: its quality, its chance of error, a suggestion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from labelaudit.batch import Part
from labelaudit.class_shares import class_shares_of
from labelaudit.confident_learning import Learned
from labelaudit.config import BY_PROBABILITIES, AuditOptions
from labelaudit.dataset import Dataset
from labelaudit.door import Admitted
from labelaudit.errors import ConfigError
from labelaudit.executors import Executor
from labelaudit.judging.by_em import em_pass, judge_by_em
from labelaudit.judging.by_neighbors import gather, judge_by_neighbors
from labelaudit.judging.by_view import judge_by_view, quality_by_view
from labelaudit.judging.judgement import Judgement, Neighborhood, in_row_order, row_keys
from labelaudit.scorers import GRAPH_SCORERS
from labelaudit.types import FloatArray, Notice, Progress

__all__ = ["Judgement", "Neighborhood", "judge", "row_keys"]

SHARES_UNUSED = Notice(
    code="class-shares-unused",
    message="class shares change nothing here: only scores that look at neighbours, in embeddings, use them",
)


def judge(
    dataset: Dataset,
    admitted: Admitted,
    learned: Learned,
    parts: Sequence[Part],
    options: AuditOptions,
    workers: Executor,
    progress: Progress,
) -> Judgement:
    """Score every row by the scorer that ranks, and by the others asked for.

    "fused" is FUSE where the dataset has embeddings, and EM where it has none. What a score does not need is
    not computed.

    Raises:
        ConfigError: a scorer needs embeddings and there are none, or class shares that do not fit.
    """
    keys = row_keys(dataset.labels.id_hashes, admitted.kept.row_numbers())
    shares = class_shares_of(options.class_shares, dataset.classes)
    wanted = {options.ranking, *options.scorers}
    has_embeddings = dataset.embedding_alignment is not None
    _refuse_without_embeddings(wanted, has_embeddings)
    by_graph = wanted & set(GRAPH_SCORERS) and has_embeddings
    by_em = "em" in wanted or ("fused" in wanted and not has_embeddings)
    reading = em_pass(admitted, learned, parts, options, keys, workers, progress) if by_em else None
    judgements = {}
    if reading is not None:
        judgements["em"] = judge_by_em(admitted, learned, reading, options, keys)
    if by_graph:
        order = np.argsort(keys, kind="stable")  # without ids it is that of the rows
        judged = judge_by_neighbors(
            gather(dataset, admitted, parts, options, shares, keys, order, workers, progress),
            learned,
            options,
        )
        judgements["graph"] = in_row_order(judged, order)
    if options.ranking in BY_PROBABILITIES:
        chosen = judge_by_view(admitted, learned, options, keys)
    elif options.ranking == "em" or not by_graph:
        chosen = judgements["em"]
    else:
        chosen = judgements["graph"]
    scores: dict[str, FloatArray] = {}
    for name in options.scorers:
        if name == options.ranking:
            scores[name] = chosen.quality
        elif name in BY_PROBABILITIES:
            scores[name] = quality_by_view(admitted, name)
        elif name == "em" or not has_embeddings:
            scores[name] = judgements["em"].quality
        else:
            scores[name] = judgements["graph"].scores[name]
    if shares is not None and not by_graph:
        chosen = replace(chosen, notices=(*chosen.notices, SHARES_UNUSED))
    return replace(chosen, scores=scores)


def _refuse_without_embeddings(wanted: set[str], has_embeddings: bool) -> None:
    homeless = sorted(wanted & set(GRAPH_SCORERS) - {"fused"})
    if homeless and not has_embeddings:
        raise ConfigError(
            f"the scorer '{homeless[0]}' needs embeddings, and the data has none",
            hint="add a column of embeddings, or rank by fused, em, self-confidence",
        )
