"""What an audit thinks of some rows of two versions, whichever of them it has seen."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from labelaudit.auditing import Audit
from labelaudit.changes import SCORED_COLUMNS, LabelVersion, ScoredVersion, compare, scored_version
from labelaudit.old_versions import LabelTables
from labelaudit.types import AnyArray, BoolArray, FloatArray, Frozen, IntArray

LABELS = ("given_label", "suggested_label", "predicted_label")
NUMBERS = ("label_quality", "p_error", "self_confidence", "normalized_margin")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Views(Frozen):
    """What an audit knows of n rows; all of a row it does not know is -1, nan or False."""

    names: tuple[str, ...]  # of labels
    known: BoolArray  # (n,)
    is_suspect: BoolArray  # (n,)
    given: IntArray  # (n,) index into names, of the label that the audit saw
    suggested: IntArray  # (n,) -1 without a suggestion
    predicted: IntArray  # (n,)
    label_quality: FloatArray  # (n,)
    p_error: FloatArray  # (n,) nan where the audit has none
    self_confidence: FloatArray  # (n,)
    normalized_margin: FloatArray  # (n,)

    def at(self, some: slice) -> Views:
        """What it knows of some of the rows."""
        arrays = {name: getattr(self, name)[some] for name in self.__slots__ if name != "names"}
        return Views(names=self.names, **arrays)

    def prob_of(self, labels: IntArray) -> FloatArray:
        """The probability of a label of each row, nan where it is not known.

        Known are that of the label which the audit saw, and that of the predicted one: where it is
        another, it is the rival of which the margin speaks, (p[given] - p[rival] + 1) / 2.

        Args:
            labels: (n,) index into names.
        """
        rival = np.clip(self.self_confidence - (2 * self.normalized_margin - 1), 0, 1)
        probs: FloatArray = np.where(labels == self.predicted, rival, np.nan)
        probs[labels == self.given] = self.self_confidence[labels == self.given]
        return np.where(self.known & (labels >= 0), probs, np.nan)


def views_of(audit: Audit, rows: IntArray, names: tuple[str, ...]) -> Views:
    """Look some rows of an audit up.

    Args:
        audit: fresh or loaded; its scores are read once, a stretch at a time.
        rows: (n,) row numbers of the audit, -1 for a row that it does not know.
        names: of labels; those of the audit come behind.
    """
    numbers = {name: i for i, name in enumerate(names)}
    found: dict[str, AnyArray] = {name: np.full(len(rows), np.nan) for name in NUMBERS}
    found |= {name: np.full(len(rows), -1, dtype=np.int64) for name in LABELS}
    found["is_suspect"] = np.zeros(len(rows), dtype=bool)
    order = np.argsort(rows, kind="stable")
    in_order, start = rows[order], 0
    for batch in audit.scores_batches((*found,)):
        first, last = np.searchsorted(in_order, [start, start + batch.num_rows])
        at, here = order[first:last], batch.take(in_order[first:last] - start)
        for name in LABELS:
            texts = here.column(name).to_pylist()
            found[name][at] = [-1 if t is None else numbers.setdefault(t, len(numbers)) for t in texts]
        for name in (*NUMBERS, "is_suspect"):
            found[name][at] = here.column(name).to_numpy(zero_copy_only=False)
        start += batch.num_rows
    given, suggested, predicted = (found.pop(name) for name in LABELS)
    return Views(
        names=tuple(numbers), known=rows >= 0, given=given, suggested=suggested, predicted=predicted, **found
    )


def audited_rows(audit: Audit, new: LabelTables, old: LabelTables) -> tuple[IntArray, IntArray]:
    """The row of an audit that each row of the two versions is, -1 where the audit does not know it.

    Rows are found by id and split; without ids by content, the label telling among equal ones; without
    that by their number, if there are as many.

    Returns:
        (new rows,) and (old rows,) row numbers of the audit.
    """
    has_ids = audit.summary.has_ids
    scored = scored_version(audit.scores_batches(SCORED_COLUMNS), has_ids=has_ids)
    return _rows_of(new, scored), _rows_of(old, scored)


def _rows_of(side: LabelTables, scored: ScoredVersion) -> IntArray:
    audited = scored.version
    if audited.ids is not None:
        # With ids contents tell nothing more, and need not be read again.
        ids = None if side.index is None else side.index.id_hashes
        own = LabelVersion(ids=ids, splits=side.split_hashes(), labels=side.label_hashes(), contents=None)
        return compare(own, replace(audited, contents=None)).counterparts
    own = side.version()
    by_number = own.contents is None and audited.contents is None and own.n_rows == audited.n_rows
    both_have = own.contents is not None and audited.contents is not None
    if own.ids is not None or not (by_number or both_have):
        return np.full(own.n_rows, -1, dtype=np.int64)
    return compare(own, audited).counterparts
