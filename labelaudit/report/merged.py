"""Words on merged decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from labelaudit.report.text import counted, percent, shortened

if TYPE_CHECKING:
    from labelaudit.merging.agreement import Share
    from labelaudit.merging.merged import Merge
    from labelaudit.merging.precision import Precision

LONGEST_NAME = 40
NAMED = 10


def merged_lines(merge: Merge) -> Iterator[str]:
    """The merge for people: outcomes, agreement, precision, fatigue, controls, what was set aside."""
    verdicts = Counter(outcome.verdict for outcome in merge.outcomes.values())
    told = ", ".join(f"{n:,} {verdict}" for verdict, n in sorted(verdicts.items())) or "none"
    yield f"{counted(len(merge.outcomes), 'row')} decided: {told}"
    for outcome in merge.conflicts[:NAMED]:
        said = merge.verdicts[outcome.fingerprint]
        words = ", ".join(
            f"{_name(who)}: {shortened(what, LONGEST_NAME)}" for who, what in sorted(said.items())
        )
        yield f"conflict {_name(outcome.id)}: {words}"
    if len(merge.conflicts) > NAMED:
        yield f"and {counted(len(merge.conflicts) - NAMED, 'more conflict')}"
    if merge.n_settled:
        yield f"{counted(merge.n_settled, 'conflict')} settled by the arbiter"
    if merge.n_unseen:
        told = counted(merge.n_unseen, "decision")
        yield f"{told} accepted in a batch: nobody looked at each, no figure below counts them"
    for pair in merge.pairs:
        first, second = map(_name, pair.reviewers)
        on_error, on_label = _kappa(pair.error_kappa), _kappa(pair.kappa)
        yield (
            f"{first} and {second} agree whether the label is wrong on {_share(pair.agreed_on_error)};"
            f" Cohen's kappa {on_error}"
        )
        on_its = f"on {_share(pair.agreed)}; Cohen's kappa {on_label}"
        yield f"{first} and {second} agree what it should be {on_its}"
    if merge.kappa is not None:
        yield (
            f"all reviewers: Fleiss' kappa {_kappa(merge.error_kappa)} on whether the label is wrong,"
            f" {_kappa(merge.kappa)} on what it should be"
        )
    for rule, precision in merge.by_rule.items():
        yield f"precision of {rule}: {_precision(precision)}"
    for reviewer, share in merge.by_reviewer.items():
        yield f"errors that {_name(reviewer)} found: {_share(share)}"
    for reviewer, parts in merge.over_time.items():
        yield f"agreement of {_name(reviewer)} over time: {', '.join(percent(part.value) for part in parts)}"
    if merge.controls.of or merge.controls.n_open:
        yield f"errors among unsuspected controls: {_precision(merge.controls)}"
    for name in merge.stale[:NAMED]:
        yield f"set aside, the label has changed or the row is gone: {_name(name)}"
    if len(merge.stale) > NAMED:
        yield f"and {len(merge.stale) - NAMED:,} more set aside"


def merged_record(merge: Merge) -> dict[str, Any]:
    """The merge for programs."""
    return {
        "min_agreement": merge.min_agreement,
        "rows": len(merge.outcomes),
        "verdicts": dict(sorted(Counter(o.verdict for o in merge.outcomes.values()).items())),
        "conflicts": [
            {"id": o.id, "fingerprint": o.fingerprint, "verdicts": dict(merge.verdicts[o.fingerprint])}
            for o in merge.conflicts
        ],
        "settled_by_arbiter": merge.n_settled,
        "accepted_in_a_batch": merge.n_unseen,
        "pairs": [
            {
                "reviewers": list(pair.reviewers),
                "agreement": _record(pair.agreed),
                "cohen_kappa": pair.kappa,
                "agreement_on_error": _record(pair.agreed_on_error),
                "cohen_kappa_on_error": pair.error_kappa,
            }
            for pair in merge.pairs
        ],
        "fleiss_kappa": merge.kappa,
        "fleiss_kappa_on_error": merge.error_kappa,
        "precision_by_rule": {rule: _precision_record(found) for rule, found in merge.by_rule.items()},
        "precision_by_reviewer": {name: _record(share) for name, share in merge.by_reviewer.items()},
        "agreement_over_time": {name: [_record(s) for s in parts] for name, parts in merge.over_time.items()},
        "controls": _precision_record(merge.controls),
        "stale": list(merge.stale),
    }


def _record(share: Share) -> dict[str, Any]:
    return {"of": share.of, "count": share.count, "share": share.value, "low": share.low, "high": share.high}


def _precision_record(precision: Precision) -> dict[str, Any]:
    return {
        **_record(precision),
        "conflicts_left_out": precision.n_open,
        "at_least": precision.at_least,
        "at_most": precision.at_most,
    }


def _precision(precision: Precision) -> str:
    """What is settled, and what the share can become by rows that are not."""
    told = _share(precision) if precision.of else "no row is settled"
    if not precision.n_open:
        return told
    low = percent(precision.at_least).removesuffix(" %")
    left_out = counted(precision.n_open, "row in conflict is", "rows in conflict are")
    return f"{told}; {left_out} left out: {low} to {percent(precision.at_most)} if all went one way"


def _kappa(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"


def _share(share: Share) -> str:
    low = percent(share.low).removesuffix(" %")
    return f"{share.count:,} of {share.of:,} ({percent(share.value)}, {low} to {percent(share.high)} at 90 %)"


def _name(text: str) -> str:
    return f"'{shortened(text, LONGEST_NAME)}'"
