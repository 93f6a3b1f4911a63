"""Why a row is asked about, in one line of words."""

from __future__ import annotations

from labelaudit.rules import RULES
from labelaudit.types import Suspect

CONFUSED = ("LA201", "LA202", "LA301", "LA302", "LA103", "LA104")
"""Rules that add something to what the probabilities tell."""


def reason_of(row: Suspect) -> str:
    """What speaks against the given label.

    Example:
        >>> from labelaudit.auditing import audit
        >>> from labelaudit.opening import open_dataset
        >>> with open_dataset(["sample_data/digits"]) as dataset:
        ...     worst = next(audit(dataset).suspects())
        >>> reason_of(worst)
        "The model gives 'two' 99.7 % and 'four' 0.0 %; neighbours agree on another label."
    """
    parts = []
    if row.suggested_label is not None and row.suggested_prob is not None and row.self_confidence is not None:
        parts.append(
            f"the model gives '{row.suggested_label}' {100 * row.suggested_prob:.1f} %"
            f" and '{row.given_label}' {100 * row.self_confidence:.1f} %"
        )
    elif row.self_confidence is not None:
        parts.append(f"the model gives '{row.given_label}' {100 * row.self_confidence:.1f} %")
    told = next((code for code in CONFUSED if code in row.rules), None)
    if told is not None:
        parts.append(RULES[told].summary)
    sentence = "; ".join(parts) or "chosen by its score"
    return f"{sentence[0].upper()}{sentence[1:]}."
