"""A self-test saved in the audit of the same data, whose reports then tell of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelaudit.cli.streams import write_file
from labelaudit.errors import DataError
from labelaudit.report.self_tested import audited_key, inputs_key

if TYPE_CHECKING:
    from labelaudit.auditing import Audit
    from labelaudit.dataset import Dataset
    from labelaudit.self_testing import SelfTest


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An audit that takes a self-test."""

    folder: Path
    inputs: dict[str, Any]  # what both are of

    def save(self, found: SelfTest) -> None:
        """Write `selftest.json`, whole or not at all, and `report.md` anew."""
        from labelaudit.cli.selftest_pages import json_page
        from labelaudit.report.saving import write_page_again
        from labelaudit.store import SELF_TEST

        write_file(json_page(found, inputs=self.inputs), self.folder / SELF_TEST)
        write_page_again(self.folder)


def place_in(folder: str, audit: Audit, dataset: Dataset, *, refit: bool | None) -> Place:
    """Check, before the work, that an audit is of the data to be tested.

    Args:
        folder: of the audit.
        audit: loaded from there.
        dataset: still open.
        refit: as of `self_test`.

    Raises:
        DataError: it is of other data.
    """
    from labelaudit.io.input_hashes import InputHashes
    from labelaudit.self_testing import is_refitted

    refitted = is_refitted(dataset, refit)
    digests = InputHashes(dataset.tables).digests()
    files = [(dataset.roles_of(table), digest) for table, digest in zip(dataset.tables, digests, strict=True)]
    inputs = inputs_key(files, asdict(dataset.options), refitted=refitted)
    if inputs != audited_key(audit.summary, refitted=refitted):
        raise DataError(
            "is an audit of other data than what is to be tested, or the data has changed since",
            file=folder,
            hint="labelaudit scan audits it anew; then give --save-in its folder",
        )
    return Place(folder=Path(folder), inputs=inputs)
