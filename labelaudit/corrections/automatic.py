"""Corrections without people: where both views agree on another label (SCORING.md, section 6)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable

from labelaudit.audit_tables import VIEWS
from labelaudit.auditing import Audit
from labelaudit.config import AuditOptions
from labelaudit.corrections.applied import Wish
from labelaudit.corrections.values import ApplyOptions
from labelaudit.errors import CorrectionError, UsageError
from labelaudit.types import JointCell

LEAK = "LA903"
_COLUMNS = ("is_suspect", "fingerprint", *VIEWS.names)


def suggestions(
    audit: Audit, options: ApplyOptions, decided: Collection[str]
) -> tuple[list[Wish], dict[str, int]]:
    """The suspects whose suggested label is sure enough.

    Args:
        audit: a loaded one.
        options: how sure, and by whose word.
        decided: fingerprints of rows that people have looked at; these are theirs.

    Returns:
        The suggestions in rank order; and how many were not made, by class, because that class has too many
        labels as it is.

    Raises:
        UsageError: there are no embeddings, and nobody said that the probabilities are enough.
        CorrectionError: the probabilities may have seen the labels, or nobody looked whether they have.
    """
    _refuse_leak(audit)
    two_views = audit.summary.algorithm.get("neighbors") is not None
    if not two_views and not options.one_view:
        raise UsageError(
            "--auto asks probabilities and neighbours alike, and the audit has no embeddings",
            hint="scan with embeddings; --one-view takes the word of the probabilities alone, of which more "
            "are wrong",
        )
    sure = _sure_prints(audit, options.min_suggested_prob, two_views=two_views)
    too_many = over_assigned(audit.joint)
    found: list[Wish] = []
    refused: Counter[str] = Counter()
    for suspect in audit.suspects():
        label = suspect.suggested_label
        if suspect.status != "new" or suspect.fingerprint not in sure or suspect.fingerprint in decided:
            continue
        if label is None or label == suspect.given_label:
            continue
        if label in too_many:
            refused[label] += 1
            continue
        found.append(
            Wish(
                fingerprint=suspect.fingerprint,
                id=suspect.id,
                seen=suspect.given_label,
                label=label,
                source="auto",
            )
        )
    return found, dict(sorted(refused.items()))


def over_assigned(joint: Iterable[JointCell]) -> frozenset[str]:
    """The classes that have more labels than rows by more than chance explains.

    Of a class, the confident joint moves `out` rows to others and `into` rows to it; both are counts, so
    that their difference has a standard error of sqrt(out + into). Two of them are too many.

    Example:
        >>> cell = {"joint_prob": 0.1, "noise_prob": 0.1, "inverse_noise_prob": 0.1}
        >>> found = over_assigned(
        ...     [
        ...         JointCell(given_label="cat", true_label="dog", count=30, **cell),
        ...         JointCell(given_label="dog", true_label="cat", count=5, **cell),
        ...     ]
        ... )
        >>> sorted(found)
        ['cat']
    """
    out: Counter[str] = Counter()
    into: Counter[str] = Counter()
    for cell in joint:
        if cell.given_label != cell.true_label:
            out[cell.given_label] += cell.count
            into[cell.true_label] += cell.count
    return frozenset(name for name in out if out[name] - into[name] > 2 * math.sqrt(out[name] + into[name]))


def _sure_prints(audit: Audit, least: float, *, two_views: bool) -> frozenset[str]:
    """The fingerprints of the suspects whose suggested label every view gives so much."""
    views = VIEWS.names if two_views else VIEWS.names[:1]
    sure: set[str] = set()
    for batch in audit.scores_batches(_COLUMNS):
        if not set(views) <= set(batch.schema.names):
            raise CorrectionError(
                "the audit does not tell what each view gives a suggestion", hint="scan again, then --auto"
            )
        suspects = batch.filter(batch.column("is_suspect"))
        columns = [suspects.column(name).to_pylist() for name in ("fingerprint", *views)]
        sure.update(
            print_
            for print_, *given in zip(*columns, strict=True)
            if all(share is not None and share >= least for share in given)
        )
    return frozenset(sure)


def _refuse_leak(audit: Audit) -> None:
    algorithm = audit.summary.algorithm
    asked = AuditOptions(select=tuple(algorithm["select"]), ignore=tuple(algorithm["ignore"]))
    if any(notice.code == LEAK for notice in audit.summary.notices):
        raise CorrectionError(
            f"the probabilities may come from a model that saw these labels ({LEAK}): no ground for --auto",
            hint="predict each row by a model that was not trained on it (labelaudit predict does)",
        )
    if not asked.selects(LEAK):
        raise CorrectionError(
            f"the scan did not tell whether the probabilities saw the labels ({LEAK}): no ground for --auto",
            hint=f"scan again without --ignore {LEAK}",
        )
