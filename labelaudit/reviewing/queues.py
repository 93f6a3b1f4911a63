"""Which rows are put before a reviewer, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.audit_tables import SUSPECTS
from labelaudit.auditing import Audit
from labelaudit.errors import UsageError
from labelaudit.kernels.draws import lowest, uniforms
from labelaudit.kernels.sampling import draw_sample
from labelaudit.reviewing.asked_rows import AskedRow, asked_numbers
from labelaudit.reviewing.scored_rows import keys_of, picked_rows
from labelaudit.types import BoolArray, FloatArray, HashArray, IntArray

Order = Literal["ranked", "uncertain", "random", "class"]
ORDERS: tuple[str, ...] = get_args(Order)
HIDDEN = ("baseline", "ignored")
"""Suspects of these statuses are not asked about."""

_CONTROLS, _PLACES, _ORDER, _SHARE = 0x61, 0x62, 0x63, 0x64  # streams of `uniforms`


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOptions:
    """What a reviewer is asked about."""

    sample: int | None = None  # a probability sample of so many rows, in place of the suspects
    asked: tuple[AskedRow, ...] | None = None  # these rows and no others, in this order
    controls: float = 0.0  # share of the queue that are rows nobody suspects
    part: tuple[int, int] = (1, 1)  # the I-th of N reviewers, counted from 1
    seed: int = 0

    def __post_init__(self) -> None:
        number, parts = self.part
        if not 1 <= number <= parts:
            raise UsageError(f"part {number} of {parts}", hint="--assign I/N with I from 1 to N: 2/3")
        if not 0 <= self.controls < 1:
            raise UsageError(f"{self.controls:.0%} controls", hint="--controls from 0% to less than 100%: 5%")
        if self.sample is not None and self.sample < 1:
            raise UsageError(f"a sample of {self.sample} rows", hint="--queue sample=100")
        if self.sample is not None and self.controls:
            raise UsageError(
                "controls in a sample", hint="a sample has unsuspected rows as it is: leave out --controls"
            )
        if self.asked is not None and self.controls:
            raise UsageError("controls in a queue of named rows", hint="leave out --controls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which rows of a queue are looked at; None is no wish."""

    pair: tuple[str, str] | None = None  # given and suggested label
    rule: str | None = None
    split: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Queue:
    """Rows to decide: those of `suspects.parquet`, with `queue` and `draw_prob` behind."""

    rows: pa.Table
    places: FloatArray = field(repr=False)  # (N,) in [0, 1): where a row stands in ranked order
    is_sample: bool
    classes: tuple[str, ...]
    seed: int
    gone: tuple[str, ...] = ()  # ids that were asked for, of rows that are not there any more
    after: Mapping[str, str] = field(default_factory=dict)  # by fingerprint: since when it is asked about

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    @cached_property
    def fingerprints(self) -> list[str]:
        """Of each row."""
        return list(self.rows.column("fingerprint").to_pylist())

    @cached_property
    def at(self) -> dict[str, int]:
        """Where each fingerprint stands."""
        return {print_: i for i, print_ in enumerate(self.fingerprints)}

    @cached_property
    def rules(self) -> dict[str, list[str]]:
        """The rules of each row, by fingerprint."""
        return dict(zip(self.fingerprints, self.rows.column("rules").to_pylist(), strict=True))

    @cached_property
    def suggested(self) -> dict[str, str | None]:
        """The label suggested for each row, by fingerprint."""
        return dict(zip(self.fingerprints, self.rows.column("suggested_label").to_pylist(), strict=True))

    def without_neighbors(self) -> dict[str, tuple[str, str | None]]:
        """Given and suggested label of the rows that were saved without neighbours, by fingerprint."""
        lists = self.rows.column("neighbor_ids")
        lacking = self.rows.filter(pc.equal(pc.fill_null(pc.list_value_length(lists), 0), 0))
        names = ("fingerprint", "given_label", "suggested_label")
        prints, given, suggested = (lacking.column(name).to_pylist() for name in names)
        return dict(zip(prints, zip(given, suggested, strict=True), strict=True))

    def ordered(self, order: Order) -> IntArray:
        """All rows in an order; a sample keeps its own, so that its beginning is a sample too.

        "ranked" is worst first, "uncertain" begins where `p_error` is nearest one half, "class" goes through
        the given labels, "random" is the same for everybody with the same seed.
        """
        if self.is_sample:
            return np.arange(len(self), dtype=np.int64)
        if order == "random":
            return np.argsort(uniforms(keys_of(self.rows.column("fingerprint")), self.seed, _ORDER))
        if order == "class":
            codes = pc.index_in(self.rows.column("given_label"), value_set=pa.array(self.classes))
            return np.lexsort((self.places, codes.to_numpy()))
        if order == "uncertain":
            return self._by_doubt()
        return np.argsort(self.places, kind="stable")

    def _by_doubt(self) -> IntArray:
        """Suspects by doubt; controls stay where they are mixed in."""
        ranked = np.argsort(self.places, kind="stable")
        suspected = ranked[~self._is_control[ranked]]
        doubt = np.abs(_chances(self.rows)[suspected] - 0.5)
        found = ranked.copy()
        found[~self._is_control[ranked]] = suspected[np.argsort(doubt, kind="stable")]
        return found

    @cached_property
    def _is_control(self) -> BoolArray:
        return np.asarray(pc.equal(self.rows.column("queue"), "control").to_numpy())

    def matching(self, filters: Filters) -> BoolArray:
        """(N,) the rows that are looked for."""
        found: BoolArray = np.ones(len(self), dtype=bool)
        if filters.pair is not None:
            for name, label in zip(("given_label", "suggested_label"), filters.pair, strict=True):
                found &= _equal(self.rows.column(name), label)
        if filters.split is not None:
            found &= _equal(self.rows.column("split"), filters.split)
        if filters.rule is not None:
            found &= np.fromiter((filters.rule in codes for codes in self.rules.values()), bool, len(self))
        return found


def queue_of(audit: Audit, options: QueueOptions) -> Queue:
    """Build the queue of one reviewer.

    Args:
        audit: a loaded one.
        options: suspects, a sample or named rows, controls, the reviewer's part.

    Raises:
        UsageError: nothing is left to review.
    """
    suspects = audit.suspects_table().select(SUSPECTS.names)
    asked: Sequence[AskedRow] = options.asked or ()
    if options.asked is not None:
        rows, places = _named(audit, suspects, asked)
    elif options.sample is not None:
        rows, places = _sample(audit, suspects, options.sample, options.seed)
    else:
        hidden = pc.is_in(suspects.column("status"), value_set=pa.array(HIDDEN))
        shown = suspects.filter(pc.invert(hidden))
        rows, places = _ranked(audit, shown, options)
    there = set(rows.column("fingerprint").to_pylist())
    number, parts = options.part
    drawn = uniforms(keys_of(rows.column("fingerprint")), options.seed, _SHARE)
    mine = np.floor(drawn * parts).astype(np.int64) == number - 1
    rows, places = rows.filter(pa.array(mine)), places[mine]
    if not rows.num_rows:
        raise UsageError(
            "nothing to review",
            hint="no suspects are left, or none in this part; --queue sample=100 asks about all rows",
        )
    return Queue(
        rows=rows.combine_chunks(),
        places=places,
        is_sample=options.sample is not None,
        classes=audit.class_names,
        seed=options.seed,
        gone=tuple(row.id for row in asked if row.fingerprint not in there),
        after={row.fingerprint: row.decided_at for row in asked if row.decided_at},
    )


def _ranked(audit: Audit, shown: pa.Table, options: QueueOptions) -> tuple[pa.Table, FloatArray]:
    """The suspects, worst first, with unsuspected rows spread evenly among them."""
    n_shown = shown.num_rows
    places = (np.arange(n_shown) + 0.5) / max(n_shown, 1)
    rows = _in_queue(shown, "ranked", None)
    n_controls = round(n_shown * options.controls / (1 - options.controls))
    if not n_controls:
        return rows, places
    suspected, keys = [], []
    for batch in audit.scores_batches(["is_suspect", "fingerprint"]):
        suspected.append(batch.column("is_suspect").to_numpy(zero_copy_only=False))
        keys.append(keys_of(batch.column("fingerprint")))
    clean = np.flatnonzero(~np.concatenate(suspected))
    drawn = uniforms(np.concatenate(keys)[clean], options.seed, _CONTROLS)
    chosen = lowest(drawn, min(n_controls, len(clean)))
    n_chosen = len(chosen)
    chosen = clean[chosen[np.argsort(drawn[chosen])]]
    controls = picked_rows(audit, chosen)
    spread = uniforms(keys_of(controls.column("fingerprint")), options.seed, _PLACES)
    chances = np.full(n_chosen, n_chosen / max(len(clean), 1))
    rows = pa.concat_tables([rows, _in_queue(controls, "control", chances)])
    return rows, np.concatenate([places, (np.arange(n_chosen) + spread) / max(n_chosen, 1)])


def _sample(audit: Audit, suspects: pa.Table, n: int, seed: int) -> tuple[pa.Table, FloatArray]:
    """Rows of all kinds, each with the probability of its draw; suspects come with all that is known."""
    chances, keys = _all_chances(audit)
    drawn, draw_prob = draw_sample(chances, n, keys, seed)
    rows = picked_rows(audit, drawn)
    places = (np.arange(len(drawn)) + 0.5) / max(len(drawn), 1)
    return _in_queue(_as_known(rows, suspects), "sample", draw_prob), places


def _named(audit: Audit, suspects: pa.Table, asked: Sequence[AskedRow]) -> tuple[pa.Table, FloatArray]:
    """The rows that a file asks about; each is decided as a ranked one, however it was met before."""
    rows = _as_known(picked_rows(audit, asked_numbers(audit, asked)), suspects)
    return _in_queue(rows, "ranked", None), (np.arange(rows.num_rows) + 0.5) / max(rows.num_rows, 1)


def _as_known(rows: pa.Table, suspects: pa.Table) -> pa.Table:
    """The same rows; suspects among them with all that is known of suspects."""
    known = pc.index_in(rows.column("fingerprint"), value_set=suspects.column("fingerprint").combine_chunks())
    known = known.to_numpy(zero_copy_only=False)
    is_known = ~np.isnan(known.astype(np.float64))
    # One table of both, then back in order.
    both = pa.concat_tables(
        [suspects.take(pa.array(known[is_known].astype(np.int64))), rows.filter(pa.array(~is_known))]
    )
    return both.take(
        pa.array(np.argsort(np.concatenate([np.flatnonzero(is_known), np.flatnonzero(~is_known)])))
    )


def _all_chances(audit: Audit) -> tuple[FloatArray, HashArray]:
    """Of every row: how likely its label is wrong, and its key."""
    chances, keys = [np.zeros(0)], [np.zeros(0, dtype=np.uint64)]
    for batch in audit.scores_batches(["p_error", "label_quality", "fingerprint"]):
        chances.append(_chances(pa.Table.from_batches([batch])))
        keys.append(keys_of(batch.column("fingerprint")))
    return np.concatenate(chances), np.concatenate(keys)


def _chances(rows: pa.Table) -> FloatArray:
    """`p_error`; without it what `label_quality` lacks."""
    found: FloatArray = rows.column("p_error").cast(pa.float64()).to_numpy()
    return np.where(np.isnan(found), 1 - rows.column("label_quality").to_numpy(), found)


def _in_queue(rows: pa.Table, name: str, draw_prob: FloatArray | None) -> pa.Table:
    chances = pa.nulls(rows.num_rows, pa.float64()) if draw_prob is None else pa.array(draw_prob)
    names: Sequence[str] = [name] * rows.num_rows
    return rows.append_column("queue", pa.array(names, pa.string())).append_column("draw_prob", chances)


def _equal(column: pa.ChunkedArray, text: str) -> BoolArray:
    found: BoolArray = pc.fill_null(pc.equal(column, text), False).to_numpy()
    return found
