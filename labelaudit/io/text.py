"""Labels, ids and splits as text, whatever type the file gives them."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def as_text(column: pa.Array) -> pa.Array:
    """A column as strings: 7 is "7", 7.0 is "7", true is "true"; empty text and nan are null.

    Example:
        >>> as_text(pa.array([1.0, 2.5, float("nan")])).to_pylist()
        ['1', '2.5', None]
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(column.dictionary).take(column.indices)
    if pa.types.is_floating(kind):
        values = column.to_numpy(zero_copy_only=False).astype(np.float64)
        whole = np.isfinite(values) & (np.abs(values) < 2**53) & (values == np.floor(values))
        if whole[~np.isnan(values)].all():
            return pa.array(np.where(whole, values, 0).astype(np.int64), mask=~whole).cast(pa.string())
        texts = [
            None if np.isnan(v) else repr(int(v)) if w else repr(v)
            for v, w in zip(values.tolist(), whole, strict=True)
        ]
        return pa.array(texts, pa.string())
    if pa.types.is_null(kind):
        return pa.nulls(len(column), pa.string())
    if pa.types.is_string(kind):
        text = column
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        text = pa.array(
            [None if v is None else v.decode("utf-8", "backslashreplace") for v in column.to_pylist()],
            pa.string(),
        )
    elif pa.types.is_nested(kind):
        text = pa.array(
            [None if v is None else json.dumps(v, default=str) for v in column.to_pylist()], pa.string()
        )
    else:
        text = column.cast(pa.string())
    empty = pc.equal(pc.binary_length(text), 0)
    return pc.if_else(empty, pa.scalar(None, text.type), text) if pc.any(empty).as_py() else text


def hugging_face_classes(schema: pa.Schema, column: str) -> tuple[str, ...] | None:
    """The names of a Hugging Face `ClassLabel` column, from the schema's metadata.

    Returns:
        The class names in order, or None when the column is no such feature.
    """
    metadata = schema.metadata or {}
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
        feature = features[column]
        names = feature["names"] if feature["_type"] == "ClassLabel" else None
    except (KeyError, TypeError, ValueError):
        return None
    if isinstance(names, dict):  # older versions wrote {"0": "cat", ...}
        names = [names[key] for key in sorted(names, key=int)]
    return tuple(str(name) for name in names) if names else None
