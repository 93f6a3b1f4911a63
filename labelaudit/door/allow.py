"""What is an error unless it was allowed, and a notice then."""

from __future__ import annotations

from labelaudit.config import AuditOptions
from labelaudit.errors import DataError
from labelaudit.types import Notice


def refuse(error: DataError, options: AuditOptions, notices: list[Notice]) -> None:
    """Raise the error, or note it when its rule is among `--allow`."""
    if error.code not in options.allow:
        raise error
    where = f"{error.file}: " if error.file else ""
    notices.append(Notice(code=error.code, message=f"allowed: {where}{error.message}"))
