"""Whether the files of a saved audit are still those that were audited."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from labelaudit.errors import DataError
from labelaudit.io.readers.faults import foreign_errors
from labelaudit.types import InputFile, Notice

SHOWN = 3


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
    changed = [file.path for file, digest in zip(here, digests, strict=True) if digest != file.sha256]
    if changed:
        more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
        raise DataError(
            f"has changed since the audit{more}: its verdict would be about other rows",
            file=changed[0],
            hint="labelaudit scan audits it anew",
        )
    absent = [file.path for file in inputs if file not in here]
    if not absent:
        return []
    some = ", ".join(absent[:SHOWN]) + (", ..." if len(absent) > SHOWN else "")
    message = f"not here, so nobody can tell whether the audit is still of them: {some}"
    return [Notice(code="inputs-absent", message=message, count=len(absent))]


def _sha256(file: InputFile) -> str:
    with foreign_errors(file.path), open(file.path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
