"""An audit on disk (contract, section 4): saved so that an interrupted run leaves the old one whole."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import json
import operator
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from labelaudit.audit_tables import SCORES, SUSPECTS
from labelaudit.auditing import SCHEMA_VERSION, Audit
from labelaudit.errors import AuditNotFoundError, OutputError
from labelaudit.io.writers.csv import write_csv
from labelaudit.io.writers.jsonl import write_json_lines
from labelaudit.kernels.histogram import histogram_of
from labelaudit.review_stats.reviewed_file import REVIEWED, read_reviewed
from labelaudit.types import (
    Changes,
    ClassRow,
    Gate,
    GateRule,
    Histogram,
    InputFile,
    JointCell,
    Notice,
    Summary,
)

SUMMARY = "summary.json"
DECISIONS = "decisions.jsonl"
PAGE = "report.html"
SELF_TEST = "selftest.json"
"""Names its inputs, so that no report tells it of others."""
FILES = (
    "scores.parquet",
    "suspects.parquet",
    "suspects.csv",
    "suspects.jsonl",
    "classes.csv",
    "joint.csv",
    "report.md",
    "confusion.svg",
    "scores.svg",
    SUMMARY,
)
"""What a scan writes; the summary comes last, so that its presence vouches for the others."""
REPEATED = ("file", "split", "given_label", "predicted_label", "suggested_label", "rules")
"""Columns of `scores.parquet` whose few values are worth a dictionary."""
OTHERS = (DECISIONS, REVIEWED, SELF_TEST, "changes.csv", PAGE, ".gitignore")
IGNORE_ALL_BUT_DECISIONS = f"*\n!{DECISIONS}\n!.gitignore\n"


def write_audit(
    audit: Audit, folder: str | Path, *, page: Callable[[], str], pictures: Callable[[], dict[str, str]]
) -> None:
    """Write an audit to its folder; `decisions.jsonl` there is never touched.

    All files are written to a temporary folder inside first and then moved, the summary last.

    Args:
        audit: of a dataset that is still open, or a loaded one.
        folder: made if it does not exist.
        page: gives the text of `report.md`; asked late, as it needs the summary.
        pictures: gives the text of its SVG files by name.

    Raises:
        OutputError: the folder holds something else than an audit, or cannot be written.
    """
    folder = Path(folder)
    check_audit_folder(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(folder)
        fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
        try:
            _write_files(audit, fresh, page, pictures)
            for name in FILES:
                os.replace(fresh / name, folder / name)
            (folder / PAGE).unlink(missing_ok=True)  # of the audit that was
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text(IGNORE_ALL_BUT_DECISIONS, encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"cannot write the audit: {error.strerror or error}",
            file=str(folder),
            hint="choose another folder with --out-dir, or --no-save",
        ) from error


def check_audit_folder(folder: Path) -> None:
    """Raise OutputError unless a folder is absent, empty or an audit; looked at before any work is done."""
    if folder.exists() and not folder.is_dir():
        raise OutputError("is a file, not a folder", file=str(folder), hint="choose a folder with --out-dir")
    if not folder.is_dir() or is_audit(folder):
        return
    strange = sorted(p.name for p in folder.iterdir() if p.name not in OTHERS and not _is_leftover(p))
    if strange:
        raise OutputError(
            f"the folder holds something else than an audit ({', '.join(strange[:3])})",
            file=str(folder),
            hint="choose an empty or new folder with --out-dir",
        )


def is_audit(folder: Path) -> bool:
    """Whether a folder holds a saved audit."""
    try:
        return str(json.loads((folder / SUMMARY).read_text(encoding="utf-8"))["tool"]).startswith(
            "labelaudit"
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _is_leftover(path: Path) -> bool:
    return path.is_dir() and path.name.startswith(".new-")


def _remove_leftovers(folder: Path) -> None:
    """What a killed run left behind."""
    for path in folder.iterdir():
        if _is_leftover(path):
            shutil.rmtree(path, ignore_errors=True)


def _write_files(
    audit: Audit, folder: Path, page: Callable[[], str], pictures: Callable[[], dict[str, str]]
) -> None:
    with ThreadPoolExecutor(1) as beside:
        # Arrow encodes without the interpreter's lock: the text files are written meanwhile.
        scores = beside.submit(_write_scores, audit, folder / "scores.parquet")
        suspects = audit.suspects_table()
        for form, write in WRITERS.items():
            write(suspects, folder / f"suspects.{form}")
        for name, rows, kind in (
            ("classes.csv", audit.classes, ClassRow),
            ("joint.csv", audit.joint, JointCell),
        ):
            _write_values(folder / name, rows, kind)
        for name, text in {"report.md": page(), **pictures()}.items():
            (folder / name).write_text(text, encoding="utf-8", newline="")
        summary = json.dumps(dataclasses.asdict(audit.summary), ensure_ascii=False, allow_nan=False, indent=2)
        (folder / SUMMARY).write_text(summary + "\n", encoding="utf-8", newline="")
        scores.result()


def _write_scores(audit: Audit, file: Path) -> None:
    batches = audit.scores_batches()
    first = next(batches)
    with pq.ParquetWriter(file, first.schema, use_dictionary=REPEATED) as writer:
        for batch in itertools.chain([first], batches):
            writer.write_batch(batch)


def stale_decisions(folder: str | Path) -> list[str]:
    """The ids of decisions whose row is gone or has another label than when it was decided.

    Args:
        folder: of a saved audit.

    Returns:
        Ids in the order of the decisions, each once ("line N" for a line that is no decision); empty
        without decisions.
    """
    path = Path(folder) / DECISIONS
    if not path.exists():
        return []
    current = set(pq.read_table(path.with_name("scores.parquet"), columns=["fingerprint"])[0].to_pylist())
    stale: dict[str, None] = {}
    with open(path, encoding="utf-8") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                decision = json.loads(line)
                if decision["fingerprint"] not in current:
                    stale[str(decision["id"])] = None
            except (ValueError, KeyError, TypeError):
                stale[f"line {number}"] = None
    return list(stale)


WRITERS: dict[str, Callable[[pa.Table, Path], None]] = {
    "parquet": pq.write_table,
    "csv": write_csv,
    "jsonl": write_json_lines,
}
"""How suspects are written: the saved audit has one file of each."""


def write_suspects(audit: Audit, file: Path, form: str) -> None:
    """Write the suspects in one of the forms of `WRITERS`, by way of a temporary sibling."""
    fresh = file.with_name(f".{file.name}.new")
    try:
        WRITERS[form](audit.suspects_table(), fresh)
        os.replace(fresh, file)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror or error}", file=str(file)) from error
    finally:
        fresh.unlink(missing_ok=True)


def _write_values(
    file: Path, rows: Sequence[ClassRow] | Sequence[JointCell], kind: type[ClassRow | JointCell]
) -> None:
    """A small table as CSV; the column `split` appears only where every split has a joint of its own."""
    names = [field.name for field in dataclasses.fields(kind)]
    if all(row.split is None for row in rows):
        names.remove("split")
    with open(file, "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["class" if name == "name" else name for name in names])
        writer.writerows(map(operator.attrgetter(*names), rows))


def load_audit(folder: str | Path) -> Audit:
    """Read a saved audit; its tables are read when asked for.

    Args:
        folder: where `labelaudit scan` saved it.

    Raises:
        AuditNotFoundError: no audit there, or one of a newer version.
    """
    folder = Path(folder)
    try:
        raw = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        if raw["schema_version"] > SCHEMA_VERSION:
            raise AuditNotFoundError(
                f"the audit is of a newer version (schema {raw['schema_version']})",
                file=str(folder),
                hint="update labelaudit, or scan again",
            )
        raw["inputs"] = tuple(
            InputFile(**{**i, "columns": tuple(i["columns"]), "roles": tuple(i["roles"])})
            for i in raw["inputs"]
        )
        raw["notices"] = tuple(Notice(**n) for n in raw["notices"])
        raw["gate"] = Gate(**{**raw["gate"], "rules": tuple(GateRule(**r) for r in raw["gate"]["rules"])})
        raw["paths"] = tuple(raw["paths"])
        raw["changes"] = raw["changes"] and Changes(**raw["changes"])
        summary = Summary(**raw)
        classes = tuple(_class_row(r) for r in _read_csv(folder / "classes.csv"))
        joint = tuple(_joint_cell(r) for r in _read_csv(folder / "joint.csv"))
        for name, schema in (("suspects.parquet", SUSPECTS), ("scores.parquet", SCORES)):
            # Scores of scorers asked for by name stand behind.
            if pq.read_schema(folder / name).names[: len(schema)] != schema.names:
                raise AuditNotFoundError(
                    f"{name} has other columns than expected", file=str(folder), hint="scan again"
                )
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise AuditNotFoundError(
            "no readable audit here" if folder.exists() else "no such folder",
            file=str(folder),
            hint="labelaudit scan PATH saves one to labelaudit-out/",
        ) from error
    return Audit(
        read_summary=lambda: summary,
        classes=classes,
        joint=joint,
        read_suspects=lambda: pq.read_table(folder / "suspects.parquet"),
        read_scores=lambda columns: pq.ParquetFile(folder / "scores.parquet").iter_batches(columns=columns),
        read_histogram=lambda: _histogram(folder / "scores.parquet"),
        reviewed=read_reviewed(folder, summary, folder / DECISIONS),
    )


def _histogram(scores: Path) -> Histogram:
    table = pq.read_table(scores, columns=["label_quality", "is_suspect"])
    quality, flagged = (column.to_numpy() for column in table.columns)
    return histogram_of(quality, flagged)


def _read_csv(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _class_row(record: dict[str, str]) -> ClassRow:
    return ClassRow(
        name=record["class"],
        n=int(record["n"]),
        threshold=_float(record["threshold"]),
        suspects=int(record["suspects"]),
        suspect_rate=float(record["suspect_rate"]),
        est_noise_rate=_float(record["est_noise_rate"]),
        most_confused_with=record["most_confused_with"] or None,
        confused_count=int(record["confused_count"]),
        mean_label_quality=_float(record["mean_label_quality"]),
        split=record.get("split") or None,
    )


def _joint_cell(record: dict[str, str]) -> JointCell:
    return JointCell(
        given_label=record["given_label"],
        true_label=record["true_label"],
        count=int(record["count"]),
        joint_prob=float(record["joint_prob"]),
        noise_prob=float(record["noise_prob"]),
        inverse_noise_prob=float(record["inverse_noise_prob"]),
        split=record.get("split") or None,
    )


def _float(text: str) -> float | None:
    return float(text) if text else None
