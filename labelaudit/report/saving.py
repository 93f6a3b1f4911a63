"""Saving an audit with its page for people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from labelaudit.report import renderer
from labelaudit.report.model import Screen, report_of
from labelaudit.report.pictures import PICTURES
from labelaudit.store import write_audit

if TYPE_CHECKING:
    from labelaudit.auditing import Audit


def save_audit(audit: Audit, folder: str | Path) -> None:
    """Save an audit to a folder, as `labelaudit scan` does; `decisions.jsonl` there is never touched.

    Args:
        audit: of a dataset that is still open, or a loaded one.
        folder: made if it does not exist.

    Raises:
        OutputError: the folder holds something else than an audit, or cannot be written.
    """
    report = report_of(audit)
    write_audit(
        audit,
        folder,
        page=lambda: "".join(renderer("page")(report, Screen(pictures=True))),
        pictures=lambda: {name: draw(report) for name, (_, draw) in PICTURES.items()},
    )
