"""Saving an audit with its page for people."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from labelaudit.errors import OutputError
from labelaudit.report import renderer
from labelaudit.report.model import Screen, report_of
from labelaudit.report.pictures import PICTURES
from labelaudit.report.self_tested import read_self_test
from labelaudit.store import SELF_TEST, load_audit, write_audit

if TYPE_CHECKING:
    from labelaudit.auditing import Audit

REPORT = "report.md"


def save_audit(audit: Audit, folder: str | Path) -> None:
    """Save an audit to a folder, as `labelaudit scan` does; `decisions.jsonl` there is never touched.

    Args:
        audit: of a dataset that is still open, or a loaded one.
        folder: made if it does not exist.

    Raises:
        OutputError: the folder holds something else than an audit, or cannot be written.
    """
    report = report_of(audit, self_test=read_self_test(Path(folder, SELF_TEST), audit.summary))
    write_audit(
        audit,
        folder,
        page=lambda: "".join(renderer("page")(report, Screen(pictures=True))),
        pictures=lambda: {name: draw(report) for name, (_, draw) in PICTURES.items()},
    )


def write_page_again(folder: Path) -> None:
    """Write `report.md` of a saved audit anew, with what was saved beside it since.

    A page that leaves rows out, by a gate's baseline or comparison, stays as it is: the saved audit does not
    know which.

    Raises:
        AuditNotFoundError: no audit there.
        OutputError: it cannot be written.
    """
    audit = load_audit(folder)
    if audit.summary.hidden or audit.summary.changes is not None:
        return
    report = report_of(audit, self_test=read_self_test(folder / SELF_TEST, audit.summary))
    text = "".join(renderer("page")(report, Screen(pictures=True)))
    fresh = folder / f".{REPORT}.new"
    try:
        fresh.write_text(text, encoding="utf-8", newline="")
        os.replace(fresh, folder / REPORT)
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror or error}", file=str(folder / REPORT)
        ) from error
    finally:
        fresh.unlink(missing_ok=True)
