"""Whether the files of a saved audit are still those that were audited."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from labelaudit.config import InputOptions
from labelaudit.errors import DataError
from labelaudit.io.discover import tables_under
from labelaudit.io.readers.faults import foreign_errors
from labelaudit.io.roles import roles_of
from labelaudit.types import InputFile, Notice

SHOWN = 3
INPUTS_ABSENT = "inputs-absent"


def check_inputs(inputs: Sequence[InputFile]) -> list[Notice]:
    """Refuse an audit of files that have changed since.

    Args:
        inputs: of the audit's summary; their paths count from the current folder.

    Returns:
        A notice where files are not here, so that nobody can tell.

    Raises:
        DataError: a file is not the one that was audited.
    """
    here = [file for file in inputs if Path(file.path).is_file()]
    with ThreadPoolExecutor(2) as pool:
        digests = list(pool.map(_sha256, here))
    _refuse("has changed", [f.path for f, digest in zip(here, digests, strict=True) if digest != f.sha256])
    absent = [file for file in inputs if file not in here]
    if not absent:
        return []
    some = ", ".join(file.path for file in absent[:SHOWN]) + (", ..." if len(absent) > SHOWN else "")
    message = f"not here, so nobody can tell whether the audit is still of them: {some}"
    return [Notice(code=INPUTS_ABSENT, message=message, count=len(absent))]


def refuse_other_tables(paths: Sequence[str], inputs: Sequence[InputFile], options: InputOptions) -> None:
    """Refuse an audit where a scan would read other labels today.

    They are gone, though something of what was scanned is still here; or there are more tables with the
    columns of an audited one, for a scan reads such together.

    Args:
        paths: that were scanned.
        inputs: of the audit's summary.
        options: of the scan.

    Raises:
        DataError: other labels.
    """
    known = {file.path for file in inputs}
    if any(map(os.path.exists, [*paths, *known])):
        gone = [f.path for f in inputs if "labels" in f.roles and not os.path.exists(f.path)]
        _refuse("is gone", gone)
    tables = tables_under([Path(path) for path in paths if os.path.isdir(path)])
    if known.issuperset(table.name for table in tables):
        return
    audited = {
        frozenset(table.schema.names)
        for table in tables
        if table.name in known and roles_of(table, options).label is not None
    }
    new = [t.name for t in tables if t.name not in known and frozenset(t.schema.names) in audited]
    _refuse("is new", new)


def _refuse(what: str, files: Sequence[str]) -> None:
    if files:
        more = f" (and {len(files) - 1} more)" if len(files) > 1 else ""
        raise DataError(
            f"{what} since the audit{more}: its verdict would be about other rows",
            file=files[0],
            hint="labelaudit scan audits it anew",
        )


def _sha256(file: InputFile) -> str:
    with foreign_errors(file.path), open(file.path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
