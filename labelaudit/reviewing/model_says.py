"""What the model alone says of rows: probabilities that can stand side by side, as they are of one kind.

A suspect's `suggested_prob` is the audit's own, after the neighbours had their say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.auditing import Audit

_COLUMNS = (
    "fingerprint",
    "is_suspect",
    "given_label",
    "predicted_label",
    "self_confidence",
    "normalized_margin",
    "suggested_pred_prob",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSays:
    """The model's probabilities for the labels of a row; without any in the files, those out of fold."""

    given: float
    suggested: float | None  # None where there is no suggestion, or the audit has kept a limit alone
    at_most: float | None  # what the suggested label gets at most, where that is all that is known
    first: str  # the model's first choice
    first_prob: float


def model_says(suggested: Mapping[str, str | None], audit: Audit) -> dict[str, ModelSays]:
    """Look up what the model says of some rows and of the labels suggested for them.

    Args:
        suggested: the label suggested for each row, by its fingerprint.
        audit: a loaded one, or a fresh one whose dataset is still open.

    Returns:
        By fingerprint.

    Example:
        >>> from labelaudit.auditing import audit
        >>> from labelaudit.opening import open_dataset
        >>> with open_dataset(["sample_data/digits"]) as dataset:
        ...     found = audit(dataset)
        ...     worst = next(found.suspects())
        ...     says = model_says({worst.fingerprint: worst.suggested_label}, found)[worst.fingerprint]
        >>> says.first, says.first_prob == says.suggested, says.given + says.suggested <= 1
        ('two', True, True)
    """
    wanted = pa.array(list(suggested), pa.string())
    found: dict[str, ModelSays] = {}
    if suggested:
        for batch in audit.scores_batches(_COLUMNS):
            here = batch.filter(pc.is_in(batch.column("fingerprint"), value_set=wanted))
            for record in here.to_pylist():
                name = record["fingerprint"]
                found[name] = _says(record, suggested[name])
    return found


def _says(record: Mapping[str, Any], suggested: str | None) -> ModelSays:
    given, first = record["self_confidence"], record["predicted_label"]
    # The margin is (p[given] - p[rival] + 1) / 2, and the rival is the best other class.
    rival = given + 1 - 2 * record["normalized_margin"]
    prefers_given = first == record["given_label"]
    prob = record["suggested_pred_prob"]
    if prob is None and suggested == first and not prefers_given:
        prob = rival
    # A suspect's suggestion is not the rival, or its probability would be there.
    left = 1 - given - (rival if record["is_suspect"] or not prefers_given else 0)
    is_limit = prob is None and suggested is not None
    return ModelSays(
        given=given,
        suggested=None if suggested is None else prob,
        at_most=max(min(rival, left), 0.0) if is_limit else None,
        first=first,
        first_prob=given if prefers_given else rival,
    )
