"""What the runs of one case come to: medians, and ratios pair by pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Literal

from cases import Case
from sides import Outcome

Figure = Literal["seconds", "cpu_seconds", "peak_mb"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """labelaudit / cleanlab over the pairs of runs."""

    median: float
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFigures:
    """All runs of one case, in the order they were made; a side that was left out is empty."""

    case: Case
    labelaudit: Sequence[Outcome]
    cleanlab: Sequence[Outcome]

    def failure(self) -> str | None:
        """The last words of the first run that failed, if one did."""
        for side, outcomes in (("labelaudit", self.labelaudit), ("cleanlab", self.cleanlab)):
            for outcome in outcomes:
                if outcome.run.exit_code:
                    words = outcome.run.stderr.strip().splitlines() or ["(silent)"]
                    return f"{side} failed with {outcome.run.exit_code}: {words[-1]}"
        return None

    def ratio(self, figure: Figure) -> Ratio | None:
        """The ratio of a figure; None unless there are pairs that both succeeded."""
        pairs = zip(self.labelaudit, self.cleanlab, strict=False)
        ratios = [
            getattr(ours.run, figure) / getattr(theirs.run, figure)
            for ours, theirs in pairs
            if ours.run.exit_code == theirs.run.exit_code == 0
        ]
        if not ratios:
            return None
        return Ratio(median=median(ratios), lowest=min(ratios), highest=max(ratios))

    def as_json(self) -> dict[str, object]:
        """Case, medians, ratios and every run."""
        return {
            **asdict(self.case),
            "failure": self.failure(),
            "labelaudit": side_as_json(self.labelaudit),
            "cleanlab": side_as_json(self.cleanlab),
            "ratios": {
                figure: asdict(ratio) if (ratio := self.ratio(figure)) else None
                for figure in ("seconds", "cpu_seconds", "peak_mb")
            },
        }


def side_median(outcomes: Sequence[Outcome], figure: Figure) -> float | None:
    """Median of a figure over the runs that succeeded; None without any."""
    values = [getattr(outcome.run, figure) for outcome in outcomes if outcome.run.exit_code == 0]
    return float(median(values)) if values else None


def side_flagged(outcomes: Sequence[Outcome]) -> int | None:
    """How many rows a side flagged, the same in every run."""
    return next((outcome.flagged for outcome in outcomes if outcome.flagged is not None), None)


def side_as_json(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """Medians of one side and its runs."""
    return {
        "seconds": side_median(outcomes, "seconds"),
        "cpu_seconds": side_median(outcomes, "cpu_seconds"),
        "peak_mb": side_median(outcomes, "peak_mb"),
        "flagged": side_flagged(outcomes),
        "runs": [
            {
                "seconds": outcome.run.seconds,
                "cpu_seconds": outcome.run.cpu_seconds,
                "peak_mb": outcome.run.peak_mb,
                "exit_code": outcome.run.exit_code,
            }
            for outcome in outcomes
        ],
    }
