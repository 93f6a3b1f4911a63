"""Audits of label files without any scoring, and decisions on them: what corrections are tested with.

The rows, ids and fingerprints are those that a scan would have; scores and suggestions are made up:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "labels.csv")
    ...     n_bytes = path.write_bytes(b"id,label\\n1,cat\\n2,dog\\n")
    ...     audit = made_audit([path], ("cat", "dog"))
    >>> [row["given_label"] for row in audit.scores().to_pylist()]
    ['cat', 'dog']
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from labelaudit.audit_tables import SCORES, SUSPECTS, VIEWS, Fingerprints, IdStream
from labelaudit.auditing import Audit
from labelaudit.config import InputOptions
from labelaudit.corrections.combining import corrections_of
from labelaudit.corrections.differences import difference_of
from labelaudit.corrections.file_edits import changed_rows
from labelaudit.corrections.values import ApplyOptions, Corrections
from labelaudit.corrections.writing import targets_in_place, write_corrections
from labelaudit.decisions import Decision
from labelaudit.io.hashing import as_hex
from labelaudit.opening import open_dataset
from labelaudit.report.corrections import diff_text
from labelaudit.types import ClassRow, Histogram, InputFile, JointCell, Notice
from tests.report.values import CAT, SUMMARY, cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """What an audit says of a suspect."""

    label: str | None
    pred_prob: float | None = 0.9
    vote: float | None = 0.9
    status: str = "new"


def made_audit(
    paths: Sequence[Path],
    classes: Sequence[str],
    options: InputOptions | None = None,
    *,
    suspects: Mapping[str, Suggested] | None = None,
    moved: Mapping[tuple[str, str], int] | None = None,
    neighbors: bool = True,
    notices: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> Audit:
    """An audit of label files.

    Args:
        paths: the files.
        classes: their names, in order.
        options: of the scan.
        suspects: what is said of rows, by id.
        moved: the off-diagonal counts of the joint, by given and true label.
        neighbors: whether there were embeddings.
        notices: codes.
        ignore: rules that were not looked for.
    """
    options = replace(options or InputOptions(), classes=tuple(classes))
    scores, inputs, has_ids = _scores(paths, options, suspects or {})
    named = {
        k: list(v) if isinstance(v, tuple) else v
        for k in ("id_col", "label_col", "split_col")
        if (v := getattr(options, k)) is not None
    }
    summary = replace(
        SUMMARY,
        inputs=inputs,
        n_rows=scores.num_rows,
        n_classes=len(classes),
        paths=tuple(map(str, paths)),
        input_options=named,
        has_ids=has_ids,
        algorithm={"neighbors": {} if neighbors else None, "select": ["LA"], "ignore": list(ignore)},
        notices=tuple(Notice(code=code, message=code) for code in notices),
    )
    flagged = scores.filter(scores["is_suspect"])
    joint: list[JointCell] = [cell(given, true, count) for (given, true), count in (moved or {}).items()]
    return Audit(
        classes=tuple(_class(name) for name in classes),
        joint=tuple(joint),
        read_summary=lambda: summary,
        read_suspects=lambda: _suspects(flagged, suspects or {}),
        read_scores=lambda columns: iter(scores.select(columns or scores.column_names).to_batches()),
        read_histogram=lambda: Histogram(rows=(), suspects=()),
    )


def _class(name: str) -> ClassRow:
    return replace(CAT, name=name)


def _scores(
    paths: Sequence[Path], options: InputOptions, suspects: Mapping[str, Suggested]
) -> tuple[pa.Table, tuple[InputFile, ...], bool]:
    with open_dataset(paths, options, probabilities="replaced") as dataset:
        labels, codes = dataset.labels, dataset.order.codes(dataset.labels)
        content = dataset.content_hashes()
        rows = np.flatnonzero(codes >= 0)
        prints = Fingerprints(labels, dataset.classes, content, rows, codes[rows])
        ids = IdStream(dataset).at(rows).to_pylist()
        places = [labels.place(row) for row in rows.tolist()]
        found = [suspects.get(name) for name in ids]
        columns: dict[str, Any] = {
            "id": ids,
            "file": [role.table.name for role, _ in places],
            "row": [row for _, row in places],
            "split": [labels.splits[code] if code >= 0 else None for code in labels.split_codes[rows]],
            "given_label": [dataset.classes[code] for code in codes[rows]],
            "is_suspect": [one is not None for one in found],
            "suggested_label": [one and one.label for one in found],
            "suggested_pred_prob": [one and one.pred_prob for one in found],
            "suggested_vote": [one and one.vote for one in found],
            "content_hash": None if content is None else as_hex(content[rows]),
            "fingerprint": as_hex(prints.at(np.arange(len(rows)))),
        }
        inputs = tuple(
            InputFile(
                path=role.table.name,
                sha256=hashlib.sha256(role.table.path.read_bytes()).hexdigest(),
                rows=int(n),
                columns=(),
                roles=("labels",),
            )
            for role, n in zip(labels.roles, np.diff(labels.offsets), strict=True)
        )
        schema = pa.schema([*SCORES, *VIEWS])
        arrays = [
            pa.nulls(len(rows), f.type)
            if columns.get(f.name) is None
            else pa.array(columns[f.name], f.type)
            if isinstance(columns[f.name], list)
            else columns[f.name]
            for f in schema
        ]
        return pa.Table.from_arrays(arrays, schema=schema), inputs, labels.id_hashes is not None


def _suspects(flagged: pa.Table, suspects: Mapping[str, Suggested]) -> pa.Table:
    n_rows = flagged.num_rows
    more = {
        "rank": list(range(1, n_rows + 1)),
        "label_quality": [0.0] * n_rows,
        "rules": [["LA101", "LA201"]] * n_rows,
        "status": [suspects[name].status for name in flagged["id"].to_pylist()],
    }
    arrays = [
        pa.array(more[f.name], f.type)
        if f.name in more
        else flagged[f.name].combine_chunks()
        if f.name in flagged.column_names
        else pa.nulls(n_rows, f.type)
        for f in SUSPECTS
    ]
    return pa.Table.from_arrays(arrays, schema=SUSPECTS)


# --- decisions ---------------------------------------------------------------------------------


def vote(audit: Audit, id: str, word: str, *, reviewer: str = "ana", line: int = 1) -> Decision:
    """What somebody says of a row: given, both, neither, skip, or a label."""
    row = next(row for row in audit.scores().to_pylist() if row["id"] == id)
    return decision_on(row, word, reviewer=reviewer, line=line)


def decision_on(row: Mapping[str, Any], word: str, *, reviewer: str = "ana", line: int = 1) -> Decision:
    """The same for a record of the scores."""
    is_word = word in ("given", "both", "neither", "skip", "undo")
    return Decision(
        fingerprint=row["fingerprint"],
        id=row["id"],
        word=word if is_word else "other",  # type: ignore[arg-type]
        label=None if is_word else word,
        reviewer=reviewer,
        line=line,
        record={"seen": {"given": row["given_label"]}},
    )


def decided_labels(audit: Audit, labels: Mapping[str, str]) -> dict[str, list[Decision]]:
    """One vote a row, by id."""
    rows = {row["id"]: row for row in audit.scores().to_pylist()}
    numbers = itertools.count(1)
    return {"d.jsonl": [decision_on(rows[id], word, line=next(numbers)) for id, word in labels.items()]}


def written_line(decision: Decision) -> str:
    """A decision as a line of `decisions.jsonl`."""
    record = {
        "fingerprint": decision.fingerprint,
        "id": decision.id,
        "decision": decision.word,
        "label": decision.label,
        "reviewer": decision.reviewer,
        **decision.record,
    }
    return json.dumps(record) + "\n"


# --- what comes of them ------------------------------------------------------------------------


def apply(audit: Audit, folder: Path, labels: Mapping[str, str], **how: Any) -> Corrections:
    """The corrections that one vote a row makes; `how` are options."""
    return corrections_of(audit, folder, decided_labels(audit, labels), ApplyOptions(**how))


def applied(audit: Audit, folder: Path, labels: Mapping[str, str], **how: Any) -> Corrections:
    """The same, written to the files themselves."""
    corrections = apply(audit, folder, labels, **how)
    write_corrections(corrections, targets_in_place(corrections.files), folder)
    return corrections


def diff_of(corrections: Corrections) -> bytes:
    """The diff of all files."""
    text = []
    for file in corrections.files:
        if file.is_changed:
            with difference_of(file, changed_rows(corrections, file)) as difference:
                text += diff_text(difference)
    return "".join(text).encode("utf-8", "surrogateescape")
