"""The Python interface: its names, its values, and the same answers as on disk."""

from __future__ import annotations

import dataclasses
import io
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import labelaudit
from labelaudit import Audit, AuditOptions, InputOptions, LabelAuditError, UsageError
from labelaudit.config import FILTERS
from labelaudit.errors import ALL_ERRORS, AmbiguousRowError, ColumnNotFoundError, RowNotFoundError
from labelaudit.scorers import SCORERS
from labelaudit.types import ProgressEvent
from tests.builders import (
    Sample,
    audit_of,
    audit_paths,
    csv_wide,
    honest_sample,
    joined,
    parquet_wide,
    rows_of,
    write,
)

SAMPLE = honest_sample(0, noise_rate=0.2)
N = len(SAMPLE.ids)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    return audit_of(csv_wide(tmp_path_factory.mktemp("api"), SAMPLE))


# --- names ---------------------------------------------------------------------------------------


def test_public_names_are_sorted_and_complete() -> None:
    names = labelaudit.__all__
    assert names == sorted(set(names))
    homes = [name for group in labelaudit._HOMES.values() for name in group]
    assert sorted(homes) == sorted(names)
    for name in names:
        assert getattr(labelaudit, name).__name__ == name


def test_version_is_that_of_the_distribution() -> None:
    assert labelaudit.__version__ == version("labelaudit")


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'scan'"):
        _ = labelaudit.scan


def test_importing_costs_nothing() -> None:
    heavy = {"numpy", "pyarrow", "pandas", "scipy", "sklearn", "cleanlab", "typer", "rich"}
    code = f"import sys, labelaudit; print(sorted({heavy!r} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found == "[]\n"


def test_audit_imports_neither_pandas_nor_cleanlab_nor_scipy(tmp_path: Path) -> None:
    path = parquet_wide(tmp_path, SAMPLE).paths[0]
    code = (
        "import sys, labelaudit\n"
        f"with labelaudit.open_dataset([{str(path)!r}]) as dataset:\n"
        f"    labelaudit.save_audit(labelaudit.audit(dataset), {str(tmp_path / 'out')!r})\n"
        "print(sorted({'pandas', 'cleanlab', 'sklearn', 'scipy'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found == "[]\n"


def test_every_error_has_a_code_of_its_own_and_one_root() -> None:
    codes = [error.code for error in ALL_ERRORS]
    assert len(set(codes)) == len(codes)
    assert all(issubclass(error, LabelAuditError) for error in ALL_ERRORS)
    assert all(error.__doc__ for error in ALL_ERRORS)


def test_options_and_answers_are_frozen(audited: Audit) -> None:
    for value, field in ((AuditOptions(), "seed"), (InputOptions(), "id_col"), (audited.summary, "n_rows")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, field, 1)


# --- options -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how",
    [
        {"filter": "prune_by_noise_rate"},
        {"rank_by": "self_confidence"},
        {"collision": "papper"},
        {"backend": "clean-lab"},
        {"on_bad_row": "ignore"},
        {"on_missing_label": "drop"},
        {"allow": ("LA90x",)},
    ],
    ids=str,
)
def test_unknown_value_of_an_option_is_refused(tmp_path: Path, how: dict[str, object]) -> None:
    """Above all cleanlab's own spelling of a filter, which must not choose another one silently."""
    with pytest.raises(UsageError):
        audit_of(csv_wide(tmp_path, SAMPLE), **how)


def test_defaults_are_those_of_the_contract(audited: Audit) -> None:
    assert audited.summary.algorithm == {
        "filter": "prune-by-noise-rate",
        "rank_by": "self-confidence",
        "collision": "cleanlab",
        "backend": "stream",
        "per_split": False,
        "on_bad_row": "error",
        "on_missing_label": "error",
        "allow": [],
        "select": ["LA"],
        "ignore": [],
    }


@pytest.mark.parametrize("rank_by", SCORERS)
def test_label_quality_is_the_score_that_ranks(audited: Audit, tmp_path: Path, rank_by: str) -> None:
    result = audit_of(csv_wide(tmp_path, SAMPLE), rank_by=rank_by)
    scores = result.scores()
    if rank_by != "entropy":
        assert scores["label_quality"] == scores[rank_by.replace("-", "_")]
    assert scores["is_suspect"] == audited.scores()["is_suspect"], "a score ranks and flags nothing"
    quality = result.suspects_table()["label_quality"].to_pylist()
    assert quality == sorted(quality)


def test_filters_differ_in_what_they_flag(tmp_path: Path) -> None:
    written = csv_wide(tmp_path, SAMPLE)
    flags = {name: audit_of(written, filter=name).summary.n_suspects for name in FILTERS}
    assert flags["both"] <= min(flags["prune-by-noise-rate"], flags["prune-by-class"])
    assert flags["prune-by-noise-rate"] <= flags["predicted-neq-given"]


@pytest.mark.parametrize(
    ("select", "ignore", "selected"),
    [
        (("LA",), (), True),
        (("LA1",), (), True),
        (("LA9",), (), False),
        (("LA",), ("LA101",), False),
        (("LA",), ("LA1",), False),
        (("LA101",), ("LA1",), True),
        (("LA101",), ("LA101",), False),
        ((), (), False),
    ],
)
def test_rules_are_chosen_by_the_longest_prefix(
    tmp_path: Path, select: tuple[str, ...], ignore: tuple[str, ...], selected: bool
) -> None:
    result = audit_of(csv_wide(tmp_path, SAMPLE), select=select, ignore=ignore)
    assert (result.summary.n_suspects > 0) == selected
    assert result.summary.by_rule == ({"LA101": result.summary.n_suspects} if selected else {})


# --- values --------------------------------------------------------------------------------------


def test_data_frame_has_a_row_a_row(audited: Audit) -> None:
    frame = audited.to_pandas()
    assert list(frame.columns) == audited.scores().column_names
    assert frame["id"].tolist() == list(SAMPLE.ids)
    assert frame["is_suspect"].sum() == audited.summary.n_suspects
    assert frame["label_quality"].tolist() == SAMPLE.pred_probs[np.arange(N), SAMPLE.codes].tolist()


def test_top_suspects_are_the_first_of_all(audited: Audit) -> None:
    everyone = list(audited.suspects())
    assert list(audited.suspects(5)) == everyone[:5]
    assert len(everyone) == audited.summary.n_suspects
    assert [suspect.rank for suspect in everyone] == list(range(1, len(everyone) + 1))
    assert everyone[0].rules == ("LA101",)


def test_batches_of_scores_can_be_read_twice(audited: Audit) -> None:
    first, second = (pa.Table.from_batches(audited.scores_batches()) for _ in range(2))
    assert first == second


def test_suggestion_is_the_predicted_label(audited: Audit) -> None:
    predicted = dict(
        zip(*(audited.scores()[name].to_pylist() for name in ("id", "predicted_label")), strict=True)
    )
    for suspect in audited.suspects():
        assert suspect.suggested_label == predicted[suspect.id] != suspect.given_label
        assert suspect.runner_up_label not in (None, suspect.suggested_label)


def test_suspect_whose_given_label_is_the_likeliest_gets_no_suggestion(tmp_path: Path) -> None:
    """low-self-confidence flags by score alone: here rows that are flat, not wrong."""
    codes = np.arange(120) % 4
    pred_probs = np.full((120, 4), 0.7 / 3)
    pred_probs[np.arange(120), codes] = 0.3
    pred_probs[:20] = 0.025
    pred_probs[np.arange(20), codes[:20]], pred_probs[np.arange(20), (codes[:20] + 1) % 4] = 0.4, 0.55
    labels = tuple("abcd"[code] for code in codes)
    flat = Sample(ids=tuple(range(120)), labels=labels, pred_probs=pred_probs, classes=tuple("abcd"))
    found = list(audit_of(csv_wide(tmp_path, flat), filter="low-self-confidence").suspects())
    assert [suspect.row for suspect in found] == list(range(20, 40))
    assert {(suspect.suggested_label, suspect.suggested_prob) for suspect in found} == {(None, None)}


def test_estimated_errors_are_the_joints_off_diagonal(audited: Audit) -> None:
    off_diagonal = sum(cell.count for cell in audited.joint if cell.given_label != cell.true_label)
    assert audited.summary.est_errors is not None
    assert audited.summary.est_errors["count"] == off_diagonal
    assert sum(row.suspects for row in audited.classes) == audited.summary.n_suspects


def test_progress_is_told_and_ends_at_the_last_row(tmp_path: Path) -> None:
    events: list[ProgressEvent] = []
    written = csv_wide(tmp_path, SAMPLE)
    with labelaudit.open_dataset(written.paths, progress=events.append) as dataset:
        labelaudit.audit(dataset, AuditOptions(batch_rows=10), progress=events.append)
    steps = {event.step for event in events}
    assert {"reading labels", "reading probabilities"} <= steps
    assert max(event.done for event in events if event.step == "reading probabilities") == N


def test_core_prints_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    labelaudit.save_audit(audit_of(csv_wide(tmp_path, SAMPLE)), tmp_path / "out")
    assert capfd.readouterr() == ("", "")


def test_command_is_kept_in_the_summary(tmp_path: Path) -> None:
    with labelaudit.open_dataset(csv_wide(tmp_path, SAMPLE).paths) as dataset:
        assert labelaudit.audit(dataset, command="labelaudit scan x").summary.command == "labelaudit scan x"


def test_dataset_can_be_audited_more_than_once(tmp_path: Path) -> None:
    with labelaudit.open_dataset(csv_wide(tmp_path, SAMPLE).paths) as dataset:
        first, second = (labelaudit.audit(dataset) for _ in range(2))
        assert rows_of(first) == rows_of(second)


# --- standard input ------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".arrow", ".parquet"])
def test_standard_input_gives_the_audit_of_the_file(audited: Audit, tmp_path: Path, suffix: str) -> None:
    stream = io.BytesIO(write(tmp_path / f"data{suffix}", SAMPLE.table()).read_bytes())
    with labelaudit.open_dataset(["-"], stdin=stream) as dataset:
        result = labelaudit.audit(dataset)
        found = rows_of(result, "file", "line")
    assert found == rows_of(audited, "file", "line")
    assert [entry.path for entry in result.summary.inputs] == ["<stdin>"]


def test_spooled_copy_is_removed_on_every_exit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    good, bad = (
        table.to_pandas().to_csv(index=False).encode() for table in (SAMPLE.table(), SAMPLE.labels_table())
    )
    with labelaudit.open_dataset(["-"], stdin=io.BytesIO(good)):
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())
    with pytest.raises(ColumnNotFoundError), labelaudit.open_dataset(["-"], stdin=io.BytesIO(bad)):
        pass
    assert not list(tmp_path.iterdir())
    with pytest.raises(KeyboardInterrupt), labelaudit.open_dataset(["-"], stdin=io.BytesIO(good)):
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_standard_input_cannot_be_joined_with_files(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="standard input cannot be joined"):
        labelaudit.open_dataset(["-", tmp_path], stdin=io.BytesIO(b"id\n"))


# --- explain -------------------------------------------------------------------------------------


def test_explanation_of_a_suspect_has_its_numbers(audited: Audit) -> None:
    suspect = next(audited.suspects())
    found = labelaudit.explain(audited, suspect.id)
    for name in (
        "id",
        "file",
        "row",
        "line",
        "split",
        "given_label",
        "suggested_label",
        "label_quality",
        "fingerprint",
    ):
        assert getattr(found, name) == getattr(suspect, name), name
    assert (found.is_suspect, found.rank, found.rules) == (True, 1, ("LA101",))
    thresholds = {row.name: row.threshold for row in audited.classes}
    assert found.given_threshold == thresholds[suspect.given_label]
    assert found.predicted_threshold == thresholds[found.predicted_label]
    cells = {(cell.given_label, cell.true_label): cell.count for cell in audited.joint}
    assert found.pair_count == cells[suspect.given_label, found.predicted_label]
    assert (found.scorer, found.filter) == ("self-confidence", "prune-by-noise-rate")


def test_explanation_of_another_row_has_no_rank(audited: Audit) -> None:
    flags = audited.scores()["is_suspect"].to_pylist()
    found = labelaudit.explain(audited, SAMPLE.ids[flags.index(False)])
    assert (found.is_suspect, found.rank, found.rules, found.suggested_label) == (False, None, (), None)


def test_loaded_audit_explains_like_a_fresh_one(audited: Audit, tmp_path: Path) -> None:
    labelaudit.save_audit(audited, tmp_path / "out")
    loaded = labelaudit.load_audit(tmp_path / "out")
    for id in SAMPLE.ids[:50]:
        assert labelaudit.explain(loaded, id) == labelaudit.explain(audited, id)


def test_unknown_id_is_refused(audited: Audit) -> None:
    with pytest.raises(RowNotFoundError, match="no row has the id 'nobody'"):
        labelaudit.explain(audited, "nobody")


def test_row_without_an_id_is_explained_by_its_number(tmp_path: Path) -> None:
    result = audit_paths(write(tmp_path / "data.csv", SAMPLE.table().drop_columns(["id"])))
    assert labelaudit.explain(result, "17").row == 17


def split_in(names: tuple[str | None, str | None]) -> pa.Table:
    """The ids r0 to r149 twice, in the first split and in the second."""
    twice = SAMPLE.but(ids=tuple(f"r{i % 150}" for i in range(N)))
    return joined(twice.table(), pa.table({"split": [names[0]] * 150 + [names[1]] * 150}))


def test_id_in_two_splits_is_explained_by_split(tmp_path: Path) -> None:
    result = audit_paths(write(tmp_path / "data.csv", split_in(("first", "second"))))
    with pytest.raises(AmbiguousRowError) as caught:
        labelaudit.explain(result, "r5")
    assert "'first', 'second'" in (caught.value.hint or "")
    assert labelaudit.explain(result, "r5", split="second").row == 155
    with pytest.raises(RowNotFoundError, match="in split 'third'"):
        labelaudit.explain(result, "r5", split="third")


@pytest.mark.parametrize("names", [("first", "second"), (None, "second"), ("first", None)])
def test_explanation_per_split_has_the_numbers_of_its_own_split(
    tmp_path: Path, names: tuple[str | None, str | None]
) -> None:
    table = split_in(names).set_column(0, "id", pa.array(SAMPLE.ids))
    result = audit_paths(write(tmp_path / "data.parquet", table), per_split=True)
    for row in (5, 200):
        found = labelaudit.explain(result, SAMPLE.ids[row])
        own = {r.name: r for r in result.classes if r.split == names[row // 150]}
        assert found.given_threshold == own[found.given_label].threshold
        assert found.predicted_threshold == own[found.predicted_label].threshold
        pairs = [
            cell.count
            for cell in result.joint
            if (cell.given_label, cell.true_label, cell.split)
            == (found.given_label, found.predicted_label, names[row // 150])
        ]
        assert [found.pair_count] == (pairs or [0])
