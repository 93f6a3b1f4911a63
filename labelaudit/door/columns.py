"""LA904: columns that look permuted, or labels that are off by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelaudit.config import AuditOptions
from labelaudit.dataset import Dataset
from labelaudit.door.allow import refuse
from labelaudit.door.groups import Group
from labelaudit.errors import ColumnOrderError
from labelaudit.executors import Executor
from labelaudit.io.hashing import mixed
from labelaudit.kernels.assignment import (
    BetterAssignment,
    better_assignment,
    better_offset,
    doubtful_classes,
    sample_rows,
)
from labelaudit.passes.rows import KeptRows
from labelaudit.passes.run import run
from labelaudit.passes.sample import SamplePass
from labelaudit.types import AnyArray, HashArray, Notice, Progress, RowView


def check_columns(
    dataset: Dataset,
    options: AuditOptions,
    kept: KeptRows,
    view: RowView,
    codes: AnyArray,
    groups: Sequence[Group],
    workers: Executor,
    notices: list[Notice],
    progress: Progress,
) -> None:
    """Refuse columns that another assignment fits far better; reads a sample only of doubtful classes."""
    predicted = view.predicted
    for name, rows in groups:
        shift = better_offset(view.given[rows], predicted[rows], len(dataset.classes))
        if shift:
            refuse(_error(shift, dataset.classes, name), options, notices)
            return
    doubtful = [
        (name, rows, classes)
        for name, rows in groups
        # One class alone has nothing to change places with.
        if len(classes := doubtful_classes(view.given[rows], predicted[rows], len(dataset.classes))) > 1
    ]
    if not doubtful:
        return
    keys = _sampling_keys(dataset, kept, options.seed)
    everyone = np.arange(len(kept))
    samples = [
        everyone[rows][sample_rows(view.given[rows], classes, keys[rows])] for _, rows, classes in doubtful
    ]
    positions = np.unique(np.concatenate(samples))
    columns = np.unique(np.concatenate([classes for _, _, classes in doubtful]))
    reading = SamplePass(kept, positions, columns)
    parts = dataset.probability_parts(codes, options.batch_rows)
    run(reading, parts, workers, n_rows=dataset.n_rows, progress=progress)
    for (name, _, classes), sampled in zip(doubtful, samples, strict=True):
        cells = np.ix_(np.searchsorted(positions, sampled), np.searchsorted(columns, classes))
        better = better_assignment(view.given[sampled], reading.pred_probs[cells], classes)
        if better:
            refuse(_error(better, dataset.classes, name), options, notices)
            return


def _error(better: BetterAssignment, classes: Sequence[str], file: str) -> ColumnOrderError:
    return ColumnOrderError(_describe(better, classes), file=file, hint=_mend(better))


def _sampling_keys(dataset: Dataset, kept: KeptRows, seed: int) -> HashArray:
    rows = kept.row_numbers()
    ids = dataset.labels.id_hashes
    names = rows.astype(np.uint64) if ids is None else ids[rows]
    return mixed(np.uint64(seed), names)


def _describe(better: BetterAssignment, classes: Sequence[str]) -> str:
    shown = ", ".join(f"rows of '{classes[a]}' fit column '{classes[b]}'" for a, b in better.moves[:3])
    more = f", and {len(better.moves) - 3} more classes" if len(better.moves) > 3 else ""
    offset = better.offset()
    shift = (
        f"labels and columns look off by {abs(offset)}: " if offset is not None else "columns look permuted: "
    )
    return f"{shift}{shown}{more} ({better.standard_errors:.0f} standard errors better)"


def _mend(better: BetterAssignment) -> str:
    if better.offset() is not None:
        return "check whether the labels count from 0 or from 1; if the columns are right, --allow LA904"
    return "put the columns in the order of the classes (--classes); if they are right, --allow LA904"
