"""A hash of a scan: an estimate must not be shown beside another one."""

from __future__ import annotations

import hashlib
import json

from labelaudit.types import Summary


def scan_key(summary: Summary) -> str:
    """Name a scan by what was scanned and how; what a later gate says of it does not matter.

    Returns:
        16 hexadecimal digits.
    """
    named = [
        [(file.path, file.sha256, file.rows) for file in summary.inputs],
        summary.algorithm,
        summary.seed,
        summary.n_rows,
        summary.n_suspects,
        summary.by_class,
        summary.est_errors,
    ]
    return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()[:16]
