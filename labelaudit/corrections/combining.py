"""From an audit and decisions on it to corrections of its files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from labelaudit.auditing import Audit
from labelaudit.corrections.applied import Wish, settled
from labelaudit.corrections.automatic import suggestions
from labelaudit.corrections.decided import decided
from labelaudit.corrections.file_edits import are_flagged, file_edits
from labelaudit.corrections.label_files import SCAN_AGAIN, LabelFiles, open_label_files
from labelaudit.corrections.matching import Found, find_rows
from labelaudit.corrections.provenance import history
from labelaudit.corrections.row_ids import check_row_ids
from labelaudit.corrections.row_numbers import check_row_numbers
from labelaudit.corrections.values import ApplyOptions, Correction, Corrections, LeftAlone
from labelaudit.decisions import Decision
from labelaudit.errors import CorrectionError

SHOWN = 3


def corrections_of(
    audit: Audit, folder: Path, decisions: Mapping[str, Sequence[Decision]], options: ApplyOptions
) -> Corrections:
    """What people's decisions, and on request the audit itself, make of the label files as they are now.

    A decision belongs to a row with a label. It is carried out where that row still has this label, wherever
    it now stands; it is passed over where the row already is as decided.

    Args:
        audit: a loaded one; its paths count from the current folder.
        folder: of the audit, where changes made earlier are told.
        decisions: by the name of their file.
        options: how many must agree, and what is done.

    Raises:
        CorrectionError: decisions on rows that are gone or have yet another label, on no class, or with the
            id of another row.
        UsageError, DataError: the files, or what was asked.

    Example:
        >>> from labelaudit.store import load_audit
        >>> import labelaudit, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with labelaudit.open_dataset(["sample_data/digits"]) as dataset:
        ...         labelaudit.save_audit(labelaudit.audit(dataset), folder)
        ...     saved = load_audit(folder)
        ...     worst = next(saved.suspects())
        ...     print_, record = worst.fingerprint, {}
        ...     vote = Decision(fingerprint=print_, id=worst.id, word="other", label="two",
        ...                     reviewer="ana", line=1, record=record)
        ...     found = corrections_of(saved, Path(folder), {"decisions.jsonl": [vote]}, ApplyOptions())
        >>> [(row.id, row.old, row.new) for row in found.rows]
        [('digit-1170', 'four', 'two')]
    """
    files = open_label_files(audit)
    human = decided(decisions, options, files.order.names)
    auto, too_many = suggestions(audit, options, human.prints) if options.auto else ([], {})
    wishes = [*human.wishes, *auto]
    ids = {print_: outcome.id for print_, outcome in human.outcomes.items()}
    found = find_rows(files, audit, ids | {wish.fingerprint: wish.id for wish in auto})
    check_row_ids(files, found.rows, decisions)
    done = history(folder) if files.index.id_hashes is None else []
    check_row_numbers(files, audit, found, wishes, done)
    there = [wish for wish in wishes if wish.fingerprint in found.rows]
    gone = [wish for wish in wishes if wish.fingerprint not in found.rows]
    over = settled(files, found, gone, done) if gone else frozenset()
    lost = [wish for wish in gone if wish.fingerprint not in over]
    stale = tuple(wish.id for wish in lost if wish.source == "human")
    if stale and not options.skip_stale:
        raise _stale(stale, decisions, nameless=files.are_nameless)
    rows = _corrections(files, audit, found, there, options)
    left = LeftAlone(
        kept=human.n_kept + len(there) - len(rows),
        neither=0 if options.drop or options.flag else len(human.of_verdict("neither")),
        applied=len(over),
        conflicts=tuple(outcome.id for outcome in human.of_verdict("conflict")),
        stale=stale,
        auto_gone=len(lost) - len(stale),
        over_assigned=too_many,
    )
    if options.flag and are_flagged(files, rows):
        left, rows = replace(left, applied=left.applied + len(rows)), []
    return Corrections(
        rows=tuple(rows),
        files=file_edits(files, rows, flag=options.flag),
        left=left,
        beside=tuple(file.path for file in audit.summary.inputs if file.roles and "labels" not in file.roles),
    )


def _corrections(
    files: LabelFiles, audit: Audit, found: Found, wishes: Sequence[Wish], options: ApplyOptions
) -> list[Correction]:
    """One for each row, in order; none where the row has the label already."""
    rules = _rules(audit, {wish.fingerprint for wish in wishes})
    placed: dict[int, Correction] = {}
    for wish in wishes:
        row = found.rows[wish.fingerprint]
        file, local = files.place(row)
        old = files.order.names[int(files.codes[row])]
        # Without ids, the fingerprint of a row may have passed to one like it: its own decision comes first.
        if old == wish.label or row in placed:
            continue
        placed[row] = Correction(
            fingerprint=wish.fingerprint,
            id=wish.id,
            file=file,
            row=local,
            old=old,
            new=wish.label,
            source=wish.source,
            action="flag" if options.flag else "drop" if wish.label is None else "relabel",
            reviewers=wish.reviewers,
            rules=rules.get(wish.fingerprint, ()),
        )
    return [placed[row] for row in sorted(placed)]


def _rules(audit: Audit, prints: Collection[str]) -> dict[str, tuple[str, ...]]:
    if not prints:
        return {}
    table = audit.suspects_table()
    columns = (table.column(name).to_pylist() for name in ("fingerprint", "rules"))
    return {print_: tuple(rules) for print_, rules in zip(*columns, strict=True) if print_ in prints}


def _stale(
    ids: Sequence[str], decisions: Mapping[str, Sequence[Decision]], *, nameless: bool
) -> CorrectionError:
    some = ", ".join(f"'{name}'" for name in ids[:SHOWN]) + (", ..." if len(ids) > SHOWN else "")
    if nameless:
        why = (
            "rows have neither ids nor content here, so that a decision holds for the files alone that were "
            "scanned when it was taken; add an id column"
        )
    else:
        why = "the row is gone or has another label than when it was decided"
    return CorrectionError(
        f"{len(ids):,} decision{'s are' if len(ids) > 1 else ' is'} stale, {why}: {some}",
        file=next(iter(decisions), None),
        hint=f"nothing was written. {SCAN_AGAIN} and lists them; drop these lines, or leave them out with "
        "--skip-stale",
    )
