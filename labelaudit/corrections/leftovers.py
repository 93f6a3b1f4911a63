"""What runs that were killed left beside the files they were replacing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_NAME = re.compile(r"\.labelaudit-([0-9]+)-[0-9]+")


def remove_leftovers(files: Iterable[Path]) -> None:
    """Remove the working files beside some files whose process is no more; all they held is told elsewhere.

    Args:
        files: those that such a run may have been replacing.
    """
    for folder in {file.resolve().parent for file in files}:
        with suppress(OSError):
            for path in folder.glob(".labelaudit-*"):
                found = _NAME.fullmatch(path.name)
                if found and not _is_alive(int(found[1])):
                    path.unlink()


def _is_alive(process: int) -> bool:
    if os.name == "nt":  # signal 0 is Ctrl-C there
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
