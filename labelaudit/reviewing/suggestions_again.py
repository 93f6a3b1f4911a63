"""The model's probabilities of suggestions, read again where the audit has kept a limit alone.

Of a suspect the model's number is mostly kept, of a control hardly ever: a lack of it would tell them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.auditing import Audit
from labelaudit.dataset import Dataset
from labelaudit.errors import LabelAuditError
from labelaudit.opening import open_dataset
from labelaudit.reviewing.model_says import ModelSays
from labelaudit.reviewing.neighbors_again import numbered_rows
from labelaudit.same_inputs import check_inputs
from labelaudit.types import AnyArray

CLOSE = 1e-4
"""How near to the given label's probability the files must come; the audit may have rescaled a row."""


def with_suggestions(
    says: Mapping[str, ModelSays], suggested: Mapping[str, str | None], audit: Audit
) -> dict[str, ModelSays]:
    """Fill in what the model says of suggested labels.

    Args:
        says: of each row, by its fingerprint.
        suggested: the label suggested for it.
        audit: a loaded one.

    Returns:
        By fingerprint; as before where the files hold no probabilities, are gone or have changed.

    Example:
        >>> from labelaudit.auditing import audit
        >>> with open_dataset(["sample_data/digits"]) as dataset:
        ...     found = audit(dataset)
        ...     worst = next(found.suspects())
        ...     limit = ModelSays(
        ...         given=worst.self_confidence, suggested=None, at_most=1.0, first="two", first_prob=0.993
        ...     )
        ...     says = with_suggestions({worst.fingerprint: limit}, {worst.fingerprint: "two"}, found)
        >>> round(says[worst.fingerprint].suggested, 3)
        0.993
    """
    inputs = [file for file in audit.summary.inputs if {"labels", "probabilities"} & set(file.roles)]
    lacking = [name for name, one in says.items() if one.at_most is not None]
    if not lacking or not any("probabilities" in file.roles for file in inputs):
        return dict(says)
    try:
        if check_inputs(inputs):
            return dict(says)
        with open_dataset(audit.summary.paths, audit.input_options) as dataset:
            found = _probabilities(lacking, audit, dataset)
    except (LabelAuditError, OSError):
        return dict(says)
    code_of = {name: code for code, name in enumerate(dataset.classes)}
    filled = dict(says)
    for name, (given, probs) in found.items():
        label = suggested[name]
        if label in code_of and given in code_of and abs(probs[code_of[given]] - says[name].given) <= CLOSE:
            filled[name] = replace(says[name], suggested=float(probs[code_of[label]]), at_most=None)
    return filled


def _probabilities(names: list[str], audit: Audit, dataset: Dataset) -> dict[str, tuple[str, AnyArray]]:
    """The given label and all probabilities of some rows, by fingerprint."""
    prints = pa.array(names, pa.string())
    asked: dict[int, tuple[str, str]] = {}
    for numbers, batch in numbered_rows(audit, dataset, ["fingerprint", "given_label"]):
        here = np.flatnonzero(pc.is_in(batch.column("fingerprint"), value_set=prints))
        records = batch.select(["fingerprint", "given_label"]).take(pa.array(here)).to_pylist()
        told = [(record["fingerprint"], record["given_label"]) for record in records]
        asked |= zip(numbers[here].tolist(), told, strict=True)
    wanted = np.array(list(asked))
    found: dict[str, tuple[str, AnyArray]] = {}
    for part in dataset.probability_parts(np.zeros(dataset.n_rows, np.int64)):
        for read in part():
            for place in np.flatnonzero(np.isin(read.rows, wanted)):
                name, given = asked[int(read.rows[place])]
                found[name] = given, read.pred_probs[place].copy()
    return found
