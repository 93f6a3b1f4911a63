"""How well would this find label errors in my data? Known noise goes in, and is looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from labelaudit.config import AuditOptions, PredictOptions
from labelaudit.dataset import Dataset
from labelaudit.executors import Executor, executor
from labelaudit.kernels.injection import NOISES, injected
from labelaudit.predictors.one_thread import one_thread
from labelaudit.self_testing.checks import caveats, refuse_impossible, refuse_one_class, refuse_too_few
from labelaudit.self_testing.findings import (
    ALL_NOISES,
    DepthCurve,
    Finding,
    SelfTest,
    Spread,
    Trial,
    curve_of,
    finding_of,
    recommended_scorer,
    tolerance_of,
    trial_of,
)
from labelaudit.self_testing.scoring import doubted_rows, suspicions
from labelaudit.self_testing.subject import Subject, subject_of
from labelaudit.types import BoolArray, Progress, ProgressEvent, no_progress

__all__ = ["DepthCurve", "Finding", "SelfTest", "Spread", "is_refitted", "self_test"]

BY_ROWS = ("em", "self-confidence", "normalized-margin", "entropy")
BY_NEIGHBORS = ("fused", "self", "mix", "pool", "knn")
STEP = "looking for the injected errors"
_SEEDS = 1000
"""Seeds of the repeats lie between those that users choose."""


def self_test(
    dataset: Dataset,
    options: AuditOptions | None = None,
    *,
    prediction: PredictOptions | None = None,
    refit: bool | None = None,
    rate: float = 0.1,
    repeats: int = 3,
    noises: Sequence[str] = tuple(NOISES),
    scorers: Sequence[str] = (),
    progress: Progress = no_progress,
) -> SelfTest:
    """Make some labels wrong, and measure how soon each scorer finds them.

    Labels that were wrong before count as found by mistake, so precision is a lower bound. With `refit` a
    model is trained on the wrong labels in every repeat, as it would have been on real ones; without it the
    files' probabilities are used as they are, and come from a model that never saw them.

    Args:
        dataset: from `open_dataset(..., probabilities="optional")`, still open.
        options: what is let through at the door; the seed.
        prediction: what the model is trained on, and in how many folds.
        refit: None: where there are embeddings, or no probabilities.
        rate: share of the labels to make wrong, in (0, 0.5].
        repeats: how often, each time other labels; 1 or more.
        noises: kinds of wrong labels, of uniform, class-dependent and instance-dependent.
        scorers: names; empty for those worth it.
        progress: told the rows read and the trials made.

    Returns:
        The same for the same rows and options, whatever the workers and the order of rows with ids.

    Raises:
        ConfigError: a rate, a number of repeats, a noise or a scorer that there is not.
        UsageError: fewer than 50 rows.
        OneClassError: one class.
        DataError: the data cannot be audited as it is.

    Example:
        >>> from labelaudit.opening import open_dataset
        >>> with open_dataset(["sample_data/digits"]) as dataset:
        ...     found = self_test(
        ...         dataset, refit=False, repeats=1, noises=["uniform"], scorers=["knn", "entropy"]
        ...     )
        >>> found.n_injected, found.best.average_precision.mean > 0.5
        (180, True)
    """
    options = options or AuditOptions()
    has_embeddings = dataset.embedding_alignment is not None
    refit = is_refitted(dataset, refit)
    scorers = tuple(dict.fromkeys(scorers)) or ((*BY_NEIGHBORS, *BY_ROWS) if has_embeddings else BY_ROWS)
    noises = tuple(dict.fromkeys(noises))
    refuse_impossible(rate, repeats, noises, scorers, has_embeddings=has_embeddings)
    refuse_too_few(dataset, dataset.n_rows)  # before the work
    subject = subject_of(dataset, options, prediction or PredictOptions(), refit=refit, progress=progress)
    refuse_too_few(dataset, len(subject.labels))
    refuse_one_class(dataset, subject)
    n_injected = max(1, round(rate * len(subject.labels)))
    with one_thread():
        doubted = doubted_rows(
            subject.labels, subject.pred_probs, subject.surroundings, subject.keys, options.seed
        )
        looks = Looks(subject, doubted, scorers, n_injected, options.seed)
        trials = _tried(looks, noises, repeats, executor(options.worker_count()), progress)
    default = "fused" if has_embeddings or "em" not in scorers else "em"
    overall = [finding_of(scorer, ALL_NOISES, _by_repeat(trials, scorer, noises)) for scorer in scorers]
    overall.sort(key=lambda finding: -finding.settled_average_precision.mean)
    means = {finding.scorer: finding.settled_average_precision.mean for finding in overall}
    tolerance = tolerance_of(n_injected * len(trials))
    return SelfTest(
        n_rows=subject.n_rows,
        n_tested=len(subject.labels),
        n_classes=len(dataset.classes),
        n_doubted=int(doubted.sum()),
        n_injected=n_injected,
        rate=rate,
        repeats=repeats,
        seed=options.seed,
        noises=noises,
        scorers=scorers,
        refitted=refit,
        trained_on=subject.trained_on,
        default=default,
        tolerance=tolerance,
        recommended=recommended_scorer(means, default, tolerance),
        findings=tuple(
            finding_of(scorer, noise, _by_repeat(trials, scorer, [noise]))
            for scorer in means
            for noise in noises
        ),
        overall=tuple(overall),
        curves=tuple(curve_of(scorer, _by_repeat(trials, scorer, noises)) for scorer in means),
        notices=(*subject.notices, *caveats(dataset, subject, int(doubted.sum()), refit=refit)),
    )


def is_refitted(dataset: Dataset, refit: bool | None) -> bool:
    """Whether a self-test trains a model: as asked, else where there are embeddings or no probabilities."""
    if refit is not None:
        return refit
    return dataset.embedding_alignment is not None or not dataset.probabilities


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """What every look for injected errors has in common."""

    subject: Subject
    doubted: BoolArray  # (n,) before anything is injected
    scorers: tuple[str, ...]
    n_injected: int
    seed: int

    def look(self, noise: str, repeat: int) -> dict[str, Trial]:
        """Make some labels wrong, and look for them by every scorer."""
        rows, seed = self.subject, _SEEDS * self.seed + repeat
        wrong = injected(noise, rows.labels, rows.pred_probs, rows.keys, n_wrong=self.n_injected, seed=seed)
        pred_probs = rows.pred_probs if rows.refit is None else rows.refit(wrong.labels)
        found = suspicions(self.scorers, wrong.labels, pred_probs, rows.surroundings, rows.keys, self.seed)
        return {
            scorer: trial_of(wrong.is_injected, self.doubted, suspicion)
            for scorer, suspicion in found.items()
        }


Trials = dict[tuple[str, int], dict[str, Trial]]
"""By noise and repeat, then by scorer."""


def _tried(
    looks: Looks, noises: Sequence[str], repeats: int, workers: Executor, progress: Progress
) -> Trials:
    pairs = list(product(noises, range(repeats)))
    n_rows = len(looks.subject.labels)
    trials: Trials = {}
    for pair, found in zip(pairs, workers.map(lambda pair: looks.look(*pair), pairs), strict=True):
        trials[pair] = found
        progress(ProgressEvent(STEP, len(trials) * n_rows, len(pairs) * n_rows))
    return trials


def _by_repeat(trials: Trials, scorer: str, noises: Sequence[str]) -> list[list[Trial]]:
    """The trials of a scorer: a list a repeat, a trial a noise."""
    repeats = 1 + max(repeat for _, repeat in trials)
    return [[trials[noise, repeat][scorer] for noise in noises] for repeat in range(repeats)]
