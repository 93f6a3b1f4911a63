"""`reviewed.json`: written beside the audit whole or not at all, read only where it fits the scan."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from labelaudit.errors import OutputError
from labelaudit.scan_key import scan_key
from labelaudit.types import Reviewed, ReviewedCount, Summary

REVIEWED = "reviewed.json"


def reviewed_text(reviewed: Reviewed) -> str:
    """The estimate as JSON."""
    return json.dumps(asdict(reviewed), ensure_ascii=False, allow_nan=False, indent=2) + "\n"


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


def read_reviewed(folder: Path, summary: Summary) -> Reviewed | None:
    """Read the estimate of a scan; None without one, or where it is of another scan or another version."""
    try:
        raw = json.loads((folder / REVIEWED).read_text(encoding="utf-8"))
        return _reviewed(raw) if raw["scan"] == scan_key(summary) else None
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
