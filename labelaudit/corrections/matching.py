"""Which row a fingerprint means, in the files as they are now.

With ids the fingerprint says it: it is of id, split and given label. Without ids, rows that are alike are
numbered, and the number of a row changes when a row like it is corrected; so the row is looked for where it
was scanned first, and taken only if content, split and label are still what they were.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.auditing import Audit
from labelaudit.corrections.label_files import LabelFiles
from labelaudit.io.hashing import mixed, text_hashes
from labelaudit.kernels.stretches import stretches
from labelaudit.types import HashArray

_PRINT = re.compile("[0-9a-f]{16}")
_SCORED = ("fingerprint", "id", "file", "row", "split", "given_label", "content_hash")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredRow:
    """A row as it was scanned."""

    id: str
    file: str
    row: int
    split: str | None
    given_label: str
    content_hash: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Rows by fingerprint."""

    rows: Mapping[str, int]  # of those that are as they were scanned
    relabelled: Mapping[str, int]  # of those that are where they were scanned, with another label now


def find_rows(files: LabelFiles, audit: Audit, ids: Mapping[str, str]) -> Found:
    """Look some rows up.

    Args:
        files: the labels as they are now.
        audit: that the fingerprints may be of.
        ids: of the rows wanted, by fingerprint.
    """
    if files.index.id_hashes is not None:
        return Found(rows=rows_of(files, ids), relabelled={})
    rows: dict[str, int] = {}
    relabelled: dict[str, int] = {}
    scored = _scored_rows(audit, ids)
    for print_, was in scored.items():
        row = _same_item(files, was)
        # Without any content the row's number is all there is: a decision must be of this very number.
        if row is None or (files.content is None and ids[print_] != was.id):
            continue
        given = files.number_of(was.given_label)
        (rows if given == files.codes[row] else relabelled)[print_] = row
    if files.content is not None:
        moved = [print_ for print_ in ids if print_ not in rows and print_ not in relabelled]
        rows |= rows_of(files, moved)
    return Found(rows=rows, relabelled=relabelled)


def rows_of(files: LabelFiles, prints: Iterable[str]) -> dict[str, int]:
    """The rows that have some fingerprints now."""
    wanted = {int(print_, 16): print_ for print_ in prints if _PRINT.fullmatch(print_)}
    known = files.prints.rows
    if not wanted or not len(known):
        return {}
    keys: HashArray = np.sort(np.fromiter(wanted, np.uint64, len(wanted)))
    found: dict[str, int] = {}
    for stretch in stretches(len(known)):
        here = files.prints.at(np.arange(stretch.start, stretch.stop))
        at = np.minimum(np.searchsorted(keys, here), len(keys) - 1)
        hits = np.flatnonzero(keys[at] == here)
        found |= {wanted[int(here[hit])]: int(known[stretch][hit]) for hit in hits}
    return found


def scored_labels(audit: Audit) -> Iterator[tuple[str, int, str]]:
    """(file, row, given label) of every row as it was scanned."""
    for batch in audit.scores_batches(("file", "row", "given_label")):
        yield from zip(
            *(batch.column(name).to_pylist() for name in ("file", "row", "given_label")), strict=True
        )


def _scored_rows(audit: Audit, prints: Collection[str]) -> dict[str, ScoredRow]:
    wanted = pa.array(list(prints), pa.string())
    found: dict[str, ScoredRow] = {}
    for batch in audit.scores_batches(_SCORED):
        here = batch.filter(pc.is_in(batch.column("fingerprint").cast(pa.string()), wanted))
        found |= {record.pop("fingerprint"): ScoredRow(**record) for record in here.to_pylist()}
    return found


def _same_item(files: LabelFiles, was: ScoredRow) -> int | None:
    """The row that is where a scanned one was, if it is the same item in the same split."""
    names = [role.table.name for role in files.roles]
    if was.file not in names:
        return None
    file = names.index(was.file)
    if was.row >= files.n_rows(file):
        return None
    row = int(files.index.offsets[file]) + was.row
    position = files.positions(np.array([row]))
    if position[0] < 0:
        return None
    # The label has no part in this: any class will do, the same on both sides.
    item = files.prints.items_at(position, np.zeros(1, dtype=np.int64))
    content = np.array([0 if was.content_hash is None else int(was.content_hash, 16)], dtype=np.uint64)
    expected = mixed(content, text_hashes(pa.array([was.split], pa.string())), files.prints.of_class[:1])
    return row if item[0] == expected[0] else None
