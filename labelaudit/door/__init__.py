"""The door: what is checked before anything is scored (rules LA901 to LA909), one rule a file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit.config import AuditOptions
from labelaudit.dataset import Dataset
from labelaudit.door.classes import check_agreement, check_classes, check_information
from labelaudit.door.columns import check_columns
from labelaudit.door.embeddings import check_embeddings
from labelaudit.door.groups import groups
from labelaudit.door.in_sample import check_in_sample
from labelaudit.door.labels import check_labels
from labelaudit.door.probabilities import check_probabilities
from labelaudit.errors import ColumnNotFoundError, EmptyDatasetError, ShapeError
from labelaudit.executors import Executor, executor
from labelaudit.kernels.contenders import Contenders
from labelaudit.passes.rows import KeptRows
from labelaudit.passes.run import run
from labelaudit.passes.view import ViewPass
from labelaudit.scorers import BATCH_SCORERS
from labelaudit.types import AnyArray, FloatArray, Notice, Progress, RowView, no_progress


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Admitted:
    """What came through the door: the kept rows, condensed."""

    kept: KeptRows
    view: RowView
    codes: AnyArray  # (N,) class number of each row of the dataset, -1 where it is left out
    contenders: Contenders | None  # their rows are positions among the kept rows; None: too many
    batch_scores: dict[str, FloatArray]  # (kept,) of each scorer asked for that reads all probabilities
    notices: tuple[Notice, ...]

    @property
    def n_skipped(self) -> int:
        """Rows left out."""
        return self.kept.n_rows - len(self.kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The answer of `validate`."""

    n_rows: int
    n_classes: int
    classes: tuple[str, ...]
    notices: tuple[Notice, ...]
    n_skipped: int


def validate(
    dataset: Dataset, options: AuditOptions | None = None, progress: Progress = no_progress
) -> Validation:
    """Check a dataset without scoring it.

    Args:
        dataset: from `open_dataset`.
        options: what may be skipped or allowed.
        progress: told the rows read.

    Returns:
        The counts and what the user should know.

    Raises:
        DataError: the first rule that the data breaks, naming file, column, row and the mend.

    Example:
        >>> from labelaudit.opening import open_dataset
        >>> with open_dataset(["sample_data/digits"]) as dataset:
        ...     validate(dataset).n_rows
        1797
    """
    options = options or AuditOptions()
    if not dataset.probabilities:
        return _validate_without_probabilities(dataset, options, progress)
    admitted = admit(dataset, options, executor(options.worker_count()), progress)
    return Validation(
        n_rows=len(admitted.kept),
        n_classes=len(dataset.classes),
        classes=dataset.classes,
        notices=tuple(n for n in admitted.notices if options.shows(n.code)),
        n_skipped=admitted.n_skipped,
    )


def _validate_without_probabilities(
    dataset: Dataset, options: AuditOptions, progress: Progress
) -> Validation:
    """Check labels and embeddings; ids were checked when the tables were joined."""
    notices = list(dataset.order.notices)
    codes = dataset.order.codes(dataset.labels)
    check_labels(dataset, options, codes, notices)
    bad = (codes < 0) | check_embeddings(dataset, options, notices, progress)
    return Validation(
        n_rows=int((~bad).sum()),
        n_classes=len(dataset.classes),
        classes=dataset.classes,
        notices=tuple(n for n in notices if options.shows(n.code)),
        n_skipped=int(bad.sum()),
    )


def admit(dataset: Dataset, options: AuditOptions, workers: Executor, progress: Progress) -> Admitted:
    """Read all probabilities once, check them, and keep what scoring needs."""
    if not dataset.probabilities:
        raise ColumnNotFoundError(
            "the dataset has no probabilities",
            file=dataset.labels.roles[0].table.name,
            hint="predict them, and add them to the dataset with with_probabilities",
        )
    notices = list(dataset.order.notices)
    codes = dataset.order.codes(dataset.labels)
    check_labels(dataset, options, codes, notices)
    wanted = {options.ranking, *options.scorers}
    scorers = [scorer for name, scorer in BATCH_SCORERS.items() if name in wanted]
    reading = ViewPass(dataset.n_rows, len(dataset.classes), scorers)
    parts = dataset.probability_parts(codes, options.batch_rows)
    found = run(reading, parts, workers, n_rows=dataset.n_rows, progress=progress)
    if found.n_read != dataset.n_rows:
        raise ShapeError(
            f"{found.n_read:,} rows of probabilities were read, {dataset.n_rows:,} were counted before",
            file=dataset.probabilities[0].roles.table.name,
            hint="the file changed while it was read: scan again",
        )
    check_probabilities(dataset, options, found, notices)
    usable = reading.usable() & ~check_embeddings(dataset, options, notices, progress)
    if not usable.any():
        raise EmptyDatasetError(
            "no row is left after skipping", hint="repair the data instead of skipping its rows"
        )
    codes = np.where(usable, codes, -1)
    strata = dataset.labels.split_codes + 1 if options.per_split else None
    kept = KeptRows.of(usable, strata, clean=not found.n_mended)
    view = reading.view(kept.rows)
    check_classes(dataset, view, notices)
    check_information(
        dataset, options, view, reading.tied if kept.rows is None else reading.tied[kept.rows], notices
    )
    judged = groups(dataset, kept)
    if not dataset.predicted_here:
        check_in_sample(options, view, judged, notices)
    check_columns(dataset, options, kept, view, codes, judged, workers, notices, progress)
    if "LA904" not in {notice.code for notice in notices}:  # permuted columns say the same, and more
        check_agreement(dataset, options, view, notices)
    return Admitted(
        kept=kept,
        view=view,
        contenders=_among(kept, reading.kept_contenders(found)),
        codes=codes,
        batch_scores=reading.batch_scores(kept.rows),
        notices=tuple(notices),
    )


def _among(kept: KeptRows, found: Contenders | None) -> Contenders | None:
    """The contenders of the kept rows, named by position."""
    if found is None or kept.rows is None:
        return found
    at = np.searchsorted(kept.rows, found.rows)
    here = np.flatnonzero(kept.rows[np.minimum(at, len(kept.rows) - 1)] == found.rows)
    return Contenders(rows=at[here], classes=found.classes[here], probs=found.probs[here])
