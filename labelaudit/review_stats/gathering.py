"""From an audit and its decisions to the arrays that are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.auditing import Audit
from labelaudit.decisions import NO_VOTE, Decision
from labelaudit.kernels.sampling import inclusion_probabilities
from labelaudit.review_stats.counting import Reviews
from labelaudit.review_stats.likelihood import log_odds
from labelaudit.review_stats.samples import FEWEST, Draws, Samples, samples_of
from labelaudit.scan_key import scan_key
from labelaudit.types import AnyArray, FloatArray, Frozen, IntArray

COLUMNS = ("fingerprint", "p_error", "label_quality", "given_label", "split", "is_suspect")
WRONG = ("suggested", "neither", "other")
"""Decisions that find the given label wrong; with "both" it may stay."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gathered(Frozen):
    """What was reviewed of an audit, and how its rows are grouped."""

    reviews: Reviews
    samples: Samples
    reviewers: tuple[str, ...]
    skipped: tuple[str, ...]  # ids of drawn rows that nobody decided
    stale: tuple[str, ...]  # ids of rows that are gone or have another label now
    unseen: tuple[str, ...]  # ids of rows that were accepted in a batch and decided by nobody otherwise
    classes: tuple[str, ...]
    class_codes: AnyArray  # (N,) -1 for none
    splits: tuple[str, ...]
    split_codes: AnyArray  # (N,)
    ranked: IntArray  # the suspects, worst first


def gathered(audit: Audit, decisions: Sequence[Decision], draws: Draws) -> Gathered:
    """Find the rows that were decided; what came in a batch is no vote, as nobody looked at each row.

    Args:
        audit: a loaded one.
        decisions: of all reviewers, the last of each on a row.
        draws: every row that was ever drawn for a sample, by the scan that drew it.
    """
    table = pa.Table.from_batches(audit.scores_batches(COLUMNS))
    prints = table.column("fingerprint").combine_chunks()
    drawn = [fingerprint for group in draws.values() for fingerprint in group]
    named = list(dict.fromkeys([*(decision.fingerprint for decision in decisions), *drawn]))
    places = pc.index_in(pa.array(named, pa.string()), value_set=prints).to_pylist()
    at = {name: place for name, place in zip(named, places, strict=True) if place is not None}
    wrong: Counter[int] = Counter()
    right: Counter[int] = Counter()
    for decision in decisions:
        if decision.fingerprint in at and decision.word not in NO_VOTE and decision.is_seen:
            (wrong if decision.word in WRONG else right)[at[decision.fingerprint]] += 1
    decided = wrong.keys() | right.keys()
    rows = sorted(decided)
    key = scan_key(audit.summary)
    own = [at[name] for name in draws.get(key, ()) if at[name] in decided]
    samples = samples_of(draws, key, at)
    if len(own) >= FEWEST:
        # Rows that came since an earlier draw could not be drawn then: a sample of this scan does without it.
        samples = replace(samples, draw_prob=draws[key], n_earlier=0)
    p_error = p_error_of(table)
    chances = {at[name]: chance for name, chance in samples.draw_prob.items()}
    chances |= _as_one_draw(p_error, own)
    quality = table.column("label_quality").to_numpy()
    unseen = {d.fingerprint for d in decisions if d.word not in NO_VOTE and not d.is_seen}
    suspects = np.flatnonzero(table.column("is_suspect").to_numpy())
    classes, splits = audit.class_names, tuple(audit.summary.by_split)
    return Gathered(
        reviews=Reviews(
            log_odds=log_odds(p_error),
            rows=np.array(rows, dtype=np.int64),
            wrong=np.array([wrong[row] for row in rows], dtype=np.float64),
            right=np.array([right[row] for row in rows], dtype=np.float64),
            draw_prob=np.array([chances.get(row, np.nan) for row in rows], dtype=np.float64),
        ),
        samples=samples,
        reviewers=tuple(sorted({d.reviewer for d in decisions if d.fingerprint in at})),
        skipped=_ids(decisions, {name for name in samples.draw_prob if at[name] not in decided}),
        stale=_ids(decisions, set(named) - at.keys()),
        unseen=_ids(decisions, {name for name in unseen if name in at and at[name] not in decided}),
        classes=classes,
        class_codes=_codes(table.column("given_label"), classes),
        splits=splits,
        split_codes=_codes(table.column("split"), splits),
        ranked=suspects[np.argsort(quality[suspects], kind="stable")],
    )


def _as_one_draw(p_error: FloatArray, rows: Sequence[int]) -> dict[int, float]:
    """The chances of rows to be among as many in one draw of this scan.

    Whoever reviews 20 rows and then 300 has drawn twice: each draw's own chances would make the rows of the
    small one weigh as much as those of the large one.
    """
    at = np.array(rows, dtype=np.int64)
    again = inclusion_probabilities(p_error, len(at))[at] if len(at) else np.empty(0)
    return dict(zip(rows, again.tolist(), strict=True))


def p_error_of(table: pa.Table) -> FloatArray:
    """(N,) `p_error`; without it what `label_quality` lacks."""
    chance, quality = (
        table.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False)
        for name in ("p_error", "label_quality")
    )
    found: FloatArray = np.where(np.isnan(chance), 1 - quality, chance)
    return found


def _ids(decisions: Sequence[Decision], prints: set[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(d.id for d in decisions if d.fingerprint in prints))


def _codes(column: pa.ChunkedArray, names: Sequence[str]) -> AnyArray:
    codes = pc.index_in(column, value_set=pa.array(names, pa.string()))
    found: AnyArray = pc.fill_null(codes, -1).to_numpy()
    return found
