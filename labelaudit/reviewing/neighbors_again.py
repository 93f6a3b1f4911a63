"""Neighbours of rows that were saved without: only suspects get theirs from the audit.

Controls and the unsuspected rows of a sample would be known by the lack, so theirs are looked for when they
are reviewed, in the embeddings as they are read again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.auditing import Audit
from labelaudit.dataset import Dataset
from labelaudit.errors import LabelAuditError
from labelaudit.io.embeddings import embedding_blocks
from labelaudit.neighbor_rows import COLUMNS, row_of
from labelaudit.neighbors.of_class import nearest_of_classes
from labelaudit.opening import open_dataset
from labelaudit.same_inputs import check_inputs
from labelaudit.types import IntArray, Suspect


def neighbors_again(
    labels: Mapping[str, tuple[str, str | None]], audit: Audit
) -> dict[str, tuple[Suspect, ...]]:
    """Find the three nearest rows with the given, and the three with the suggested label.

    By the audit's metric, over all columns, exactly. Embeddings are read twice, a block in memory at a time.

    Args:
        labels: the given and the suggested label of each row, by fingerprint.
        audit: a loaded one.

    Returns:
        By fingerprint; nothing where the audit had no embeddings, or its files are gone or have changed.

    Example:
        >>> import tempfile
        >>> from labelaudit.auditing import audit
        >>> with open_dataset(["sample_data/digits"]) as dataset:
        ...     found = audit(dataset)
        ...     worst = next(found.suspects())
        ...     both = (worst.given_label, worst.suggested_label)
        ...     near = neighbors_again({worst.fingerprint: both}, found)[worst.fingerprint]
        >>> [row.id for row in near] == list(worst.neighbor_ids)
        True
    """
    around = audit.summary.algorithm["neighbors"]
    if around is None or not labels:
        return {}
    inputs = [file for file in audit.summary.inputs if {"labels", "embeddings"} & set(file.roles)]
    try:
        if check_inputs(inputs):
            return {}
        with open_dataset(audit.summary.paths, audit.input_options, probabilities="replaced") as dataset:
            return _found(labels, audit, dataset, around["metric"])
    except (LabelAuditError, OSError):
        return {}


def _found(
    labels: Mapping[str, tuple[str, str | None]], audit: Audit, dataset: Dataset, metric: str
) -> dict[str, tuple[Suspect, ...]]:
    assert dataset.embedding_alignment is not None
    classes = pa.array(audit.class_names, pa.string())
    prints = pa.array(list(labels), pa.string())
    given = np.full(dataset.n_rows, -1)
    asking = np.full(len(labels), -1)
    for numbers, batch in numbered_rows(audit, dataset, ["given_label", "fingerprint"]):
        given[numbers] = pc.index_in(batch.column("given_label"), value_set=classes).to_numpy()
        places = pc.index_in(batch.column("fingerprint"), value_set=prints)
        here = places.is_valid().to_numpy(zero_copy_only=False)
        asking[places.drop_null().to_numpy()] = numbers[here]
    code_of = {name: code for code, name in enumerate(audit.class_names)} | {None: -1}
    wanted = np.array([[code_of[label] for label in both] for both in labels.values()])
    read = partial(embedding_blocks, dataset.embeddings, dataset.embedding_alignment)
    nearest = nearest_of_classes(read, given, asking, wanted, metric=metric)
    rows: dict[int, Suspect] = {}
    for numbers, batch in numbered_rows(audit, dataset, COLUMNS):
        here = np.flatnonzero(np.isin(numbers, nearest))
        records = batch.select(COLUMNS).take(pa.array(here)).to_pylist()
        rows |= zip(numbers[here].tolist(), map(row_of, records), strict=True)
    return {
        name: tuple(rows[number] for number in near if number >= 0)
        for name, near in zip(labels, nearest.reshape(len(labels), -1).tolist(), strict=True)
    }


def numbered_rows(
    audit: Audit, dataset: Dataset, columns: list[str] | tuple[str, ...]
) -> Iterator[tuple[IntArray, pa.RecordBatch]]:
    """The rows of the audit with their numbers in the dataset, a stretch at a time."""
    files = pa.array([role.table.name for role in dataset.labels.roles], pa.string())
    for batch in audit.scores_batches(list(dict.fromkeys([*columns, "file", "row"]))):
        file = pc.index_in(batch.column("file"), value_set=files).to_numpy()
        yield dataset.labels.offsets[file] + batch.column("row").to_numpy(), batch
