"""What no result may take the place of: the data, the audit, people's decisions, settings.

One rule for every command with an option that `writes`; what it is a command's purpose to write, it names.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from labelaudit.cli.streams import STDOUT, check_target
from labelaudit.config import BASELINE_FILE, IGNORE_FILE
from labelaudit.errors import OutputError
from labelaudit.settings import CONFIG_FILE, PYPROJECT

if TYPE_CHECKING:
    from labelaudit.auditing import Audit
    from labelaudit.dataset import Dataset

HERE = (CONFIG_FILE, PYPROJECT, BASELINE_FILE, IGNORE_FILE)
"""Read in the current folder without being named."""
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
SOUNDS = (".wav", ".mp3", ".flac", ".ogg", ".m4a")
"""What a table of the folder may name."""


def check_results(
    names: Iterable[str | Path | None],
    folder: str | Path | None = None,
    audit: Audit | None = None,
    read: Iterable[str | Path] = (),
    *,
    purpose: Container[str] = (),
) -> None:
    """Find out before the work that all results can be written and none takes the place of what must stay.

    Args:
        names: files to write; None for none, "-" for stdout.
        folder: of the audit; a scan may be about to make it.
        audit: what is saved there.
        read: other files and folders that the command reads.
        purpose: names of files that this command is there to write.

    Raises:
        OutputError: one cannot be written, would replace what must stay, or takes two results.
    """
    files = [Path(name) for name in names if name is not None and str(name) != STDOUT]
    for file in files:
        if folder is None or Path(folder).exists() or file.parent != Path(folder):
            check_target(file)
    refuse_kept(files, folder, audit, read, purpose=purpose)
    plain = [file.resolve() for file in files if file.is_file() or not file.exists()]
    if len(set(plain)) < len(plain):
        twice = next(file for file in plain if plain.count(file) > 1)
        raise OutputError("two results in one file", file=str(twice), hint="give each a file of its own")


def tables_of(dataset: Dataset) -> list[str]:
    """The files of a dataset, also those whose probabilities are passed over."""
    others = [offer.roles.table for offer in dataset.passed_over]
    return [table.name for table in (*dataset.tables, *others)]


def refuse_kept(
    files: Iterable[Path],
    folder: str | Path | None,
    audit: Audit | None,
    read: Iterable[str | Path] = (),
    *,
    purpose: Container[str] = (),
) -> None:
    """Refuse files that are inputs, of the audited dataset, or of any audit, however they are spelled.

    In a folder that is scanned all tables and media that are there are the dataset's, read or not.

    Args:
        files: to write; their folders need not exist yet.
        folder: as of `check_results`, and so are the others.
        audit: its inputs count from the folder in which it was made.
        read: files and folders; what is neither is passed over.
        purpose: names.

    Raises:
        OutputError: one is.
    """
    files = list(files)
    if not files:
        return  # Arrow is not loaded for nothing
    kept = [path for path in [*map(Path, read), *map(Path, HERE)] if path.name not in purpose]
    if audit is not None and folder is not None:
        kept += _dataset(audit, Path(folder))
    names = _names_in_audits()
    scanned = [path for path in _scanned(audit, folder, read) if path.is_dir()]
    if folder is not None:
        kept += [Path(folder, name) for name in names if name not in purpose]
    for file in files:
        try:
            if file.exists() and any(path.is_file() and file.samefile(path) for path in kept):
                raise OutputError("is one of the inputs", file=str(file), hint="choose another file")
            if _is_of_an_audit(file.resolve(), folder, names) and file.name not in purpose:
                raise OutputError("is a file of the audit itself", file=str(file), hint="choose another file")
            if file.name not in purpose and any(_is_data_in(above, file) for above in scanned):
                raise OutputError(
                    "is there already, a data file in a scanned folder",
                    file=str(file),
                    hint="choose another file, best outside of the folder: a scan reads all tables in it",
                )
        except OSError as error:
            raise OutputError(error.strerror or str(error), file=str(file)) from error


def _dataset(audit: Audit, folder: Path) -> Iterator[Path]:
    """The audited files, also for whoever does not stand in the folder in which they were named."""
    for name in (*(source.path for source in audit.summary.inputs), *audit.summary.paths):
        yield Path(name)
        yield from (above / name for above in folder.resolve().parents)


def _scanned(audit: Audit | None, folder: str | Path | None, read: Iterable[str | Path]) -> Iterator[Path]:
    """The paths that are scanned, or were where the audited files still lie."""
    yield from map(Path, read)
    if audit is None or folder is None:
        return
    summary = audit.summary
    for base in (Path(), *Path(folder).resolve().parents):
        if any((base / source.path).is_file() for source in summary.inputs):
            yield from (base / name for name in summary.paths)


def _is_data_in(folder: Path, file: Path) -> bool:
    """Whether a file is there that a scan of the folder may read, its links followed or not."""
    from labelaudit.io.tables import is_table
    from labelaudit.store import is_audit

    if not file.is_file() or not (is_table(file) or file.suffix.lower() in {*PICTURES, *SOUNDS, ".npz"}):
        return False
    top = folder.resolve()
    for place in (file.parent.resolve(), file.resolve().parent):
        if place.is_relative_to(top):
            between = [above for above in (place, *place.parents) if above.is_relative_to(top)]
            return not any(map(is_audit, between))
    return False


def _names_in_audits() -> frozenset[str]:
    from labelaudit.store import FILES, OTHERS

    return frozenset((*FILES, *OTHERS))


def _is_of_an_audit(file: Path, folder: str | Path | None, names: Container[str]) -> bool:
    """Whether a file, its links followed, has a name of an audit's file in the audit named or in another."""
    from labelaudit.store import is_audit

    if file.name not in names:
        return False
    return (folder is not None and file.parent == Path(folder).resolve()) or is_audit(file.parent)
