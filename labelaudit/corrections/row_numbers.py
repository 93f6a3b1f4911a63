"""Rows that have nothing but their number: neither an id nor content, as labels beside an array have.

No fingerprint survives a row that was put in or taken out there; so corrections are refused unless every
row is as it was scanned, or was corrected since.
"""

from __future__ import annotations

from collections.abc import Iterable

from labelaudit.auditing import Audit
from labelaudit.corrections.applied import Wish
from labelaudit.corrections.label_files import SCAN_AGAIN, LabelFiles
from labelaudit.corrections.matching import Found, scored_labels
from labelaudit.corrections.provenance import ChangeRecord
from labelaudit.errors import CorrectionError
from labelaudit.same_inputs import check_inputs


def check_row_numbers(
    files: LabelFiles,
    audit: Audit,
    found: Found,
    wishes: Iterable[Wish],
    done: Iterable[ChangeRecord],
) -> None:
    """Refuse files in which row numbers may no longer mean the rows that were scanned.

    Args:
        files: the labels as they are now.
        audit: that was made of them.
        found: the rows of decisions and suggestions.
        wishes: what these say.
        done: earlier changes.

    Raises:
        CorrectionError, DataError: rows or files are others.
    """
    if files.index.id_hashes is not None:
        return
    if files.content is not None and all(files.content[row] for row in found.rows.values()):
        return
    rows = {file.path: file.rows for file in audit.summary.inputs}
    names = [role.table.name for role in files.roles]
    for number, name in enumerate(names):
        if rows[name] != files.n_rows(number):
            raise _changed(name, f"has {files.n_rows(number):,} rows, {rows[name]:,} were scanned")
    starts = dict(zip(names, files.index.offsets.tolist(), strict=False))
    corrected = {
        (starts[r.file] + r.row, r.new_label) for r in done if r.row is not None and r.file in starts
    }
    corrected |= {
        (found.relabelled[wish.fingerprint], wish.label or "")
        for wish in wishes
        if wish.fingerprint in found.relabelled
    }
    classes = [*files.order.names, ""]
    for file, row, label in scored_labels(audit):
        now = classes[int(files.codes[starts[file] + row])]
        if now != label and (starts[file] + row, now) not in corrected:
            raise _changed(file, f"is '{now}', was '{label}' when it was scanned", row)
    # The same labels may be of other rows; of files that were corrected only their labels can be compared.
    check_inputs([file for file in audit.summary.inputs if not (corrected and "labels" in file.roles)])


def _changed(file: str, what: str, row: int | None = None) -> CorrectionError:
    return CorrectionError(
        what,
        file=file,
        row=row,
        hint=f"rows without ids and content are known by their number alone. {SCAN_AGAIN}; decide anew, "
        "or give the rows ids",
    )
