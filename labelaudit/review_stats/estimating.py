"""The reviewed estimate of an audit: all errors, those on top of the list, those of each class and split."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np

from labelaudit.auditing import Audit
from labelaudit.errors import DataError
from labelaudit.review_stats.calibration import average
from labelaudit.review_stats.counting import LEVEL, calibrations_of, counted_errors, part_errors
from labelaudit.review_stats.gathering import Gathered
from labelaudit.review_stats.samples import FEWEST
from labelaudit.scan_key import scan_key
from labelaudit.types import AnyArray, BoolArray, Reviewed, ReviewedCount

SCHEMA_VERSION = 1
METHOD = (
    "p_error recalibrated by slope and shift to a probability sample, rows weighted by 1 / draw_prob; "
    "decided rows as decided, the others by their recalibrated chance; 90 % interval from the mean of "
    "Laplace's covariance and the sandwich, plus counting noise, over the shares in which reviewers may err"
)


def reviewed_estimate(
    audit: Audit,
    found: Gathered,
    *,
    decided: str,
    tops: Sequence[int] = (),
    reviewer_error: float | None = None,
) -> Reviewed:
    """Count the errors of an audit by a reviewed sample.

    Args:
        audit: a loaded one.
        found: its decisions.
        decided: the hash of their files.
        tops: how many of the worst suspects to count errors among; all suspects by default.
        reviewer_error: the share of wrong verdicts, in [0, 0.5), where it is known.

    Raises:
        DataError: too few rows of a probability sample are decided.
    """
    reviews = found.reviews
    n_drawn = int(reviews.drawn.sum())
    if n_drawn < FEWEST:
        raise _too_few(n_drawn, found)
    whole = calibrations_of(reviews, reviewer_error)
    slope, shift, learned = average(whole)

    def part(among: BoolArray) -> ReviewedCount:
        return part_errors(reviews, among, whole, reviewer_error)

    def parts(names: Sequence[str], codes: AnyArray) -> dict[str, ReviewedCount]:
        counts = np.bincount(codes[codes >= 0], minlength=len(names))
        return {name: part(codes == code) for code, name in enumerate(names) if counts[code]}

    return Reviewed(
        schema_version=SCHEMA_VERSION,
        tool=f"labelaudit {version('labelaudit')}",
        scan=scan_key(audit.summary),
        method=METHOD,
        assumes=tuple(_assumptions(found, reviewer_error)),
        level=LEVEL,
        seed=audit.summary.seed,
        reviewers=found.reviewers,
        decisions={
            "sample": n_drawn,
            "other": len(reviews.rows) - n_drawn,
            "skipped": len(found.skipped),
            "stale": len(found.stale),
            "earlier": found.samples.n_earlier,
        },
        decided=decided,
        calibration={
            "slope": round(slope, 6),
            "shift": round(shift, 6),
            "reviewer_error": round(learned, 6),
        },
        total=counted_errors(reviews, whole),
        top=tuple(part(_first(found, k)) for k in sorted({*tops} or {len(found.ranked)}) if k),
        by_class=parts(found.classes, found.class_codes),
        by_split=parts(found.splits, found.split_codes),
    )


def _too_few(n_drawn: int, found: Gathered) -> DataError:
    few = f"{n_drawn} rows of a probability sample are decided: too few to tell the number of errors"
    sample = "labelaudit review serve AUDIT --queue sample=100"
    if not found.samples.n_lost:
        return DataError(few, hint=sample)
    left = f"; of a newer one {few}" if n_drawn else ""
    is_one = found.samples.n_lost == 1
    gone = "has another label now or is gone" if is_one else "have other labels now or are gone"
    return DataError(
        f"{found.samples.n_lost:,} of the {found.samples.n_spent:,} rows of the sample {gone}: what is left "
        f"of it would make the errors look far too few{left}",
        hint=f"draw a new one from these labels: {sample}",
    )


def _first(found: Gathered, k: int) -> BoolArray:
    among = np.zeros(len(found.reviews.log_odds), dtype=np.bool_)
    among[found.ranked[:k]] = True
    return among


def _assumptions(found: Gathered, reviewer_error: float | None) -> list[str]:
    """What the numbers rest on, in sentences."""
    told = [
        "a label is wrong where reviewers say so: 'both' keeps it, 'neither', 'other' and 'suggested' do not",
        "reviewers of one row err independently of each other and of the row",
    ]
    if reviewer_error is None:
        told.append(
            "how often reviewers err is learned from the decisions, beginning with about 0.2 %; rows that "
            "several decided tell it best, and where it is known --reviewer-error narrows the interval; "
            "where it is more than about 5 % and not told, the estimate counts slips as errors"
        )
    else:
        told.append(f"reviewers err in {reviewer_error:.1%} of the rows, as was said")
    if found.samples.n_earlier:
        told.append(
            f"{found.samples.n_earlier:,} rows of the sample were drawn in an earlier scan, or in one that "
            "nobody told; rows that are new or have other labels since are like the others"
        )
    if found.samples.n_lost:
        told.append(
            f"{found.samples.n_lost:,} of {found.samples.n_spent:,} rows of an earlier sample have other "
            "labels now or are gone: it is no sample any more, and tells of the rows that are left alone"
        )
    if found.skipped:
        told.append("skipped rows of the sample are like the others")
    if len(found.reviewers) > 1 and not (found.reviews.wrong + found.reviews.right > 1).any():
        told.append("no row was decided by two reviewers, so that their errors cannot be seen")
    return told
