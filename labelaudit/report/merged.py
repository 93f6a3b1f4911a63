"""Words on merged decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from labelaudit.report.text import counted, percent, shortened

if TYPE_CHECKING:
    from labelaudit.merging.agreement import Share
    from labelaudit.merging.merged import Merge

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
        kappa = "undefined" if pair.kappa is None else f"{pair.kappa:.2f}"
        yield f"{first} and {second} agree on {_share(pair.agreed)}; Cohen's kappa {kappa}"
    if merge.kappa is not None:
        yield f"all reviewers: Fleiss' kappa {merge.kappa:.2f}"
    for rule, share in merge.by_rule.items():
        yield f"precision of {rule}: {_share(share)}"
    for reviewer, share in merge.by_reviewer.items():
        yield f"errors that {_name(reviewer)} found: {_share(share)}"
    for reviewer, parts in merge.over_time.items():
        yield f"agreement of {_name(reviewer)} over time: {', '.join(percent(part.value) for part in parts)}"
    if merge.controls.of:
        yield f"errors among unsuspected controls: {_share(merge.controls)}"
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
            {"reviewers": list(pair.reviewers), "agreement": _record(pair.agreed), "cohen_kappa": pair.kappa}
            for pair in merge.pairs
        ],
        "fleiss_kappa": merge.kappa,
        "precision_by_rule": {rule: _record(share) for rule, share in merge.by_rule.items()},
        "precision_by_reviewer": {name: _record(share) for name, share in merge.by_reviewer.items()},
        "agreement_over_time": {name: [_record(s) for s in parts] for name, parts in merge.over_time.items()},
        "controls": _record(merge.controls),
        "stale": list(merge.stale),
    }


def _record(share: Share) -> dict[str, Any]:
    return {"of": share.of, "count": share.count, "share": share.value, "low": share.low, "high": share.high}


def _share(share: Share) -> str:
    low = percent(share.low).removesuffix(" %")
    return f"{share.count:,} of {share.of:,} ({percent(share.value)}, {low} to {percent(share.high)} at 90 %)"


def _name(text: str) -> str:
    return f"'{shortened(text, LONGEST_NAME)}'"
