"""Which column of a table is what (contract, section 2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from labelaudit.config import InputOptions
from labelaudit.io.tables import Table
from labelaudit.io.text import hugging_face_classes

ID_NAMES = ("id", "example_id", "uid", "image_id", "filename", "file_name", "path")
LABEL_NAMES = ("given_label", "label", "target", "class", "category", "y")
PROBS_NAMES = ("pred_probs", "probs", "probabilities", "proba")
PROBS_PREFIXES = ("prob_", "proba_", "pred_", "p_", ".pred_")
EMBEDDING_NAMES = ("embedding", "embeddings", "features")
EMBEDDING_PREFIXES = ("emb_", "feature_")
TEXT_NAMES = ("text", "sentence")
IMAGE_NAMES = ("image", "image_path")
AUDIO_NAMES = ("audio",)
SPLIT_NAMES = ("split",)
SPLIT_WORDS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
}
NPY_COLUMN = "npy"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Roles:
    """What one table offers, as far as its names tell; probabilities are settled later, by the labels."""

    table: Table
    id: str | None
    label: str | None
    split_column: str | None
    split_name: str | None
    """The split that the file's place tells, for all its rows."""
    list_probs: str | None
    list_embeddings: str | None
    wide_embeddings: tuple[str, ...]
    floats: tuple[str, ...]
    """Number columns that may turn out to be probabilities."""
    text: str | None
    preview: tuple[str, ...]
    """The text and what else a person may look at."""
    group: str | None
    schema_classes: tuple[str, ...] | None
    passed_over: tuple[str, ...] = ()

    @property
    def embeddings(self) -> tuple[str, ...]:
        """The columns of the embeddings."""
        return (self.list_embeddings,) if self.list_embeddings else self.wide_embeddings


def roles_of(table: Table, options: InputOptions) -> Roles:
    """Find the columns of a table by the options and by their names; the first name in a list wins."""
    names = list(table.schema.names)
    split_name = split_of(table.path)
    if table.format == "npy":
        embeddings = re.search(r"emb|feat", table.path.stem.lower()) is not None
        return Roles(
            table=table,
            id=None,
            label=None,
            split_column=None,
            split_name=split_name,
            list_probs=None if embeddings else NPY_COLUMN,
            list_embeddings=NPY_COLUMN if embeddings else None,
            wide_embeddings=(),
            floats=(),
            text=None,
            preview=(),
            group=None,
            schema_classes=None,
        )
    passed_over: list[str] = []

    def first(option: str | None, candidates: Sequence[str], role: str) -> str | None:
        if option is not None:
            return option if option in names else None
        found = [name for name in candidates if name in names]
        passed_over.extend(f"{name} ({role})" for name in found[1:])
        return found[0] if found else None

    label = options.label_col if options.label_col in names else None
    if options.label_col is None:
        by_schema = [name for name in names if hugging_face_classes(table.schema, name)]
        label = by_schema[0] if len(by_schema) == 1 else first(None, LABEL_NAMES, "label")
    lists = [name for name in names if _is_number_list(table.schema.field(name).type)]
    taken = {options.label_col, label}
    floats = [n for n in names if n not in taken and _may_be_number(table, table.schema.field(n).type)]
    wide_embeddings: tuple[str, ...] = ()
    list_embeddings = first(options.embedding_col, [n for n in EMBEDDING_NAMES if n in lists], "embeddings")
    if list_embeddings is None and options.embedding_col is None:
        for prefix in EMBEDDING_PREFIXES:
            columns = [n for n in floats if re.fullmatch(re.escape(prefix) + r"\d+", n)]
            if len(columns) > 1:
                wide_embeddings = tuple(columns)
                break
    list_probs = first(
        options.probs_col,
        [] if options.probs_prefix else [n for n in PROBS_NAMES if n in lists],
        "probabilities",
    )
    previews = (
        first(options.text_col, TEXT_NAMES, "text"),
        first(options.image_col, IMAGE_NAMES, "image"),
        first(options.audio_col, AUDIO_NAMES, "audio"),
    )
    return Roles(
        table=table,
        id=first(options.id_col, ID_NAMES, "id"),
        label=label,
        split_column=first(options.split_col, SPLIT_NAMES, "split"),
        split_name=split_name,
        list_probs=list_probs,
        list_embeddings=list_embeddings,
        wide_embeddings=wide_embeddings,
        floats=tuple(n for n in floats if n not in wide_embeddings),
        text=previews[0],
        preview=tuple(name for name in previews if name),
        group=first(options.group_col, (), "group"),
        schema_classes=hugging_face_classes(table.schema, label) if label else None,
        passed_over=tuple(passed_over),
    )


def split_of(path: Path) -> str | None:
    """The split that a file's name, its folder or a Hive partition tells.

    Example:
        >>> split_of(Path("data/train-00000-of-00002.parquet")), split_of(Path("split=dev/x.csv"))
        ('train', 'dev')
        >>> split_of(Path("labels.csv")) is None
        True
    """
    for folder in reversed(path.parent.parts):
        key, equals, value = folder.partition("=")
        if equals and key in SPLIT_NAMES:
            return value
    words = [w for w in re.split(r"[^a-z]+", path.name.lower().partition(".")[0]) if w in SPLIT_WORDS]
    if words:
        return SPLIT_WORDS[words[0]]
    return SPLIT_WORDS.get(path.parent.name.lower())


def _is_number_list(kind: pa.DataType) -> bool:
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return is_list and _is_number(kind.value_type)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def _may_be_number(table: Table, kind: pa.DataType) -> bool:
    # Text formats do not tell: there the names decide, and reading them as numbers proves it.
    return _is_number(kind) or (table.format in ("csv", "tsv") and bool(pa.types.is_string(kind)))
