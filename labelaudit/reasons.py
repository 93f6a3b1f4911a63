"""Why a row is listed: one bit for each rule that holds (contract, section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labelaudit.config import AuditOptions
from labelaudit.copies import Copies
from labelaudit.judging import Judgement
from labelaudit.kernels.stretches import stretches
from labelaudit.passes.rows import KeptRows, subset
from labelaudit.types import AnyArray, BoolArray, ConfidentJoint, Frozen, IntArray, Notice, RowView

CODES = ("LA101", "LA102", "LA103", "LA104", "LA201", "LA202", "LA301", "LA302", "LA501", "LA908")
BITS = {code: 1 << place for place, code in enumerate(CODES)}
CREDIBLE_SHARE = 0.5
"""A class is credible from this part of its threshold, the mean self-confidence of its rows."""
AGREEING_SHARE = 0.6
"""Of the neighbours' votes, so that they agree on another label."""
SMALLEST_CLASS = 10
CONFUSED_SHARE = 0.25
CONFUSED_ROWS = 10
"""Two classes are mostly confused where a quarter of their rows, and ten of them, change sides."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reasons(Frozen):
    """The rules of each row, and which rows they make suspects."""

    bits: AnyArray  # (kept,) uint16
    flagged: BoolArray  # (kept,)
    notices: tuple[Notice, ...]


def find_reasons(
    kept: KeptRows,
    view: RowView,
    joints: Sequence[ConfidentJoint],
    pruned: BoolArray,
    judgement: Judgement,
    copies: Copies,
    options: AuditOptions,
    classes: Sequence[str],
) -> Reasons:
    """Collect the rules that hold; one of them decides, LA301 adds suspects of its own.

    Args:
        kept: the rows.
        view: their view.
        joints: one a stratum.
        pruned: (kept,) flags of the confident-learning filter.
        judgement: on every row.
        copies: same items.
        options: which rules are wanted, which filter decides.
        classes: the class names.
    """
    found: dict[str, BoolArray] = {"LA101": pruned}
    if judgement.p_error is not None:
        found["LA102"] = judgement.p_error > 0.5
    found["LA103"], found["LA104"] = _credibility(kept, view, joints)
    around = judgement.neighborhood
    if around is not None:
        found["LA201"] = (around.strongest_share >= AGREEING_SHARE) & (around.agreement < 0.5)
        sizes = np.bincount(view.given, minlength=len(classes))
        own = (view.given[around.neighbors] == view.given[:, None]).any(axis=1)
        found["LA202"] = ~own & (sizes[view.given] >= SMALLEST_CLASS)
    found["LA301"], found["LA302"] = copies.outvoted, copies.disputed
    found["LA908"] = copies.in_two_splits
    wanted = {code: rows for code, rows in found.items() if options.selects(code)}
    deciding = "LA102" if options.flagging == "fused" else "LA101"
    nobody = np.zeros(len(kept), dtype=bool)
    flagged = wanted.get(deciding, nobody) | wanted.get("LA301", nobody)
    pairs = _confused_pairs(joints)
    if options.selects("LA501"):
        in_pair = pairs[view.given, np.maximum(judgement.suggested, 0)] & (judgement.suggested >= 0)
        wanted["LA501"] = flagged & in_pair
    bits = np.zeros(len(kept), dtype=np.uint16)
    for code, rows in wanted.items():
        bits[rows] |= BITS[code]
    notices = tuple(_notices(pairs, copies, classes)) + tuple(_nothing_selected(options, deciding))
    return Reasons(bits=bits, flagged=flagged, notices=notices)


def _credibility(
    kept: KeptRows, view: RowView, joints: Sequence[ConfidentJoint]
) -> tuple[BoolArray, BoolArray]:
    """Rows where neither of the two strongest classes is credible, and rows where both are."""
    thresholds = CREDIBLE_SHARE * np.stack([joint.thresholds for joint in joints])
    none, both = np.zeros(len(kept), dtype=bool), np.zeros(len(kept), dtype=bool)
    for rows in stretches(len(kept)):
        here, stratum = subset(view, rows), kept.stratum[rows]
        given = here.self_confidence >= thresholds[stratum, here.given]
        rival = here.rival_prob >= thresholds[stratum, here.rival]
        none[rows], both[rows] = ~given & ~rival, given & rival
    return none, both


def _confused_pairs(joints: Sequence[ConfidentJoint]) -> BoolArray:
    """(K, K) classes of which a quarter of the rows change sides."""
    counts = np.sum([joint.calibrated for joint in joints], axis=0)
    sizes = counts.sum(axis=1)
    moved = counts + counts.T
    enough = moved >= np.maximum(CONFUSED_ROWS, CONFUSED_SHARE * (sizes[:, None] + sizes))
    pairs: BoolArray = enough & ~np.eye(len(counts), dtype=bool)
    return pairs


def _notices(pairs: BoolArray, copies: Copies, classes: Sequence[str]) -> list[Notice]:
    notices = []
    confused: list[list[int]] = np.argwhere(np.triu(pairs)).tolist()
    if confused:
        names = ", ".join(f"'{classes[one]}' and '{classes[other]}'" for one, other in confused[:3])
        more = f" (and {len(confused) - 3:,} more pairs)" if len(confused) > 3 else ""
        message = f"mostly confused with each other: {names}{more}; merge them, or define them better"
        notices.append(Notice(code="LA501", message=message, count=len(confused)))
    n_spread = int(copies.in_two_splits.sum())
    if n_spread:
        message = f"{n_spread:,} rows are items that stand in two splits: a test on them is no test"
        notices.append(Notice(code="LA908", message=message, count=n_spread))
    return notices


def _nothing_selected(options: AuditOptions, deciding: str) -> list[Notice]:
    if options.selects(deciding):
        return []
    only = ", LA301 alone makes suspects" if options.selects("LA301") else ": no row can be a suspect"
    message = f"{deciding} is switched off by --select or --ignore{only}"
    return [Notice(code="nothing-selected", message=message)]


def codes_of(bits: IntArray) -> list[list[str]]:
    """The codes of each row's rules, ascending.

    Example:
        >>> codes_of(np.array([0, 3]))
        [[], ['LA101', 'LA102']]
    """
    return [[code for code, bit in BITS.items() if row & bit] for row in bits.tolist()]
