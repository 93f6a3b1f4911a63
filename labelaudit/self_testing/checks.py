"""What cannot be tested, and what a test does not say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from labelaudit.dataset import Dataset
from labelaudit.errors import ConfigError, OneClassError, UsageError
from labelaudit.kernels.injection import NOISES
from labelaudit.scorers import GRAPH_SCORERS, SCORERS
from labelaudit.self_testing.subject import MOST_ROWS, Subject
from labelaudit.types import Notice

FEWEST_ROWS = 50
HIGHEST_RATE = 0.5


def refuse_impossible(
    rate: float, repeats: int, noises: Sequence[str], scorers: Sequence[str], *, has_embeddings: bool
) -> None:
    """Raise ConfigError for what there is not."""
    if not 0 < rate <= HIGHEST_RATE:
        raise ConfigError(
            f"a rate of {rate:.0%} cannot be tested", hint="give more than 0 % and at most 50 %, such as 10%"
        )
    if repeats < 1:
        raise ConfigError(f"repeats is {repeats}", hint="give 1 or more")
    for what, names, known in (("noise", noises, tuple(NOISES)), ("scorer", scorers, SCORERS)):
        unknown = next((name for name in names if name not in known), None)
        if unknown is not None or not names:
            raise ConfigError(f"no such {what}: '{unknown or ''}'", hint=f"choose of {', '.join(known)}")
    homeless = next((name for name in scorers if name in GRAPH_SCORERS and name != "fused"), None)
    if homeless is not None and not has_embeddings:
        raise ConfigError(
            f"the scorer '{homeless}' needs embeddings, and the data has none",
            hint="add a column of embeddings, or leave it out",
        )


def refuse_too_few(dataset: Dataset, n_rows: int) -> None:
    """Raise UsageError for a handful of rows."""
    if n_rows < FEWEST_ROWS:
        raise UsageError(
            f"{n_rows} rows are too few for a self-test: the figures would be chance",
            file=dataset.labels.roles[0].table.name,
            hint=f"give {FEWEST_ROWS} rows or more",
        )


def refuse_one_class(dataset: Dataset, subject: Subject) -> None:
    """Raise OneClassError where no label can be made another."""
    first = dataset.labels.roles[0]
    if len(np.unique(subject.labels)) < 2:
        raise OneClassError(
            f"all labels are '{dataset.classes[int(subject.labels[0])]}': none can be made another",
            file=first.table.name,
            column=first.label,
            hint="give rows of another class",
        )


def caveats(dataset: Dataset, subject: Subject, n_doubted: int, *, refit: bool) -> Iterator[Notice]:
    """What the figures do not say."""
    if len(subject.labels) < subject.n_rows:
        message = f"{MOST_ROWS:,} of {subject.n_rows:,} rows were drawn for the test"
        yield Notice(code="sampled", message=message, count=MOST_ROWS)
    if not refit:
        yield Notice(
            code="not-refitted",
            message="the probabilities are used as they are: their model was not trained on the injected "
            "errors, so it looks better than it is. This tests the scoring, not how the model stands errors; "
            "give embeddings or --predict for that",
        )
    elif dataset.probabilities or dataset.passed_over:
        yield Notice(
            code="refitted",
            message="the files' probabilities are not used: a model is trained on "
            f"{subject.trained_on} with the injected errors among its labels. --no-predict tests the files' "
            "as they are",
        )
    yield Notice(
        code="existing-errors",
        message="labels that were wrong before count as false finds, so precision is a lower bound. Scorers "
        f"are compared without the {n_doubted:,} rows that are doubted before anything is injected",
        count=n_doubted,
    )
    yield Notice(
        code="injected-noise",
        message="injected errors differ from real ones: trust the order of the scorers more than the figures",
    )
