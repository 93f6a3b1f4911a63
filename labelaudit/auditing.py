"""The audit: admit, learn, flag, rank; and the value that carries the answer."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from labelaudit.audit_tables import ScoredRows, score_batches, suspects_table
from labelaudit.class_table import class_rows, joint_cells
from labelaudit.confident_learning import Learned, learn, learn_by_cleanlab
from labelaudit.config import AuditOptions, InputOptions
from labelaudit.copies import find_copies
from labelaudit.dataset import Dataset
from labelaudit.door import Admitted, admit
from labelaudit.executors import executor
from labelaudit.io.input_hashes import InputHashes
from labelaudit.item_columns import ignored_rows
from labelaudit.judging import Judgement, judge
from labelaudit.kernels.histogram import histogram_of
from labelaudit.reasons import BITS, Reasons, find_reasons
from labelaudit.types import (
    BoolArray,
    ClassRow,
    Gate,
    HashArray,
    Histogram,
    InputFile,
    JointCell,
    Notice,
    Progress,
    Reviewed,
    Summary,
    Suspect,
    no_progress,
)

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 1
NO_IDS = "no-ids"
"""The notice of an audit with rows that only their place tells apart."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Audit:
    """The answer: who is suspect, how every row scored, and what that says of the classes.

    The tables are Arrow's; `to_pandas` gives every row as a data frame. An audit of a dataset reads ids
    again while it is written, so keep the dataset open until then.
    """

    classes: tuple[ClassRow, ...]
    joint: tuple[JointCell, ...]
    read_summary: Callable[[], Summary]
    read_suspects: Callable[[], pa.Table]
    read_scores: Callable[[Sequence[str] | None], Iterator[pa.RecordBatch]]
    read_histogram: Callable[[], Histogram]
    shown: BoolArray | None = None  # (suspects,) those that people are to look at; all where nobody judged
    reviewed: Reviewed | None = None  # of a saved audit: what a reviewed sample says of it

    @property
    def histogram(self) -> Histogram:
        """How label quality is distributed."""
        return self.read_histogram()

    @property
    def summary(self) -> Summary:
        """Everything but the rows; waits for the hashes of the inputs the first time."""
        return self.read_summary()

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes, in their order."""
        return tuple(dict.fromkeys(row.name for row in self.classes))

    @property
    def input_options(self) -> InputOptions:
        """The options by which the dataset was opened: what reads it, or its old version, the same way."""
        named = self.summary.input_options
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in named.items()}
        return InputOptions(**values)

    def suspects(self, top: int | None = None) -> Iterator[Suspect]:
        """The suspects in rank order, the first `top` of them."""
        for batch in self.suspects_table().slice(0, top).to_batches(max_chunksize=4096):
            for record in batch.to_pylist():
                yield _suspect(record)

    def shown_suspects(self, top: int | None = None) -> Iterator[Suspect]:
        """The first `top` suspects that people are to look at: not hidden, and in the changed rows."""
        shown = self if self.shown is None else replace(self, read_suspects=self._shown_table)
        return shown.suspects(top)

    @property
    def n_shown(self) -> int:
        """How many `shown_suspects` there are."""
        return self.summary.n_suspects if self.shown is None else int(self.shown.sum())

    def _shown_table(self) -> pa.Table:
        return self.suspects_table().filter(pa.array(self.shown))

    def suspects_table(self) -> pa.Table:
        """The suspects as a table, in rank order (contract, section 4)."""
        return self.read_suspects()

    def scores_batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Every row with its scores, in input order, a stretch at a time; all columns, or some."""
        return self.read_scores(columns)

    def scores(self) -> pa.Table:
        """Every row with its scores, in input order."""
        return pa.Table.from_batches(self.read_scores(None))

    def to_pandas(self) -> pd.DataFrame:
        """Every row with its scores as a data frame."""
        frame: pd.DataFrame = self.scores().to_pandas()
        return frame


def audit(
    dataset: Dataset,
    options: AuditOptions | None = None,
    *,
    progress: Progress = no_progress,
    command: str = "",
) -> Audit:
    """Check a dataset, score its labels and flag the suspects.

    Args:
        dataset: from `open_dataset`, still open.
        options: how rows are let in, scored and flagged.
        progress: told the rows read.
        command: what the summary is to name as the command.

    Returns:
        The audit; the same rows and options give the same one, whatever the batches and workers.

    Raises:
        DataError: the data cannot be audited as it is.

    Example:
        >>> from labelaudit.opening import open_dataset
        >>> with open_dataset(["sample_data/digits"]) as dataset:
        ...     answer = audit(dataset)
        >>> answer.summary.n_rows
        1797
    """
    options = options or AuditOptions()
    started = time.perf_counter()
    workers = executor(options.worker_count())
    hashes = InputHashes(dataset.tables)
    try:
        admitted = admit(dataset, options, workers, progress)
        parts = dataset.probability_parts(admitted.codes, options.batch_rows)
        method = learn_by_cleanlab if options.backend == "cleanlab" else learn
        learned = method(admitted, parts, len(dataset.classes), options, workers, progress)
        judgement = judge(dataset, admitted, learned, parts, options, workers, progress)
        content = dataset.content_hashes()
        reasons = _reasons(dataset, admitted, learned, judgement, content, options)
        scored = ScoredRows(
            dataset=dataset,
            kept=admitted.kept,
            view=admitted.view,
            judgement=judgement,
            reasons=reasons,
            content=content,
            ignored=ignored_rows(dataset.labels),
            digests=hashes.digests,
        )
        suspects = suspects_table(scored)
        if dataset.from_stdin:
            hashes.digests()  # the spooled copy goes with the dataset
    except BaseException:
        hashes.stop()
        raise

    @cache
    def summary() -> Summary:
        inputs = tuple(
            InputFile(
                path=table.name,
                sha256=digest,
                rows=dataset.table_rows[table.path],
                columns=dataset.columns_read(table),
                roles=dataset.roles_of(table),
            )
            for table, digest in zip(dataset.tables, hashes.digests(), strict=True)
        )
        seconds = time.perf_counter() - started
        return _summary(options, command, inputs, scored, admitted, seconds)

    return Audit(
        classes=class_rows(scored, learned.joints),
        joint=joint_cells(scored, learned.joints),
        read_summary=summary,
        read_suspects=lambda: suspects,
        read_scores=lambda columns: (
            batch if columns is None else batch.select(columns) for batch in score_batches(scored)
        ),
        read_histogram=lambda: histogram_of(scored.scores, scored.flagged),
    )


def _summary(
    options: AuditOptions,
    command: str,
    inputs: tuple[InputFile, ...],
    scored: ScoredRows,
    admitted: Admitted,
    seconds: float,
) -> Summary:
    dataset, kept = scored.dataset, scored.kept
    n_suspects = int(scored.flagged.sum())
    by_class = np.bincount(scored.view.given[scored.flagged], minlength=len(dataset.classes))
    return Summary(
        schema_version=SCHEMA_VERSION,
        tool=f"labelaudit {version('labelaudit')}",
        algorithm=_algorithm(options, scored.judgement),
        command=command,
        inputs=inputs,
        n_rows=len(kept),
        n_classes=len(dataset.classes),
        n_suspects=n_suspects,
        suspect_rate=n_suspects / len(kept),
        est_errors=_estimate(scored.judgement),
        by_rule=_by_rule(scored),
        by_class={name: int(n) for name, n in zip(dataset.classes, by_class, strict=True) if n},
        by_split=_by_split(scored),
        notices=_notices(admitted, scored, options),
        gate=Gate(),
        hidden={},
        changes=None,
        n_skipped=dataset.n_rows - len(kept),
        has_ids=dataset.labels.id_hashes is not None,
        paths=dataset.paths,
        input_options=_named(dataset.options),
        seed=options.seed,
        seconds=round(seconds, 3),
        peak_memory_mb=round(_peak_memory_mb(), 1),
    )


def _named(options: InputOptions) -> dict[str, Any]:
    return {name: value for name, value in asdict(options).items() if value not in (None, False)}


def _notices(admitted: Admitted, scored: ScoredRows, options: AuditOptions) -> tuple[Notice, ...]:
    found = (*admitted.notices, *scored.judgement.notices, *scored.reasons.notices, *_nameless(scored))
    return tuple(n for n in found if options.shows(n.code))


def _nameless(scored: ScoredRows) -> list[Notice]:
    """What it means for reviewers that nothing but their place tells rows apart."""
    if not (count := scored.n_nameless):
        return []
    whose = "1 row has" if count == 1 else f"{count:,} rows have"
    message = f"{whose} neither ids nor content: decisions hold until a file changes; add an id column"
    return [Notice(code=NO_IDS, message=message, count=count)]


def _reasons(
    dataset: Dataset,
    admitted: Admitted,
    learned: Learned,
    judgement: Judgement,
    content: HashArray | None,
    options: AuditOptions,
) -> Reasons:
    kept, view = admitted.kept, admitted.view
    rows = kept.row_numbers()
    items = None if content is None else content[rows]
    copies = find_copies(view.given, dataset.labels.split_codes[rows], items, judgement.neighborhood)
    return find_reasons(
        kept, view, learned.joints, learned.flagged, judgement, copies, options, dataset.classes
    )


def _estimate(judgement: Judgement) -> dict[str, Any]:
    """What a model makes of the number of label errors; nobody has counted them."""
    found = judgement.estimate
    return {
        "kind": "model estimate",
        "count": found.count,
        "low": found.low,
        "high": found.high,
        "looks_clean": found.looks_clean,
        "method": judgement.method,
    }


def _by_rule(scored: ScoredRows) -> dict[str, int]:
    bits = scored.reasons.bits[scored.flagged]
    counts = {code: int(((bits & bit) > 0).sum()) for code, bit in BITS.items()}
    return {code: count for code, count in counts.items() if count}


def _algorithm(options: AuditOptions, judgement: Judgement) -> dict[str, Any]:
    around = judgement.neighborhood
    return {
        "filter": options.flagging,
        "rank_by": options.ranking,
        "scorers": list(options.scorers),
        "class_shares": list(options.class_shares),
        "neighbors": None if around is None else around.facts,
        "collision": options.collision,
        "backend": options.backend,
        "per_split": options.per_split,
        "on_bad_row": options.on_bad_row,
        "on_missing_label": options.on_missing_label,
        "allow": list(options.allow),
        "select": list(options.select),
        "ignore": list(options.ignore),
    }


def _by_split(scored: ScoredRows) -> dict[str, dict[str, Any]]:
    splits = scored.dataset.labels.splits
    codes = scored.dataset.labels.split_codes[scored.kept.row_numbers()]
    found: dict[str, dict[str, Any]] = {}
    for code, name in enumerate(splits):
        here = codes == code
        n_rows, n_suspects = int(here.sum()), int(scored.flagged[here].sum())
        found[name] = {"rows": n_rows, "suspects": n_suspects, "suspect_rate": n_suspects / max(n_rows, 1)}
    return found


def _peak_memory_mb() -> float:
    try:
        import resource
    except ImportError:  # Windows has no such count
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / (1 << 10)


def _suspect(record: dict[str, Any]) -> Suspect:
    lists = {name: tuple(record[name] or ()) for name in ("rules", "neighbor_ids", "neighbor_labels")}
    return Suspect(**{**record, **lists})
