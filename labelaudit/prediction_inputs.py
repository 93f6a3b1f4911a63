"""What probabilities can be predicted from: the embeddings, a text, or the other columns of the labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from labelaudit.config import AuditOptions, PredictFrom, PredictOptions
from labelaudit.dataset import Dataset
from labelaudit.door.embeddings import check_embeddings
from labelaudit.errors import ColumnNotFoundError, PredictionError
from labelaudit.io.columns import looks_like_prose, may_be_feature, read_columns, read_texts
from labelaudit.io.hashing import mixed, row_hashes, text_hashes
from labelaudit.predictors import Predictor
from labelaudit.types import HashArray, IntArray, Notice, Progress

METHODS: dict[PredictFrom, str] = {
    "embeddings": "logistic regression",
    "text": "TF-IDF, logistic regression",
    "columns": "gradient boosting",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is predicted from; nothing but the beginning of the tables was read to tell."""

    kind: PredictFrom
    columns: tuple[str, ...] = ()

    @property
    def method(self) -> str:
        """The model, for people."""
        return METHODS[self.kind]

    def __str__(self) -> str:
        if self.kind == "embeddings":
            return "the embeddings"
        shown = ", ".join(f"'{name}'" for name in self.columns[:4]) + (
            ", ..." if len(self.columns) > 4 else ""
        )
        return f"column {shown}" if len(self.columns) == 1 else f"{len(self.columns)} columns: {shown}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inputs:
    """A predictor with its inputs, and a hash of each row's inputs: rows of equal ones are copies."""

    predictor: Predictor
    hashes: HashArray
    notices: tuple[Notice, ...] = ()


def source_of(dataset: Dataset, wanted: PredictFrom | None = None) -> Source:
    """Choose what to predict from: embeddings, else a text, else the other columns.

    Args:
        dataset: from `open_dataset`.
        wanted: the choice of the user.

    Raises:
        ColumnNotFoundError: there is nothing of what is wanted, or nothing at all.

    Example:
        >>> from labelaudit.opening import open_dataset
        >>> with open_dataset(["sample_data/digits"]) as dataset:
        ...     print(source_of(dataset))
        the embeddings
    """
    for kind in (wanted,) if wanted else METHODS:
        columns = _COLUMNS_OF[kind](dataset)
        if columns:
            return Source(kind=kind, columns=columns)
    table = dataset.labels.roles[0].table.name
    if wanted:
        raise ColumnNotFoundError(f"there are no {wanted} to predict from", file=table, hint=HINTS[wanted])
    raise ColumnNotFoundError(
        "nothing to predict the classes from: no embeddings, no text, no other columns",
        file=table,
        hint="give embeddings of the items (a list column embedding, or embeddings.npy), or put their text "
        "(--text-col) or other columns that describe them beside the labels, in one table",
    )


HINTS: dict[PredictFrom, str] = {
    "embeddings": "put them in a list column embedding or in embeddings.npy; or name it: --embedding-col",
    "text": "name the column of the text with --text-col",
    "columns": "the table of the labels needs columns of numbers or categories that describe the items",
}


def read_inputs(
    dataset: Dataset,
    source: Source,
    codes: IntArray,
    order: IntArray,
    options: PredictOptions,
    progress: Progress,
) -> Inputs:
    """Read what a source names and hand it to its predictor.

    Args:
        dataset: from `open_dataset`.
        source: from `source_of`.
        codes: (N,) class numbers, -1 without a label.
        order: (N,) all rows in an order bound to their ids.
        options: the seed, and what to do with broken embeddings.
        progress: told the rows read.

    Raises:
        NonFiniteError: an embedding is not finite, and such rows are not to be skipped.
        PredictionError: no column is of use.
    """
    if source.kind == "embeddings":
        return _from_embeddings(dataset, order, options, progress)
    if source.kind == "text":
        return _from_text(dataset, source.columns[0], order, options.seed)
    return _from_columns(dataset, source.columns, codes, options.seed)


def _from_embeddings(
    dataset: Dataset, order: IntArray, options: PredictOptions, progress: Progress
) -> Inputs:
    from labelaudit.predictors.from_embeddings import FromEmbeddings

    embeddings = dataset.embedding_matrix()
    predictor = FromEmbeddings(embeddings, order)
    if not predictor.usable.all():  # read again, to tell where
        check_embeddings(dataset, AuditOptions(on_bad_row=options.on_bad_row), [], progress)
    return Inputs(predictor=predictor, hashes=row_hashes(embeddings))


def _from_text(dataset: Dataset, name: str, order: IntArray, seed: int) -> Inputs:
    from labelaudit.predictors.from_text import FromText

    texts = read_texts(dataset.labels.roles, name)
    hashes = np.concatenate([text_hashes(chunk) for chunk in texts.chunks])
    predictor = FromText([text or "" for text in texts.to_pylist()], order, seed)
    return Inputs(predictor=predictor, hashes=hashes)


def _from_columns(dataset: Dataset, names: tuple[str, ...], codes: IntArray, seed: int) -> Inputs:
    from labelaudit.predictors.from_columns import Column, FromColumns, chosen

    columns = [
        Column(name=name, values=values, is_category=is_category)
        for name, values, is_category in read_columns(dataset.labels.roles, names)
    ]
    used, left_out = chosen(columns, codes)
    reasons = ", ".join(f"'{name}' ({reason})" for name, reason in left_out.items())
    if not used:
        raise PredictionError(
            f"no column is left to predict the classes from: {reasons}",
            file=dataset.labels.roles[0].table.name,
            hint="give embeddings of the items, their text (--text-col), or columns that describe them",
        )
    message = f"predicted without the columns {reasons}"
    return Inputs(
        predictor=FromColumns(used, seed),
        hashes=mixed(*((column.values + 0.0).view(np.uint64) for column in used)),
        notices=(Notice(code="columns-left-out", message=message, count=len(left_out)),) if left_out else (),
    )


def _embedding_columns(dataset: Dataset) -> tuple[str, ...]:
    return dataset.embeddings[0].embeddings if dataset.embeddings else ()


def _text_column(dataset: Dataset) -> tuple[str, ...]:
    """The column that is called text, else the one with the longest prose."""
    named = [role.text for role in dataset.labels.roles]
    if named[0] is not None:
        return (named[0],) if all(name == named[0] for name in named) else ()
    first = dataset.labels.roles[0]
    lengths = {name: looks_like_prose(first, name) for name in _item_columns(dataset)}
    longest = max(lengths, key=lengths.__getitem__, default=None)
    return (longest,) if longest is not None and lengths[longest] else ()


def _item_columns(dataset: Dataset) -> tuple[str, ...]:
    """Columns of every label table that describe the item and can be read as numbers or categories."""
    described = []
    for role in dataset.labels.roles:
        taken = {role.group, *(name for name in role.preview if name != role.text)}
        described.append([name for name in dataset.content_columns(role) if name not in taken])
    schema = dataset.labels.roles[0].table.schema
    return tuple(
        name
        for name in described[0]
        if all(name in names for names in described) and may_be_feature(schema.field(name).type)
    )


_COLUMNS_OF: dict[PredictFrom, Callable[[Dataset], tuple[str, ...]]] = {
    "embeddings": _embedding_columns,
    "text": _text_column,
    "columns": _item_columns,
}
