"""The stretches of rows that are judged by themselves: every split and every file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from labelaudit.dataset import Dataset
from labelaudit.passes.rows import KeptRows
from labelaudit.types import AnyArray, IntArray

Group = tuple[str, IntArray | slice]
"""A name for messages, and positions among the kept rows."""


def groups(dataset: Dataset, kept: KeptRows) -> list[Group]:
    """All rows, then each split, label file and probability file that is not all of them."""
    files = [offer.roles.table.name for offer in dataset.probabilities]
    everything = files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more"
    found: list[Group] = [(everything, slice(None))]
    seen = {(len(kept), 0, len(kept) - 1)}
    for names, codes in _cuts(dataset, kept, files):
        for number, name in enumerate(names):
            group = np.flatnonzero(codes == number)
            if not len(group):
                continue
            # Splits and files mostly are stretches: the same ends and size are the same rows.
            key = (len(group), int(group[0]), int(group[-1]))
            if key not in seen:
                seen.add(key)
                found.append((name, group))
    return found


def _cuts(dataset: Dataset, kept: KeptRows, files: Sequence[str]) -> Iterator[tuple[Sequence[str], AnyArray]]:
    """Names of splits and files with the number of each kept row's; nothing where there is one for all."""
    labels = dataset.labels
    if labels.splits:
        yield [f"split '{name}'" for name in labels.splits], labels.split_codes[kept.row_numbers()]
    if len(labels.roles) > 1:
        rows = kept.row_numbers()
        yield [role.table.name for role in labels.roles], np.searchsorted(labels.offsets, rows, "right") - 1
    if len(files) > 1:
        yield files, dataset.probability_file_of_rows()[kept.row_numbers()]
