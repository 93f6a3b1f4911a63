"""Probabilities for data that has none: each row by a model that was not trained on it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from labelaudit.config import PredictOptions
from labelaudit.dataset import Dataset
from labelaudit.errors import ColumnNotFoundError, OneClassError, PredictionError
from labelaudit.executors import executor
from labelaudit.io.columns import read_texts
from labelaudit.io.hashing import mixed, text_hashes
from labelaudit.prediction_inputs import Inputs, read_inputs, source_of
from labelaudit.predictors.folds import copies_of, groups_of, stratified_folds
from labelaudit.predictors.one_thread import one_thread
from labelaudit.predictors.out_of_fold import out_of_fold
from labelaudit.types import (
    AnyArray,
    Frozen,
    HashArray,
    IntArray,
    Notice,
    Progress,
    ProgressEvent,
    no_progress,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions(Frozen):
    """Out-of-fold probabilities of every row, also of those without a label."""

    pred_probs: AnyArray  # (N, K) float32, rows sum to 1, columns in the order of `classes`
    classes: tuple[str, ...]
    source: str  # what was predicted from
    method: str
    folds: int
    fold_of_row: IntArray  # (N,)
    accuracy: float  # share of the given labels that are the most probable class
    log_loss: float  # mean of -log p[given], in nats
    notices: tuple[Notice, ...]


def predict(
    dataset: Dataset, options: PredictOptions | None = None, progress: Progress = no_progress
) -> Predictions:
    """Predict the class of each row by a model of the other folds' given labels.

    The model is chosen by what the dataset has: logistic regression on embeddings, TF-IDF and logistic
    regression on a text, gradient boosting on other columns. Rows of one group share a fold; without groups
    the copies of an item do.

    Args:
        dataset: from `open_dataset(..., probabilities="replaced")`.
        options: what to predict from, the number of folds, the seed.
        progress: told the rows read and predicted.

    Returns:
        The same bits for the same rows and options, whatever the workers and the order of rows with ids.

    Raises:
        ColumnNotFoundError: there is nothing to predict from.
        OneClassError, PredictionError: too few labels or groups to learn from.
        NonFiniteError: an embedding is not finite, and `on_bad_row` is "error".

    Example:
        >>> from labelaudit.opening import open_dataset
        >>> with open_dataset(["sample_data/digits"], probabilities="replaced") as dataset:
        ...     found = predict(dataset)
        >>> found.pred_probs.shape, found.source, found.accuracy > 0.85
        ((1797, 10), 'the embeddings', True)
    """
    options = options or PredictOptions()
    source = source_of(dataset, options.predict_from)
    codes = dataset.order.codes(dataset.labels).astype(np.int64)
    draws = _draws(dataset, options.seed)
    order = np.argsort(draws, kind="stable")
    with one_thread():
        inputs = read_inputs(dataset, source, codes, order, options, progress)
        progress(ProgressEvent("reading what to predict from", dataset.n_rows, dataset.n_rows))
        learnable = np.where(inputs.predictor.usable, codes, -1)
        _refuse_one_class(dataset, learnable)
        groups = _groups(dataset, inputs)
        n_folds = _fold_count(dataset, learnable, groups, options.folds)
        folds = stratified_folds(learnable, groups, draws, n_folds)
        workers = executor(options.worker_count())
        pred_probs = out_of_fold(
            inputs.predictor, codes, folds, order, len(dataset.classes), workers.map, progress
        )
    known = np.flatnonzero(learnable >= 0)
    given = pred_probs[known, codes[known]].astype(np.float64)
    return Predictions(
        pred_probs=pred_probs,
        classes=dataset.classes,
        source=str(source),
        method=source.method,
        folds=n_folds,
        fold_of_row=folds,
        accuracy=float((pred_probs[known].argmax(axis=1) == codes[known]).mean()),
        log_loss=float(-np.log(given).mean()),
        notices=(*inputs.notices, *_notices(dataset, inputs, codes, learnable, groups, n_folds, options)),
    )


def with_predictions(
    dataset: Dataset, options: PredictOptions | None = None, progress: Progress = no_progress
) -> Dataset:
    """The dataset with probabilities predicted here; the audit's notices will tell.

    Example:
        >>> from labelaudit.opening import open_dataset
        >>> with open_dataset(["sample_data/digits"], probabilities="replaced") as dataset:
        ...     print(with_predictions(dataset).plan.lines()[1])
        probabilities  none used; predicted here from the embeddings (logistic regression, 5 folds)
    """
    options = options or PredictOptions()
    note = prediction_note(dataset, options)
    found = predict(dataset, options, progress)
    told = Notice(
        code="predicted",
        message=f"the probabilities were predicted here from {found.source} ({found.method}, {found.folds} "
        f"folds), each row by a model that was not trained on it; {in_words(found)}",
    )
    made = dataset.with_probabilities(found.pred_probs, note, (told, *found.notices))
    return replace(made, predicted_here=True)


def prediction_note(dataset: Dataset, options: PredictOptions) -> str:
    """What the plan says of probabilities that will be predicted."""
    source = source_of(dataset, options.predict_from)
    origin = "none used" if dataset.passed_over or dataset.probabilities else "none found"
    return f"{origin}; predicted here from {source} ({source.method}, {options.folds} folds)"


def in_words(found: Predictions) -> str:
    """How well the given labels were predicted."""
    return f"out of fold {found.accuracy:.1%} of the given labels are met, log loss {found.log_loss:.3f}"


def _draws(dataset: Dataset, seed: int) -> HashArray:
    """(N,) a random number a row, bound to its id; to its number where it has none."""
    ids = dataset.labels.id_hashes
    names = np.arange(dataset.n_rows, dtype=np.uint64) if ids is None else ids
    return mixed(np.uint64(seed), names)


def _refuse_one_class(dataset: Dataset, learnable: IntArray) -> None:
    present = np.unique(learnable[learnable >= 0])
    if len(present) < 2:
        first = dataset.labels.roles[0]
        what = (
            f"all labels are '{dataset.classes[int(present[0])]}'" if len(present) else "no row has a label"
        )
        raise OneClassError(
            f"{what}: two classes with a row each are needed to learn from",
            file=first.table.name,
            column=first.label,
            hint="label some rows of another class",
        )


def _groups(dataset: Dataset, inputs: Inputs) -> IntArray | None:
    """The rows that must share a fold: those of `--group-col`, else copies."""
    name = next((role.group for role in dataset.labels.roles if role.group), None)
    if name is None:
        return copies_of(inputs.hashes, ~inputs.predictor.usable)
    missing = next((role for role in dataset.labels.roles if role.group is None), None)
    if missing is not None:
        raise ColumnNotFoundError(
            f"has no column '{name}' (--group-col)", file=missing.table.name, hint="all label files need it"
        )
    texts = read_texts(dataset.labels.roles, name)
    hashes = np.concatenate([text_hashes(chunk) for chunk in texts.chunks])
    return groups_of(hashes, texts.is_null().to_numpy())


def _fold_count(dataset: Dataset, learnable: IntArray, groups: IntArray | None, wanted: int) -> int:
    """The folds wanted, or as many as there are groups with a label."""
    known = np.flatnonzero(learnable >= 0)
    n_groups = len(known) if groups is None else len(np.unique(groups[known]))
    if n_groups < 2:
        raise PredictionError(
            "all labelled rows are of one group: none can be predicted from another",
            file=dataset.labels.roles[0].table.name,
            hint="name another column with --group-col",
        )
    return min(wanted, n_groups)


def _notices(
    dataset: Dataset,
    inputs: Inputs,
    codes: IntArray,
    learnable: IntArray,
    groups: IntArray | None,
    n_folds: int,
    options: PredictOptions,
) -> list[Notice]:
    counts = np.bincount(learnable[learnable >= 0], minlength=len(dataset.classes))
    small = np.flatnonzero((counts > 0) & (counts < n_folds))
    names = ", ".join(f"'{dataset.classes[int(i)]}'" for i in small[:5]) + (", ..." if len(small) > 5 else "")
    n_grouped = 0 if groups is None else len(groups) - len(np.unique(groups))
    found = (
        (
            "few-folds",
            f"{n_folds} folds instead of {options.folds}: there are no more groups of labelled rows",
            n_folds if n_folds < options.folds else 0,
        ),
        (
            "small-classes",
            f"{len(small)} classes have fewer rows than there are folds: they are predicted from a few rows "
            f"or none ({names})",
            len(small),
        ),
        (
            "copies",
            f"{n_grouped:,} rows repeat the inputs of another: copies are kept in one fold",
            n_grouped if _ungrouped(dataset) else 0,
        ),
        (
            "no-label",
            f"{int((codes < 0).sum()):,} rows without a known label are predicted, and not learned from",
            int((codes < 0).sum()),
        ),
        (
            "no-inputs",
            f"{int((~inputs.predictor.usable).sum()):,} rows have nothing to predict from: they get the "
            "shares of the classes",
            int((~inputs.predictor.usable).sum()),
        ),
    )
    return [Notice(code=code, message=message, count=count) for code, message, count in found if count]


def _ungrouped(dataset: Dataset) -> bool:
    return all(role.group is None for role in dataset.labels.roles)
