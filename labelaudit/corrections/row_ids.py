"""Whether decisions name the rows that their fingerprints are of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from labelaudit.corrections.label_files import LabelFiles
from labelaudit.decisions import Decision
from labelaudit.errors import CorrectionError
from labelaudit.io.hashing import text_hashes
from labelaudit.io.labels import ids_at


def check_row_ids(
    files: LabelFiles, rows: Mapping[str, int], decisions: Mapping[str, Sequence[Decision]]
) -> None:
    """Raise CorrectionError where a decision's id is not that of its row; rows without ids have none.

    Args:
        files: the labels as they are now.
        rows: by fingerprint.
        decisions: by the name of their file.
    """
    if files.index.id_hashes is None:
        return
    for file, read in decisions.items():
        there = [decision for decision in read if decision.fingerprint in rows]
        if not there:
            continue
        at = np.array([rows[decision.fingerprint] for decision in there], dtype=np.int64)
        named = text_hashes(pa.array([decision.id for decision in there], pa.string()))
        wrong = np.flatnonzero(named != files.index.id_hashes[at])
        if len(wrong):
            raise _wrong(files, int(at[wrong[0]]), file, there[wrong[0]], more=len(wrong) - 1)


def _wrong(files: LabelFiles, row: int, file: str, decision: Decision, *, more: int) -> CorrectionError:
    number, local = files.place(row)
    (id,) = ids_at(files.roles[number], np.array([local]))
    return CorrectionError(
        f"the decision is on id '{decision.id}', and its fingerprint is of id '{id}'",
        file=file,
        row=decision.line - 1,
        line=decision.line,
        more=more,
        hint="nothing was written; copy id and fingerprint of the same row, from suspects.jsonl say",
    )
