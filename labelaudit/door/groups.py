"""The stretches of rows that are judged by themselves: every split and every file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelaudit.dataset import Dataset
from labelaudit.passes.rows import KeptRows
from labelaudit.types import AnyArray, IntArray

Group = tuple[str, IntArray]
"""A name for messages, and positions among the kept rows."""


def groups(dataset: Dataset, kept: KeptRows) -> list[Group]:
    """All rows, then each split, label file and probability file that is not all of them."""
    rows = kept.row_numbers()
    everything = np.arange(len(rows))
    files = [offer.roles.table.name for offer in dataset.probabilities]
    found: list[Group] = [
        (files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more", everything)
    ]
    label_files = [role.table.name for role in dataset.labels.roles]
    cuts: list[tuple[Sequence[str], AnyArray]] = [
        ([f"split '{name}'" for name in dataset.labels.splits], dataset.labels.split_codes[rows]),
        (label_files, np.searchsorted(dataset.labels.offsets, rows, side="right") - 1),
        (
            files,
            dataset.probability_file_of_rows()[rows]
            if len(files) > 1
            else np.zeros(len(rows), dtype=np.int64),
        ),
    ]
    seen = {everything.tobytes()}
    for names, codes in cuts:
        for number, name in enumerate(names):
            group = np.flatnonzero(codes == number)
            key = group.tobytes()
            if len(group) and key not in seen:
                seen.add(key)
                found.append((name, group))
    return found
