"""The tables of an audit: their columns, and how they are filled (contract, section 4)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from labelaudit.dataset import Dataset
from labelaudit.io.hashing import as_hex, mixed, text_hashes
from labelaudit.io.labels import LabelIndex
from labelaudit.item_columns import IGNORE_COLUMN
from labelaudit.judging import Judgement, Neighborhood
from labelaudit.passes.rows import KeptRows, subset
from labelaudit.reasons import Reasons, codes_of
from labelaudit.types import AnyArray, BoolArray, FloatArray, Frozen, HashArray, IntArray, RowView

BLOCK_ROWS = 65_536
"""Rows of one record batch of `scores.parquet`, whatever the batches were that were read."""

_text, _float, _texts = pa.string(), pa.float64(), pa.list_(pa.string())

SUSPECTS = pa.schema(
    [
        ("rank", pa.int64()),
        ("id", _text),
        ("file", _text),
        ("row", pa.int64()),
        ("line", pa.int64()),
        ("split", _text),
        ("given_label", _text),
        ("suggested_label", _text),
        ("label_quality", _float),
        ("p_error", _float),
        ("self_confidence", _float),
        ("suggested_prob", _float),
        ("runner_up_label", _text),
        ("normalized_margin", _float),
        ("neighbor_agreement", _float),
        ("rules", _texts),
        ("neighbor_ids", _texts),
        ("neighbor_labels", _texts),
        ("status", _text),
        ("fingerprint", _text),
    ]
)
SCORES = pa.schema(
    [
        ("id", _text),
        ("file", _text),
        ("row", pa.int64()),
        ("split", _text),
        ("given_label", _text),
        ("predicted_label", _text),
        ("suggested_label", _text),
        ("label_quality", _float),
        ("p_error", _float),
        ("self_confidence", _float),
        ("normalized_margin", _float),
        ("neighbor_agreement", _float),
        ("is_suspect", pa.bool_()),
        ("rules", _texts),
        ("content_hash", _text),
        ("fingerprint", _text),
    ]
)

VIEWS = pa.schema([("suggested_pred_prob", _float), ("suggested_vote", _float)])
"""Behind the columns of the contract: what the probabilities and the neighbours, each alone, give the
suggested label of a suspect. Null where it is not the one they favour."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoredRows(Frozen):
    """Every kept row of a dataset with its score and flag: what the tables are made of."""

    dataset: Dataset
    kept: KeptRows
    view: RowView
    judgement: Judgement
    reasons: Reasons
    content: HashArray | None  # (N,) hash of the item columns
    ignored: BoolArray | None  # (N,) by the column `labelaudit_ignore`
    digests: Callable[[], Sequence[str]]  # of the input files; waits for them

    @property
    def n_nameless(self) -> int:
        """How many kept rows have neither an id nor content."""
        if self.dataset.labels.id_hashes is not None:
            return 0
        rows = self.kept.row_numbers()
        return len(rows) if self.content is None else int((self.content[rows] == 0).sum())

    @property
    def flagged(self) -> BoolArray:
        """(kept,) the suspects."""
        return self.reasons.flagged

    @property
    def scores(self) -> FloatArray:
        """(kept,) label quality."""
        return self.judgement.quality

    def ranked(self) -> IntArray:
        """Positions of the suspects, worst first, ties by row."""
        suspects = np.flatnonzero(self.flagged)
        return suspects[np.argsort(self.scores[suspects], kind="stable")]


def score_batches(scored: ScoredRows) -> Iterator[pa.RecordBatch]:
    """The rows of `scores.parquet`, in input order; ids are read again."""
    prints = Fingerprints.of(scored)
    rows = scored.kept.row_numbers()
    ids = IdStream(scored.dataset)
    for start in range(0, len(rows), BLOCK_ROWS):
        at = np.arange(start, min(start + BLOCK_ROWS, len(rows)))
        columns = _row_columns(scored, at, ids.at(rows[at]), prints.at(at))
        predicted = subset(scored.view, at).predicted
        columns["predicted_label"] = _names(scored.dataset.classes, predicted)
        columns["is_suspect"] = pa.array(scored.flagged[at])
        columns["content_hash"] = (
            pa.nulls(len(at), _text) if scored.content is None else as_hex(scored.content[rows[at]])
        )
        columns |= _views(scored, at)
        if scored.ignored is not None:
            columns[IGNORE_COLUMN] = pa.array(scored.ignored[rows[at]])
        yield _batch(columns, scores_schema(scored), len(at))


def scores_schema(scored: ScoredRows) -> pa.Schema:
    """The columns of `scores.parquet`, with one more for each scorer of `--scorers`."""
    more = [(score_column(name), _float) for name in scored.judgement.scores]
    ignored = [] if scored.ignored is None else [(IGNORE_COLUMN, pa.bool_())]
    return pa.schema([*SCORES, *VIEWS, *more, *ignored])


def score_column(scorer: str) -> str:
    """The column of a scorer that was asked for beside the one that ranks.

    Example:
        >>> score_column("normalized-margin")
        'score_normalized_margin'
    """
    return f"score_{scorer.replace('-', '_')}"


def suspects_table(scored: ScoredRows) -> pa.Table:
    """The suspects, worst first: the rows of `suspects.*`."""
    at = scored.ranked()
    in_order = np.sort(at)
    rows = scored.kept.row_numbers()
    ids = IdStream(scored.dataset).at(rows[in_order]).take(pa.array(np.searchsorted(in_order, at)))
    columns = _row_columns(scored, at, ids, Fingerprints.of(scored).at(at))
    judgement = scored.judgement
    columns["rank"] = pa.array(np.arange(1, len(at) + 1))
    columns["line"] = _lines(scored.dataset, rows[at])
    columns["suggested_prob"] = pa.array(judgement.suggested_prob[at], mask=judgement.suggested[at] < 0)
    columns["runner_up_label"] = _names(scored.dataset.classes, judgement.runner_up[at])
    if judgement.neighborhood is not None:
        columns |= _neighbor_columns(scored, judgement.neighborhood, at)
    columns["status"] = pa.array(["new"] * len(at), _text)
    return pa.Table.from_batches([_batch(columns, SUSPECTS, len(at))], SUSPECTS)


class Fingerprints:
    """A hash of (id, or else content and occurrence), split and given label of each kept row.

    Without ids, rows that are alike in content, split and label are told apart by their occurrence number;
    which of them comes first does not matter, so a fingerprint survives moved and added rows. Rows without
    content either are known by their place alone: their fingerprints hold for the files as they were scanned,
    lest a decision or an entry of a baseline slides to another row when rows are added or taken out.

    Args:
        labels: ids and splits of every row.
        classes: their names, in order.
        content: (N,) hashes of the items; looked at where there are no ids.
        rows: (kept,) row numbers, ascending.
        given: (kept,) class numbers.
        files: a hash of what the input files hold; 0 where it does not matter.
    """

    def __init__(
        self,
        labels: LabelIndex,
        classes: Sequence[str],
        content: HashArray | None,
        rows: IntArray,
        given: AnyArray,
        files: int = 0,
    ) -> None:
        self.labels, self.rows, self.given = labels, rows, given
        self.files = np.uint64(files)
        self.of_class = text_hashes(pa.array(classes, _text))
        self.of_split = text_hashes(pa.array([*labels.splits, None], _text))
        self.identities = labels.id_hashes
        self.occurrences: HashArray | None = None
        if labels.id_hashes is None:
            self.identities = content
            self.occurrences = np.zeros(len(rows), dtype=np.uint64)
            alike = self.at(np.arange(len(rows)))
            order = np.argsort(alike, kind="stable")
            self.occurrences[order] = np.arange(len(order)) - np.searchsorted(alike[order], alike[order])

    @classmethod
    def of(cls, scored: ScoredRows) -> Fingerprints:
        """Of the rows that were scored."""
        rows = scored.kept.row_numbers()
        dataset, files = scored.dataset, 0
        if scored.n_nameless:
            files = int(hashlib.sha256("".join(scored.digests()).encode()).hexdigest()[:16], 16)
        return cls(dataset.labels, dataset.classes, scored.content, rows, scored.view.given, files)

    def at(self, positions: IntArray) -> HashArray:
        """The fingerprints of some kept rows."""
        prints = self.items_at(positions, self.given[positions])
        if self.occurrences is None:
            return prints
        prints = mixed(prints, self.occurrences[positions])
        if self.files:
            nameless = True if self.identities is None else self.identities[self.rows[positions]] == 0
            prints = np.where(nameless, mixed(prints, self.files), prints)
        return prints

    def items_at(self, positions: IntArray, given: AnyArray) -> HashArray:
        """A hash of identity and split of some kept rows with these classes; without ids not unique."""
        rows = self.rows[positions]
        identities = (
            np.zeros(len(rows), dtype=np.uint64) if self.identities is None else self.identities[rows]
        )
        return mixed(identities, self.of_split[self.labels.split_codes[rows]], self.of_class[given])


class IdStream:
    """The ids of ascending rows, read along; a row without an id is named by its number."""

    def __init__(self, dataset: Dataset) -> None:
        self.stretches = dataset.id_stretches()
        self.start, self.ids = 0, pa.array([], _text)

    def at(self, rows: IntArray) -> pa.Array:
        """The ids of some rows, none before those asked for earlier."""
        found = [pa.array([], _text)]
        done = 0
        while done < len(rows):
            end = self.start + len(self.ids)
            n_here = int(np.searchsorted(rows, end)) - done
            if n_here > 0:
                found.append(self.ids.take(pa.array(rows[done : done + n_here] - self.start)))
                done += n_here
            else:
                self.start, self.ids = end, next(self.stretches)
        return pa.concat_arrays([part.cast(_text) for part in found])


def _row_columns(scored: ScoredRows, at: IntArray, ids: pa.Array, prints: HashArray) -> dict[str, pa.Array]:
    """The columns that both tables have."""
    labels, view = scored.dataset.labels, subset(scored.view, at)
    rows = scored.kept.row_numbers()[at]
    files = np.searchsorted(labels.offsets, rows, side="right") - 1
    flagged = scored.flagged[at]
    judgement = scored.judgement
    return {
        "id": ids,
        "file": _names([role.table.name for role in labels.roles], files),
        "row": pa.array(rows - labels.offsets[files]),
        "split": _names(labels.splits, labels.split_codes[rows]),
        "given_label": _names(scored.dataset.classes, view.given),
        "suggested_label": _names(scored.dataset.classes, np.where(flagged, judgement.suggested[at], -1)),
        "label_quality": pa.array(scored.scores[at]),
        **({} if judgement.p_error is None else {"p_error": pa.array(judgement.p_error[at])}),
        **_agreement(judgement, at),
        **{score_column(name): pa.array(values[at]) for name, values in judgement.scores.items()},
        "self_confidence": pa.array(view.self_confidence),
        "normalized_margin": pa.array(view.normalized_margin),
        "rules": pa.array(codes_of(scored.reasons.bits[at]), _texts),
        "fingerprint": as_hex(prints),
    }


def _batch(columns: dict[str, pa.Array], schema: pa.Schema, n_rows: int) -> pa.RecordBatch:
    """A batch with the schema's columns; those that this version cannot fill are null, lists empty."""
    arrays = [columns[f.name] if f.name in columns else _blank(f.type, n_rows) for f in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _blank(kind: pa.DataType, n_rows: int) -> pa.Array:
    if kind == _texts:
        return pa.ListArray.from_arrays(np.zeros(n_rows + 1, dtype=np.int32), pa.array([], _text))
    return pa.nulls(n_rows, kind)


def _names(names: Sequence[str], codes: AnyArray) -> pa.Array:
    """The names of some codes; -1 is null."""
    return pa.array([*names, None], _text).take(pa.array(np.where(codes < 0, len(names), codes)))


def _agreement(judgement: Judgement, at: IntArray) -> dict[str, pa.Array]:
    around = judgement.neighborhood
    return {} if around is None else {"neighbor_agreement": pa.array(around.agreement[at])}


def _views(scored: ScoredRows, at: IntArray) -> dict[str, pa.Array]:
    """The two views on the suggested label; as the favourite of a view, or not at all."""
    suggested, around = scored.judgement.suggested[at], scored.judgement.neighborhood
    open_to = scored.flagged[at] & (suggested >= 0)
    view = subset(scored.view, at)
    views = {"suggested_pred_prob": pa.array(view.rival_prob, mask=~(open_to & (suggested == view.rival)))}
    if around is not None:
        favoured = open_to & (suggested == around.strongest[at])
        views["suggested_vote"] = pa.array(around.strongest_share[at], mask=~favoured)
    return views


def _neighbor_columns(scored: ScoredRows, around: Neighborhood, at: IntArray) -> dict[str, pa.Array]:
    """The three nearest rows with the given label, and the three nearest with the suggested one."""
    given = scored.view.given
    both = np.concatenate([around.with_given[at], around.with_suggested[at]], axis=1)
    ends = np.concatenate([[0], np.cumsum((both >= 0).sum(axis=1))]).astype(np.int32)
    shown = both[both >= 0].astype(np.int64)
    unique, where = np.unique(shown, return_inverse=True)
    ids = IdStream(scored.dataset).at(scored.kept.row_numbers()[unique]).take(pa.array(where))
    names = _names(scored.dataset.classes, given[shown])
    return {
        "neighbor_ids": pa.ListArray.from_arrays(ends, ids),
        "neighbor_labels": pa.ListArray.from_arrays(ends, names),
    }


def _lines(dataset: Dataset, rows: IntArray) -> pa.Array:
    """The 1-based lines of rows of text files; null for other formats."""
    lines = np.zeros(len(rows), dtype=np.int64)
    offsets = dataset.labels.offsets
    files = np.searchsorted(offsets, rows, side="right") - 1
    for file in np.unique(files).tolist():
        here = np.flatnonzero(files == file)
        local = rows[here] - offsets[file]
        order = np.argsort(local)
        found = dataset.labels.roles[file].table.lines(local[order])
        if found is not None:
            lines[here[order]] = found
    return pa.array(lines, mask=lines == 0)
