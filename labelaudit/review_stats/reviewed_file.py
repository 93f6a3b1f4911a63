"""`reviewed.json`: written beside the audit whole or not at all, read only where it fits the scan."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from labelaudit.decisions.content import decisions_hash
from labelaudit.errors import OutputError
from labelaudit.scan_key import scan_key
from labelaudit.types import Reviewed, ReviewedCount, Summary

REVIEWED = "reviewed.json"


def reviewed_text(reviewed: Reviewed) -> str:
    """The estimate as JSON."""
    told = {name: value for name, value in asdict(reviewed).items() if name != "is_outdated"}
    return json.dumps(told, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def write_reviewed(reviewed: Reviewed, folder: Path) -> Path:
    """Write the estimate into its audit, by way of a temporary sibling.

    Raises:
        OutputError: it cannot be written.
    """
    path = folder / REVIEWED
    fresh = path.with_name(f".{REVIEWED}.new")
    try:
        fresh.write_text(reviewed_text(reviewed), encoding="utf-8", newline="")
        os.replace(fresh, path)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror or error}", file=str(path)) from error
    finally:
        fresh.unlink(missing_ok=True)
    return path


def read_reviewed(folder: Path, summary: Summary, own: Path) -> Reviewed | None:
    """Read the estimate of a scan; None without one, or where it is of another scan or another version.

    Args:
        folder: of the audit.
        summary: of the scan.
        own: the decisions of the audit as they are now; an estimate from others is outdated.
    """
    try:
        raw = json.loads((folder / REVIEWED).read_text(encoding="utf-8"))
        if raw["scan"] != scan_key(summary):
            return None
        reviewed = _reviewed(raw)
        is_same = own.is_file() and decisions_hash([own]) == reviewed.decided
        return replace(reviewed, is_outdated=not is_same)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _reviewed(raw: dict[str, Any]) -> Reviewed:
    raw["total"] = ReviewedCount(**raw["total"])
    raw["top"] = tuple(ReviewedCount(**part) for part in raw["top"])
    for name in ("by_class", "by_split"):
        raw[name] = {key: ReviewedCount(**part) for key, part in raw[name].items()}
    for name in ("assumes", "reviewers"):
        raw[name] = tuple(raw[name])
    return Reviewed(**raw)
