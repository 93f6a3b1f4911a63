"""Why a row is asked about, in one line of words."""

from __future__ import annotations

from collections.abc import Iterator

from labelaudit.reviewing.model_says import ModelSays
from labelaudit.rules import RULES
from labelaudit.types import Suspect

CONFUSED = ("LA201", "LA202", "LA301", "LA302", "LA103", "LA104")
"""Rules that add something to what the probabilities tell."""
MOVED = 0.05
"""What the neighbours must change of the suggested label's probability to be worth a word."""


def reason_of(row: Suspect, says: ModelSays | None) -> str:
    """What speaks against the given label.

    Args:
        row: a suspect, or any row in a suspect's columns.
        says: what the model says of it.

    Example:
        >>> from labelaudit.auditing import audit
        >>> from labelaudit.opening import open_dataset
        >>> from labelaudit.reviewing.model_says import model_says
        >>> with open_dataset(["sample_data/digits"]) as dataset:
        ...     found = audit(dataset)
        ...     worst = next(found.suspects())
        ...     says = model_says({worst.fingerprint: worst.suggested_label}, found)[worst.fingerprint]
        >>> reason_of(worst, says)
        "The model gives 'two' 99.3 % and 'four' under 0.1 %; neighbours agree on another label."
    """
    parts = [] if says is None else list(_probabilities(row, says))
    told = next((code for code in CONFUSED if code in row.rules), None)
    if told is not None:
        parts.append(RULES[told].summary)
    sentence = "; ".join(parts) or "chosen by its score"
    return f"{sentence[0].upper()}{sentence[1:]}."


def _probabilities(row: Suspect, says: ModelSays) -> Iterator[str]:
    """The model's for both labels and for its first choice, and what the neighbours make of them."""
    given = f"'{row.given_label}' {_percent(says.given)}"
    suggested = ""
    if says.suggested is not None:
        suggested = f"'{row.suggested_label}' {_percent(says.suggested)} and "
    yield f"the model gives {suggested}{given}"
    if says.first not in (row.given_label, row.suggested_label):
        yield f"its first choice is '{says.first}', {_percent(says.first_prob)}"
    if row.suggested_prob is None or row.neighbor_agreement is None:
        return
    known = says.at_most if says.suggested is None else says.suggested
    if known is None or abs(row.suggested_prob - known) >= MOVED:
        yield f"after the neighbours '{row.suggested_label}' is {_percent(row.suggested_prob)} likely"


def _percent(share: float) -> str:
    """As the page writes it below the labels."""
    points = 100 * share
    if 0 < points < 0.1:
        return "under 0.1 %"
    return "over 99.9 %" if 99.9 < points < 100 else f"{points:.1f} %"
