"""A folder for `datasets.load_dataset`: a Parquet file with its features, and a card that repeats them.

See https://huggingface.co/docs/hub/datasets-manual-configuration for the card's `configs`, and
`datasets.Features` for the key `huggingface` of the schema's metadata. Labels are `ClassLabel`; pictures and
sounds are in the table.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from labelaudit.exporting.model import Export, Files, Shown, Tool, json_bytes
from labelaudit.previews.media import UNKNOWN, Media, Preview, media_type
from labelaudit.types import Suspect

DATA = "data/suspects-00000-of-00001.parquet"
ITEM = "item_"
MEDIA: tuple[Shown, ...] = ("image", "audio")
ROWS, MEDIA_ROWS = 4096, 64
"""Rows of a row group; fewer where pictures or sounds are in it."""
VALUES = {
    "rank": "int64",
    "id": "string",
    "file": "string",
    "row": "int64",
    "line": "int64",
    "split": "string",
    "suggested_prob": "float64",
    "label_quality": "float64",
    "p_error": "float64",
    "self_confidence": "float64",
    "status": "string",
    "fingerprint": "string",
}
LABELS = ("given_label", "suggested_label")
RULES = "rules"
Feature = dict[str, Any]


def files(export: Export) -> Files:
    """The table and the card."""
    features = _features(export)
    yield DATA, _parquet(export, features)
    yield "README.md", iter([_card(export, features).encode()])


def hints(export: Export) -> Iterator[str]:
    """How to load it."""
    yield f'hint: datasets.load_dataset({str(export.target)!r}, split="suspects")'
    if not export.suspects:
        yield "notice[no-tasks]: there are no suspects, and datasets loads no split without rows"


def _features(export: Export) -> dict[str, Feature]:
    """The columns in order, as `datasets` describes them."""
    shown: dict[str, Feature] = {"text": {"dtype": "string", "_type": "Value"}} if export.has("text") else {}
    shown |= {part: {"_type": part.capitalize()} for part in MEDIA if export.has(part)}
    values = {name: {"dtype": kind, "_type": "Value"} for name, kind in VALUES.items()}
    labels: dict[str, Feature] = {
        name: {"names": list(export.classes), "_type": "ClassLabel"} for name in LABELS
    }
    rules = {RULES: {"feature": {"dtype": "string", "_type": "Value"}, "_type": "Sequence"}}
    names = dict.fromkeys(ITEM + name for _, preview in export.tasks() for name in preview.columns)
    return shown | labels | values | rules | {name: {"dtype": "string", "_type": "Value"} for name in names}


def _schema(features: dict[str, Feature]) -> pa.Schema:
    kinds = {
        "ClassLabel": pa.int64(),
        "Sequence": pa.list_(pa.string()),
        "Image": pa.struct({"bytes": pa.binary(), "path": pa.string()}),
        "Audio": pa.struct({"bytes": pa.binary(), "path": pa.string()}),
    }
    values = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64()}
    fields = [
        (name, kinds.get(feature["_type"]) or values[feature["dtype"]]) for name, feature in features.items()
    ]
    metadata = json.dumps({"info": {"features": features}})
    return pa.schema(fields, metadata={"huggingface": metadata})


def _parquet(export: Export, features: dict[str, Feature]) -> Iterator[bytes]:
    """The table, a row group at a time."""
    schema = _schema(features)
    number_of = {name: i for i, name in enumerate(export.classes)}
    rows = (_row(suspect, preview, features, number_of) for suspect, preview in export.tasks())
    n_rows = MEDIA_ROWS if any(part in features for part in MEDIA) else ROWS
    written = _Written()
    with pq.ParquetWriter(pa.PythonFile(written, mode="w"), schema) as writer:
        while block := list(islice(rows, n_rows)):
            writer.write_batch(pa.RecordBatch.from_pylist(block, schema=schema))
            yield written.taken()
    yield written.taken()


def _row(
    suspect: Suspect, preview: Preview, features: dict[str, Feature], number_of: dict[str, int]
) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(suspect, name) for name in VALUES}
    row |= {name: number_of.get(getattr(suspect, name) or "") for name in LABELS}
    row |= {RULES: list(suspect.rules), "text": preview.text}
    row |= {part: _cell(getattr(preview, part)) for part in MEDIA}
    row |= {ITEM + name: value for name, value in preview.columns.items()}
    return {name: row.get(name) for name in features}


def _cell(found: Media | None) -> dict[str, Any] | None:
    """Bytes and name; an address is left for `datasets` to fetch.

    A table may come from anybody and name any file of this machine, and the folder may be published: of
    files only those that are pictures or sounds go into it.
    """
    if found is None:
        return None
    data = None if found.is_address and not found.embedded else found.read()
    if data is None or not (found.embedded or media_type(data) != UNKNOWN):
        return {"bytes": None, "path": found.place}
    return {"bytes": data, "path": PurePath(found.name).name if found.name else None}


class _Written:
    """A file to write to, whose bytes are taken away as they come."""

    closed = False

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.n_bytes = 0

    def write(self, data: Any) -> int:
        chunk = bytes(data)
        self.chunks.append(chunk)
        self.n_bytes += len(chunk)
        return len(chunk)

    def tell(self) -> int:
        return self.n_bytes

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is open."""

    def taken(self) -> bytes:
        taken, self.chunks = b"".join(self.chunks), []
        return taken


def _card(export: Export, features: dict[str, Feature]) -> str:
    """The card: YAML, of which JSON is a part, and what the columns mean."""
    entries = "".join(_yaml(name, feature) for name, feature in features.items())
    return f"""---
configs:
- config_name: default
  data_files:
  - split: suspects
    path: data/suspects-*
dataset_info:
  features:
{entries}---

# Suspects of a label audit

{len(export.suspects):,} rows that {export.tool} suspects of a wrong label, worst first. A suspect is a row to
look at, not an error that was found. `given_label` is the label in the data, `suggested_label` what the audit
proposes (it may be empty), `suggested_prob` its probability. `label_quality` is in 0-1, low is suspicious;
`p_error` estimates the probability that the given label is wrong. `fingerprint` names the row to labelaudit.
"""


def _yaml(name: str, feature: Feature) -> str:
    """A feature as `dataset_info` lists it."""
    start = f"  - name: {_text(name)}\n"
    match feature["_type"]:
        case "Value":
            return f"{start}    dtype: {feature['dtype']}\n"
        case "ClassLabel":
            names = "".join(f"          '{i}': {_text(text)}\n" for i, text in enumerate(feature["names"]))
            return f"{start}    dtype:\n      class_label:\n        names:\n{names}"
        case "Sequence":
            return f"{start}    sequence: {feature['feature']['dtype']}\n"
        case kind:
            return f"{start}    dtype: {kind.lower()}\n"


def _text(text: str) -> str:
    return json_bytes(text).decode()


TOOL = Tool(is_folder=True, files=files, hints=hints)
