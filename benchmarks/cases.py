"""What is measured: the cases, their data and their targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Layout = Literal["npy", "list", "wide", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One comparison of labelaudit with cleanlab.

    Ratios are labelaudit / cleanlab; a target of None is measured and not aimed at.
    """

    name: str
    layout: Layout  # none: no data, the start-up of both
    n_rows: int = 0
    n_classes: int = 0
    ids: Literal["text", "int"] = "text"
    flag: str = ""  # the start-up cases: labelaudit's only argument
    time_target: float | None = None
    memory_target: float | None = None
    pairs_a_round: int = 1  # short runs are noisier and can be had more often
    alone: bool = False  # labelaudit only, for a figure of its own
    opt_in: bool = False  # runs only when named
    grows_from: str = ""  # the smaller case whose peak memory this one is held against


CASES: tuple[Case, ...] = (
    Case(name="help", layout="none", flag="--help", time_target=0.35, pairs_a_round=3),
    Case(name="version", layout="none", flag="--version", time_target=0.35, pairs_a_round=3),
    Case(name="list-10k-10", layout="list", n_rows=10_000, n_classes=10, time_target=0.4, pairs_a_round=3),
    Case(name="npy-100k-1000", layout="npy", n_rows=100_000, n_classes=1000, ids="int", time_target=0.25),
    Case(name="npy-500k-1000", layout="npy", n_rows=500_000, n_classes=1000, ids="int", time_target=0.25),
    Case(name="list-1m-100", layout="list", n_rows=1_000_000, n_classes=100, time_target=0.5),
    Case(
        name="list-500k-1000",
        layout="list",
        n_rows=500_000,
        n_classes=1000,
        time_target=0.5,
        memory_target=0.15,
    ),
    Case(name="wide-100k-1000", layout="wide", n_rows=100_000, n_classes=1000, ids="int", time_target=0.5),
    Case(name="wide-1m-100", layout="wide", n_rows=1_000_000, n_classes=100, ids="int"),
    Case(
        name="list-1m-1000",
        layout="list",
        n_rows=1_000_000,
        n_classes=1000,
        alone=True,
        opt_in=True,
        grows_from="list-500k-1000",
    ),
)


def chosen_cases(names: list[str]) -> list[Case]:
    """The cases of these names, in the order of `CASES`; no names: all but the opt-in ones."""
    return [case for case in CASES if (case.name in names if names else not case.opt_in)]
