"""Queues: which rows, in which order, drawn with which probability."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from labelaudit import Audit
from labelaudit.errors import UsageError
from labelaudit.kernels.sampling import inclusion_probabilities
from labelaudit.report.saving import save_audit
from labelaudit.reviewing.queues import ORDERS, Filters, Queue, QueueOptions, queue_of
from labelaudit.store import load_audit
from tests.builders import audit_paths, embedded_table, write


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    folder = tmp_path_factory.mktemp("queues")
    found = audit_paths(write(folder / "data.parquet", embedded_table(5, n_rows=2000, noise_rate=0.15)))
    save_audit(found, folder / "audit")
    return load_audit(folder / "audit")


def column(queue: Queue, name: str, order: str = "ranked") -> list[object]:
    values = queue.rows.column(name).to_pylist()
    return [values[i] for i in queue.ordered(order)]  # type: ignore[arg-type]


def test_suspects_are_asked_about_worst_first(audit: Audit) -> None:
    queue = queue_of(audit, QueueOptions())
    assert column(queue, "rank") == list(range(1, audit.summary.n_suspects + 1))
    assert set(column(queue, "queue")) == {"ranked"}
    assert set(column(queue, "draw_prob")) == {None}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "options", [QueueOptions(), QueueOptions(controls=0.2), QueueOptions(sample=50)], ids=["s", "c", "p"]
)
def test_every_order_has_every_row_once(audit: Audit, order: str, options: QueueOptions) -> None:
    queue = queue_of(audit, options)
    assert sorted(queue.ordered(order)) == list(range(len(queue)))  # type: ignore[arg-type]
    assert len(queue.at) == len(queue)


def test_orders_are_what_they_are_called(audit: Audit) -> None:
    queue = queue_of(audit, QueueOptions())
    doubts = [abs(p - 0.5) for p in column(queue, "p_error", "uncertain")]  # type: ignore[operator]
    assert doubts == sorted(doubts)
    by_class = list(zip(column(queue, "given_label", "class"), column(queue, "rank", "class"), strict=True))
    assert by_class == sorted(by_class, key=lambda row: (audit.class_names.index(row[0]), row[1]))  # type: ignore[arg-type]
    drawn = column(queue, "rank", "random")
    assert drawn != sorted(drawn)  # type: ignore[type-var]
    assert drawn == column(queue_of(audit, QueueOptions()), "rank", "random")
    assert drawn != column(queue_of(audit, QueueOptions(seed=1)), "rank", "random")


def test_controls_are_a_share_of_the_queue_spread_over_it(audit: Audit) -> None:
    queue = queue_of(audit, QueueOptions(controls=0.25))
    kinds = column(queue, "queue")
    n_controls = kinds.count("control")
    assert n_controls / len(queue) == pytest.approx(0.25, abs=0.005)
    quarters = np.array_split([kind == "control" for kind in kinds], 4)
    assert all(0.15 < quarter.mean() < 0.35 for quarter in quarters)
    clean = audit.summary.n_rows - audit.summary.n_suspects
    chances = {p for p, kind in zip(column(queue, "draw_prob"), kinds, strict=True) if kind == "control"}
    assert chances == {n_controls / clean}
    suspects = {suspect.fingerprint for suspect in audit.suspects()}
    controls = {p for p, kind in zip(column(queue, "fingerprint"), kinds, strict=True) if kind == "control"}
    assert not suspects & controls


def test_a_control_looks_like_a_suspect(audit: Audit) -> None:
    queue = queue_of(audit, QueueOptions(controls=0.25))
    for row in queue.rows.to_pylist():
        assert row["suggested_label"] in audit.class_names
        assert row["suggested_label"] != row["given_label"]


def test_a_sample_is_of_all_rows_with_the_probability_of_each(audit: Audit) -> None:
    queue = queue_of(audit, QueueOptions(sample=100))
    assert len(queue) == 100
    assert set(column(queue, "queue")) == {"sample"}
    scores = audit.scores()
    chances = inclusion_probabilities(scores["p_error"].to_numpy(), 100)
    expected = dict(zip(scores["fingerprint"].to_pylist(), chances.tolist(), strict=True))
    told = dict(zip(column(queue, "fingerprint"), column(queue, "draw_prob"), strict=True))
    assert told == {print_: expected[str(print_)] for print_ in told}
    ranks = column(queue, "rank")
    assert 0 < sum(rank > 0 for rank in ranks) < 100  # type: ignore[operator,misc]
    by_print = {suspect.fingerprint: suspect.rank for suspect in audit.suspects()}
    assert [by_print.get(str(print_), 0) for print_ in column(queue, "fingerprint")] == ranks


def test_a_sample_keeps_its_order_whatever_is_asked(audit: Audit) -> None:
    queue = queue_of(audit, QueueOptions(sample=60))
    assert {tuple(queue.ordered(order)) for order in ORDERS} == {tuple(range(60))}  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{}, {"controls": 0.1}, {"sample": 80}], ids=str)
def test_parts_share_out_the_queue_without_overlap(audit: Audit, options: dict[str, float]) -> None:
    whole = set(queue_of(audit, QueueOptions(**options)).fingerprints)  # type: ignore[arg-type]
    parts = [queue_of(audit, QueueOptions(part=(i, 3), **options)).fingerprints for i in (1, 2, 3)]  # type: ignore[arg-type]
    assert sum(map(len, parts)) == len(whole)
    assert set().union(*parts) == whole
    assert all(len(whole) / 6 < len(part) for part in parts)


def test_filters_leave_what_they_name(audit: Audit) -> None:
    queue = queue_of(audit, QueueOptions())
    rows = queue.rows.to_pylist()
    pair = (rows[0]["given_label"], rows[0]["suggested_label"])
    both = queue.matching(Filters(pair=pair, rule="LA201"))
    assert both.tolist() == [
        (row["given_label"], row["suggested_label"]) == pair and "LA201" in row["rules"] for row in rows
    ]
    assert queue.matching(Filters()).all()
    assert not queue.matching(Filters(split="test")).any()


@pytest.mark.parametrize(
    "options",
    [{"controls": 1.0}, {"controls": -0.1}, {"controls": float("nan")}, {"sample": 0},
     {"sample": 5, "controls": 0.1}, {"part": (0, 2)}, {"part": (3, 2)}],
    ids=str,
)  # fmt: skip
def test_queues_that_mean_nothing_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        QueueOptions(**options)  # type: ignore[arg-type]


def test_an_empty_queue_is_an_error(audit: Audit) -> None:
    empty = replace(audit, read_suspects=lambda: audit.suspects_table().slice(0, 0))
    with pytest.raises(UsageError, match="nothing to review"):
        queue_of(empty, QueueOptions())


def test_hidden_suspects_are_not_asked_about(audit: Audit) -> None:
    table = audit.suspects_table()
    status = ["baseline", "ignored", "decided"] + ["new"] * (table.num_rows - 3)
    at = table.column_names.index("status")
    changed = table.set_column(at, "status", pa.array(status))
    queue = queue_of(replace(audit, read_suspects=lambda: changed), QueueOptions())
    assert column(queue, "rank") == list(range(3, table.num_rows + 1))
