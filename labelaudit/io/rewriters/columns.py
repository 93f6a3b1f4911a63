"""Some values of an Arrow column replaced; its type, and the order of its dictionary, stay."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.io.rewriters.place import Place, shown
from labelaudit.io.text import as_text
from labelaudit.types import IntArray

BINARY = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
TEXTS = (pa.types.is_string, pa.types.is_large_string)


def one_chunk(column: pa.ChunkedArray) -> pa.Array:
    """A chunked column as one array, of one dictionary where it has several."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def texts_at(column: pa.Array, places: IntArray) -> list[str | None]:
    """Some values as the label reader reads them, and None where missing; empty text is text here.

    A value of the same type can be made of them again, the same to the bit but for the sign of zero.
    """
    chosen = column.take(pa.array(places))
    if pa.types.is_dictionary(chosen.type):
        chosen = chosen.dictionary_decode()
    if any(test(chosen.type) for test in BINARY):
        values = chosen.to_pylist()
        return [None if value is None else value.decode("utf-8", "surrogateescape") for value in values]
    texts: list[str | None] = chosen.to_pylist() if _is_text(chosen.type) else as_text(chosen).to_pylist()
    return texts


def with_texts(column: pa.Array, places: IntArray, texts: Sequence[str], at: Sequence[Place]) -> pa.Array:
    """The column with other values at some places.

    Args:
        column: of any type that is not nested.
        places: (m,) ascending, into the column.
        texts: m values as text.
        at: m places, for the errors.

    Raises:
        CorrectionError: a text that is no value of the column's type, or its dictionary is full.
    """
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    values = typed(texts, kind, at)
    if not pa.types.is_dictionary(column.type):
        return _replaced(column, places, values)
    wider = with_entries(column, values, at[0])
    codes = pc.index_in(values, wider.dictionary).cast(wider.type.index_type)
    return pa.DictionaryArray.from_arrays(
        _replaced(wider.indices, places, codes), wider.dictionary, ordered=wider.type.ordered
    )


def typed(texts: Sequence[str], kind: pa.DataType, at: Sequence[Place]) -> pa.Array:
    """Texts as values of a type.

    Raises:
        CorrectionError: a text that is none.
    """
    known: dict[str, pa.Array] = {}
    for text, place in zip(texts, at, strict=True):
        if text not in known:
            known[text] = _value(text, kind, place)
    return pa.concat_arrays([pa.array([], kind), *(known[text] for text in texts)])


def with_entries(column: pa.DictionaryArray, values: pa.Array, place: Place) -> pa.DictionaryArray:
    """The column with a dictionary that holds these values too, behind its own.

    Raises:
        CorrectionError: the type of the index has no numbers left.
    """
    new = pc.unique(values.filter(pc.invert(pc.is_in(values, column.dictionary)))).drop_null()
    if len(new) == 0:
        return column
    dictionary = pa.concat_arrays([column.dictionary, new])
    index_type = column.type.index_type
    if len(dictionary) - 1 > np.iinfo(index_type.to_pandas_dtype()).max:
        raise place.misfit(
            f"the dictionary has {len(column.dictionary)} values and no room for {shown(str(new[0]))}:"
            f" its index is {index_type}",
            hint="write the column with a wider index, or as plain text",
        )
    return pa.DictionaryArray.from_arrays(column.indices, dictionary, ordered=column.type.ordered)


def _replaced(column: pa.Array, places: IntArray, values: pa.Array) -> pa.Array:
    order = np.arange(len(column))
    order[places] = len(column) + np.arange(len(places))
    return pa.concat_arrays([column, values]).take(pa.array(order))


def _value(text: str, kind: pa.DataType, place: Place) -> pa.Array:
    """One value in an array of its type."""
    try:
        if pa.types.is_floating(kind):
            return pa.array([float(text)], pa.float64()).cast(kind, safe=False)
        if any(test(kind) for test in BINARY):
            return pa.array([place.encoded_source(text)], kind)
        return pa.array([text], pa.string()).cast(kind)
    except (pa.ArrowException, ValueError) as error:
        raise place.misfit(
            f"{shown(text)} is no value of type {kind}, as the column is",
            hint="give a label of that type, as it stands in the file",
        ) from error


def _is_text(kind: pa.DataType) -> bool:
    return any(test(kind) for test in TEXTS)
